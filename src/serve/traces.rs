//! One span for each review, for whoever follows a write through the cluster: who asked for what
//! and what came of it, and never a value of the object.
//!
//! A review hands its span over and is done: where the queue is full, the span is dropped and
//! counted. That is also why this queue is no processor of the SDK, which tells nobody how many it
//! dropped.

use std::time::{Duration, SystemTime};

use axum::http::HeaderMap;
use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::{
    SpanContext, SpanId, SpanKind, Status, TraceContextExt, TraceFlags, TraceState,
};
use opentelemetry::{Context, InstrumentationScope, KeyValue};
use opentelemetry_http::HeaderExtractor;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::{IdGenerator, RandomIdGenerator, SpanData, SpanEvents, SpanLinks};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::registry::Registry;
use tokio::sync::mpsc;

use super::answer::Answer;

/// How many spans may wait for the collector.
const QUEUE: usize = 2_048;

/// What becomes of spans.
#[derive(Debug, Clone, Default)]
pub struct SpanCounts {
    /// Those that the collector took.
    pub exported: Counter,
    /// Those that nobody took in time.
    pub dropped: Counter,
}

impl SpanCounts {
    /// Registers both.
    pub(super) fn register(&self, registry: &mut Registry) {
        let help = "Spans of reviews that the collector took";
        registry.register("spans_exported", help, self.exported.clone());
        let help = "Spans of reviews that were dropped because the collector did not take them";
        registry.register("spans_dropped", help, self.dropped.clone());
    }
}

/// Where spans go.
#[derive(Debug)]
pub struct Traces {
    queue: mpsc::Sender<SpanData>,
    counts: SpanCounts,
    scope: InstrumentationScope,
}

impl Traces {
    /// A queue, and its other end.
    pub fn new(counts: SpanCounts) -> (Self, mpsc::Receiver<SpanData>) {
        Self::holding(QUEUE, counts)
    }

    fn holding(spans: usize, counts: SpanCounts) -> (Self, mpsc::Receiver<SpanData>) {
        let (queue, receiver) = mpsc::channel(spans);
        let scope = InstrumentationScope::builder("plimsoll")
            .with_version(env!("CARGO_PKG_VERSION"))
            .build();
        (Self { queue, counts, scope }, receiver)
    }

    /// The span of a request that begins now, below the one that the caller names in `traceparent`;
    /// none where the caller's is not recorded either.
    pub(super) fn begin(&self, headers: &HeaderMap) -> Option<ReviewSpan<'_>> {
        let headers = HeaderExtractor(headers);
        let context = TraceContextPropagator::new().extract_with_context(&Context::new(), &headers);
        let parent = context.span().span_context().clone();
        let is_recorded = parent.is_sampled() || !parent.is_valid();
        is_recorded.then(|| ReviewSpan { traces: self, parent, start: SystemTime::now() })
    }

    fn end(&self, span: ReviewSpan<'_>, took: Duration, status: Status, about: Vec<KeyValue>) {
        let ReviewSpan { parent, start, .. } = span;
        let ids = RandomIdGenerator::default();
        let (trace, above) = if parent.is_valid() {
            (parent.trace_id(), parent.span_id())
        } else {
            (ids.new_trace_id(), SpanId::INVALID)
        };
        // The state is the caller's to keep: what it holds has no bounds of ours.
        let (flags, state) = (TraceFlags::SAMPLED, TraceState::NONE);
        let span = SpanData {
            span_context: SpanContext::new(trace, ids.new_span_id(), flags, false, state),
            parent_span_id: above,
            parent_span_is_remote: parent.is_valid(),
            span_kind: SpanKind::Server,
            name: "review".into(),
            start_time: start,
            end_time: start + took,
            attributes: about,
            dropped_attributes_count: 0,
            events: SpanEvents::default(),
            links: SpanLinks::default(),
            status,
            instrumentation_scope: self.scope.clone(),
        };
        if self.queue.try_send(span).is_err() {
            self.counts.dropped.inc();
        }
    }
}

/// A span that is under way.
#[derive(Debug)]
pub(super) struct ReviewSpan<'t> {
    traces: &'t Traces,
    parent: SpanContext,
    start: SystemTime,
}

impl ReviewSpan<'_> {
    /// It ends with an answer.
    pub(super) fn answered(self, answer: &Answer, took: Duration) {
        let request = &answer.summary;
        let uid = crate::text::clipped(&answer.response.uid, 64);
        let about = vec![
            KeyValue::new("plimsoll.uid", crate::text::printable(&uid).into_owned()),
            KeyValue::new("plimsoll.operation", request.operation.clone()),
            KeyValue::new("plimsoll.kind", request.kind.clone()),
            KeyValue::new("plimsoll.subresource", request.sub_resource.clone()),
            KeyValue::new("k8s.namespace.name", request.namespace.clone()),
            KeyValue::new("plimsoll.dry_run", request.dry_run),
            KeyValue::new("plimsoll.allowed", answer.response.allowed),
            KeyValue::new("plimsoll.decision", answer.outcome().as_str()),
        ];
        let status = if answer.is_fault { Status::error("fault") } else { Status::Unset };
        self.traces.end(self, took, status, about);
    }

    /// It ends with an HTTP error.
    pub(super) fn refused(self, http_status: u16, reason: &'static str, took: Duration) {
        let about = vec![KeyValue::new("http.response.status_code", i64::from(http_status))];
        self.traces.end(self, took, Status::error(reason), about);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
    const PARENT: &str = "00f067aa0ba902b7";

    fn headers(flags: &str) -> HeaderMap {
        let value =
            HeaderValue::from_str(&format!("00-{TRACE}-{PARENT}-{flags}")).expect("a value");
        HeaderMap::from_iter([("traceparent".parse().expect("a name"), value)])
    }

    #[test]
    fn a_span_stands_below_that_of_the_caller_and_only_where_that_is_recorded() {
        let (traces, mut spans) = Traces::new(SpanCounts::default());
        let took = Duration::from_millis(3);
        for headers in [headers("01"), headers("00"), HeaderMap::new(), headers("zz")] {
            if let Some(span) = traces.begin(&headers) {
                span.refused(429, "too much at once", took);
            }
        }
        let below = spans.try_recv().expect("a span");
        assert_eq!(below.span_context.trace_id().to_string(), TRACE);
        assert_eq!(below.parent_span_id.to_string(), PARENT);
        assert_eq!(below.end_time.duration_since(below.start_time).expect("later"), took);
        for root in [spans.try_recv(), spans.try_recv()] {
            let root = root.expect("without a parent that can be read it is one itself");
            assert_eq!(root.parent_span_id, SpanId::INVALID);
            assert!(root.span_context.is_valid() && !root.parent_span_is_remote);
            assert_ne!(root.span_context.trace_id(), below.span_context.trace_id());
        }
        assert!(spans.try_recv().is_err(), "the one that the caller does not record");
    }

    #[test]
    fn what_the_queue_has_no_room_for_is_dropped_and_counted() {
        let counts = SpanCounts::default();
        let (traces, spans) = Traces::holding(2, counts.clone());
        let refuse =
            || traces.begin(&HeaderMap::new()).expect("a span").refused(400, "", Duration::ZERO);
        (0..5).for_each(|_| refuse());
        assert_eq!((counts.dropped.get(), spans.len()), (3, 2));
    }
}
