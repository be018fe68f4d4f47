//! The way to an OpenTelemetry collector: OTLP over HTTP, in batches, beside all that matters.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use async_trait::async_trait;
use axum::http::{Request, Response, Uri};
use http_body_util::{BodyExt, Full, Limited};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use opentelemetry::KeyValue;
use opentelemetry_http::{Bytes, HttpClient, HttpError};
use opentelemetry_otlp::{
    ExporterBuildError, Protocol, SpanExporter, WithExportConfig, WithHttpConfig,
};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{SpanData, SpanExporter as _};
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::traces::SpanCounts;
use crate::text::error_chain;

/// The most spans in one request.
const BATCH: usize = 512;

/// How long spans are gathered.
const PAUSE: Duration = Duration::from_millis(200);

/// How long the collector may take over one request, tries again included.
const PATIENCE: Duration = Duration::from_secs(5);

/// The largest answer that is read.
const ANSWER: usize = 64 << 10;

/// Where traces are sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CollectorUrl(String);

impl FromStr for CollectorUrl {
    type Err = String;

    /// Reads the address of a collector; its path, where it has one, is what stands before
    /// `/v1/traces`.
    fn from_str(text: &str) -> Result<Self, String> {
        let no_url = || "write a URL such as `http://collector.observability:4318`".to_owned();
        let url: Uri = text.parse().map_err(|_| no_url())?;
        let (scheme, authority) = (url.scheme_str(), url.authority());
        if scheme == Some("https") {
            let why = "only `http` is spoken to a collector; put one into the cluster, which may send on by TLS";
            return Err(why.to_owned());
        }
        let authority = authority.filter(|_| scheme == Some("http")).ok_or_else(no_url)?;
        // Nobody's password goes before the host, and behind it a port that is one, or nothing.
        let behind = authority.as_str().strip_prefix(authority.host());
        let is_port =
            |text: &str| text.is_empty() || authority.port_u16().is_some_and(|port| port > 0);
        // `Uri` leaves out what stands behind `#`.
        let is_plain = url.query().is_none() && !text.contains('#');
        if authority.host().is_empty() || !behind.is_some_and(is_port) || !is_plain {
            return Err(no_url());
        }
        let path = url.path().trim_end_matches('/');
        let path = path.strip_suffix("/v1/traces").unwrap_or(path);
        Ok(Self(format!("http://{authority}{path}/v1/traces")))
    }
}

impl fmt::Display for CollectorUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The client of the API server's own kind, without TLS.
#[derive(Debug)]
struct PlainClient(Client<HttpConnector, Full<Bytes>>);

#[async_trait]
impl HttpClient for PlainClient {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let response = self.0.request(request.map(Full::new)).await?;
        let (parts, body) = response.into_parts();
        let body = Limited::new(body, ANSWER).collect().await?.to_bytes();
        Ok(Response::from_parts(parts, body))
    }
}

/// Sends spans to the collector.
#[derive(Debug)]
pub struct Collector {
    exporter: SpanExporter,
    spans: mpsc::Receiver<SpanData>,
    counts: SpanCounts,
    /// Whether the log says that it does not take them.
    told: bool,
}

impl Collector {
    /// The collector at `url`, for the spans of the server `instance`.
    ///
    /// # Errors
    /// An environment variable of OpenTelemetry that cannot mean anything.
    pub fn new(
        url: &CollectorUrl,
        instance: String,
        spans: mpsc::Receiver<SpanData>,
        counts: SpanCounts,
    ) -> Result<Self, ExporterBuildError> {
        let client = Client::builder(TokioExecutor::new()).build_http();
        let mut exporter = SpanExporter::builder()
            .with_http()
            .with_http_client(PlainClient(client))
            .with_protocol(Protocol::HttpBinary)
            .with_endpoint(&url.0)
            .with_timeout(PATIENCE)
            .build()?;
        // What `OTEL_RESOURCE_ATTRIBUTES` says, such as the cluster, stands beside it.
        let resource = Resource::builder()
            .with_service_name("plimsoll")
            .with_attributes([
                KeyValue::new("service.version", env!("CARGO_PKG_VERSION")),
                KeyValue::new("service.instance.id", instance),
            ])
            .build();
        exporter.set_resource(&resource);
        Ok(Self { exporter, spans, counts, told: false })
    }

    /// Sends spans until `end`, and then those that wait.
    pub async fn run(mut self, end: CancellationToken) {
        loop {
            let batch = self.next(&end).await;
            if batch.is_empty() {
                return;
            }
            self.export(batch).await;
        }
    }

    /// The next spans; none at the end.
    async fn next(&mut self, end: &CancellationToken) -> Vec<SpanData> {
        let mut batch = Vec::new();
        tokio::select! {
            biased;
            _ = self.spans.recv_many(&mut batch, BATCH) => {}
            () = end.cancelled() => {}
        }
        if !batch.is_empty() && batch.len() < BATCH {
            // Ended early where there is nothing to wait for any more.
            let _ = timeout(PAUSE, end.cancelled()).await;
        }
        while batch.len() < BATCH
            && let Ok(span) = self.spans.try_recv()
        {
            batch.push(span);
        }
        batch
    }

    async fn export(&mut self, batch: Vec<SpanData>) {
        let count = u64::try_from(batch.len()).unwrap_or(u64::MAX);
        let problem = match timeout(PATIENCE, self.exporter.export(batch)).await {
            Ok(Ok(())) => None,
            Ok(Err(error)) => Some(error_chain(&error)),
            Err(_) => Some(format!("no answer within {} s", PATIENCE.as_secs())),
        };
        let Some(reason) = problem else {
            self.counts.exported.inc_by(count);
            if std::mem::take(&mut self.told) {
                tracing::info!("the collector takes spans again");
            }
            return;
        };
        self.counts.dropped.inc_by(count);
        if !std::mem::replace(&mut self.told, true) {
            tracing::warn!(reason, "the collector takes no spans; they are dropped and counted");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_completed_and_what_is_none_is_refused() {
        for (text, url) in [
            ("http://collector:4318", "http://collector:4318/v1/traces"),
            ("http://collector.o11y/", "http://collector.o11y/v1/traces"),
            ("http://[::1]:4318/v1/traces", "http://[::1]:4318/v1/traces"),
            ("http://a.example/tenant/", "http://a.example/tenant/v1/traces"),
        ] {
            assert_eq!(text.parse::<CollectorUrl>().expect(text).to_string(), url);
        }
        for text in ["", "collector:4318", "grpc://a:4317", "http://", "http://u:p@a", "http://a?b"]
        {
            let error = text.parse::<CollectorUrl>().expect_err(text);
            assert!(error.contains("write a URL such as"), "{text}: {error}");
        }
        let error = "https://a:4318".parse::<CollectorUrl>().expect_err("TLS");
        assert!(error.starts_with("only `http` is spoken"), "{error}");
    }
}
