//! What is counted, with labels from closed sets only.

use std::collections::HashMap;
use std::sync::atomic::AtomicI64;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use super::answer::Answer;
use super::in_force::InForce;
use super::log_stream::LogStream;
use super::making::OwnerLookup;
use super::operations::Operations;
use super::outcome::RequestOutcome;
use super::traces::SpanCounts;
use crate::review::{Verdict, Violation};
use crate::rules::Mode;

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OutcomeLabels {
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ResultLabels {
    result: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RuleLabels {
    rule: String,
    mode: &'static str,
    policy: String,
}

/// What stands for policies and rules beyond those.
const OTHER: &str = "other";

/// The most pairs of policy and rule that are counted by themselves; all others are one.
const PAIR_LIMIT: usize = 2_000;

/// The pairs of policy and rule that have series of their own.
type Pairs = Mutex<HashMap<(Arc<str>, String), [Counter; 3]>>;

/// The counters, and how they are written.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    requests: [Counter; RequestOutcome::ALL.len()],
    seconds: Histogram,
    owners: [Counter; OwnerLookup::ALL.len()],
    violations: Family<RuleLabels, Counter>,
    pairs: Pairs,
    handshake_failures: Counter,
    connections: Gauge,
    made_room: Counter,
    certificate_expiry: Gauge<i64, AtomicI64>,
    certificate_rejections: Counter,
    log_lines_dropped: Gauge,
    policies_stale: Gauge,
    registration_short: Gauge,
    log: OnceLock<LogStream>,
    spans: SpanCounts,
    operations: Arc<Operations>,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("plimsoll");
        let requests = Family::<OutcomeLabels, Counter>::default();
        // Held one by one, so that counting takes no look-up.
        let counters = RequestOutcome::ALL.map(|outcome| {
            requests.get_or_create_owned(&OutcomeLabels { outcome: outcome.as_str() })
        });
        let owners = Family::<ResultLabels, Counter>::default();
        let of_owners = OwnerLookup::ALL
            .map(|lookup| owners.get_or_create_owned(&ResultLabels { result: lookup.as_str() }));
        let buckets =
            [0.0001, 0.000_25, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0];
        let metrics = Self {
            requests: counters,
            seconds: Histogram::new(buckets),
            owners: of_owners,
            violations: Family::default(),
            pairs: Pairs::default(),
            handshake_failures: Counter::default(),
            connections: Gauge::default(),
            made_room: Counter::default(),
            certificate_expiry: Gauge::default(),
            certificate_rejections: Counter::default(),
            log_lines_dropped: Gauge::default(),
            policies_stale: Gauge::default(),
            registration_short: Gauge::default(),
            log: OnceLock::new(),
            spans: SpanCounts::default(),
            operations: Arc::new(Operations::default()),
            registry: Registry::default(),
        };
        registry.register("admission_requests", "Admission requests by how they ended", requests);
        let help = "Time from the whole request to the answer";
        registry.register("admission_duration_seconds", help, metrics.seconds.clone());
        let help =
            "Looks for the owner of what a controller made and a policy had to say something about";
        registry.register("owner_lookups", help, owners);
        let help = "Violations found, by policy, rule and consequence";
        registry.register("violations", help, metrics.violations.clone());
        let help = "TLS handshakes that failed or took too long";
        registry.register("tls_handshake_failures", help, metrics.handshake_failures.clone());
        registry.register("connections", "Open connections", metrics.connections.clone());
        let help = "Connections that were closed because all were taken and another came";
        registry.register("connections_closed_for_others", help, metrics.made_room.clone());
        let help = "When the served certificate expires, in Unix time";
        registry.register(
            "certificate_expiry_timestamp_seconds",
            help,
            metrics.certificate_expiry.clone(),
        );
        let help = "Certificate files that were not taken, the old pair being kept";
        registry.register("certificate_rejections", help, metrics.certificate_rejections.clone());
        let help = "Whether policies ask for more kinds than at the start: 1 or 0";
        registry.register("registration_short", help, metrics.registration_short.clone());
        let help = "Whether the policies in the files are not those in force: 1 or 0";
        registry.register("policies_stale", help, metrics.policies_stale.clone());
        let help = "Log lines that were dropped because nobody took them";
        registry.register("log_lines_dropped", help, metrics.log_lines_dropped.clone());
        metrics.spans.register(&mut registry);
        metrics.operations.register(&mut registry);
        Self { registry, ..metrics }
    }
}

impl Metrics {
    /// Counts an answer.
    pub fn answered(&self, answer: &Answer, took: Duration) {
        self.ended(answer.outcome());
        self.seconds.observe(took.as_secs_f64());
        let looked = OwnerLookup::ALL.iter().zip(&self.owners);
        if let Some((_, counter)) = looked.into_iter().find(|(of, _)| Some(**of) == answer.owner) {
            counter.inc();
        }
        if !answer.verdict.violations.is_empty() {
            self.violated(&answer.verdict);
        }
    }

    fn violated(&self, verdict: &Verdict) {
        // What is in it is whole, whoever was interrupted.
        let mut pairs = self.pairs.lock().unwrap_or_else(PoisonError::into_inner);
        let each = |violation: &Violation| {
            let rule = violation.rule.id.to_string();
            let pairs = violation.policies().map(|(policy, mode)| (policy.clone(), mode));
            pairs.map(|(policy, mode)| ((policy, rule.clone()), mode)).collect::<Vec<_>>()
        };
        for (mut pair, consequence) in verdict.violations.iter().flat_map(each) {
            if pairs.len() >= PAIR_LIMIT && !pairs.contains_key(&pair) {
                pair = (OTHER.into(), OTHER.to_owned());
            }
            let counters = pairs.entry(pair).or_insert_with_key(|(policy, rule)| {
                [Mode::Audit, Mode::Warn, Mode::Deny].map(|mode| {
                    self.violations.get_or_create_owned(&RuleLabels {
                        rule: rule.clone(),
                        policy: policy.to_string(),
                        mode: mode.as_str(),
                    })
                })
            });
            let [audit, warn, deny] = counters;
            match consequence {
                Mode::Audit => audit.inc(),
                Mode::Warn => warn.inc(),
                Mode::Deny => deny.inc(),
            };
        }
    }

    /// Counts a request by how it ended.
    pub fn ended(&self, outcome: RequestOutcome) {
        let [allowed, denied, fault, http_error, shed] = &self.requests;
        match outcome {
            RequestOutcome::Allowed => allowed.inc(),
            RequestOutcome::Denied => denied.inc(),
            RequestOutcome::Fault => fault.inc(),
            RequestOutcome::HttpError => http_error.inc(),
            RequestOutcome::Shed => shed.inc(),
        };
    }

    /// Counts a connection, from now until what is returned is dropped.
    pub fn connection(&self) -> impl Drop + Send + 'static {
        struct Open(Gauge);
        impl Drop for Open {
            fn drop(&mut self) {
                self.0.dec();
            }
        }
        self.connections.inc();
        Open(self.connections.clone())
    }

    /// Counts a connection that is closed so that another gets in.
    pub fn made_room(&self) {
        self.made_room.inc();
    }

    /// Counts a handshake that failed.
    pub fn handshake_failed(&self) {
        self.handshake_failures.inc();
    }

    /// Notes when the served certificate expires.
    pub fn certificate_expires(&self, unix_seconds: i64) {
        self.certificate_expiry.set(unix_seconds);
    }

    /// Counts certificate files that were not taken.
    pub fn certificate_rejected(&self) {
        self.certificate_rejections.inc();
    }

    /// Notes whether the policies in the files are others than those in force, and not taken.
    pub fn policies_are_stale(&self, are_stale: bool) {
        self.policies_stale.set(i64::from(are_stale));
    }

    /// Notes whether policies ask for more kinds than at the start.
    pub fn registration_is_short(&self, is_short: bool) {
        self.registration_short.set(i64::from(is_short));
    }

    /// Has the lines that the log drops counted.
    pub fn watch_log(&self, stream: LogStream) {
        // Set once, at the start.
        let _ = self.log.set(stream);
    }

    /// What counts spans.
    pub fn spans(&self) -> SpanCounts {
        self.spans.clone()
    }

    /// What counts in the cluster.
    pub fn operations(&self) -> Arc<Operations> {
        Arc::clone(&self.operations)
    }

    /// Tells of these policies.
    pub fn watch_policies(&self, in_force: Arc<InForce>) {
        self.operations.watch(in_force);
    }

    /// All of it in the `OpenMetrics` text format.
    pub fn render(&self) -> String {
        if let Some(log) = self.log.get() {
            self.log_lines_dropped.set(i64::try_from(log.dropped()).unwrap_or(i64::MAX));
        }
        self.operations.refresh(Timestamp::now());
        let mut text = String::new();
        // Writing into a `String` cannot fail.
        let _ = encode(&mut text, &self.registry);
        text
    }
}
