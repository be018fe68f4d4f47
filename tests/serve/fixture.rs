//! The webhook without a socket, and what comes back from it.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, LazyLock};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, Request};
use http_body_util::BodyExt;
use hyper::body::Frame;
use jiff::Timestamp;
use plimsoll::policy::{self, PRODUCTION, Snapshot};
use plimsoll::serve::{
    Answer, Answerer, Bounds, Impacts, Metrics, RequestOutcome, WebhookState, answer, router,
};
use plimsoll::yaml;
use serde_json::Value;
use support::committed::repository;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tower::ServiceExt;

/// The built-in production policy.
pub static PRODUCTION_POLICY: LazyLock<Arc<Snapshot>> = LazyLock::new(|| {
    let policies = policy::built_in(PRODUCTION).expect("the shipped policy loads");
    Arc::new(Snapshot::new(policies))
});

/// Policies from their text.
pub fn policies(text: &str) -> Arc<Snapshot> {
    let policies = policy::load("test", text).unwrap_or_else(|errors| panic!("{errors:?}"));
    Arc::new(Snapshot::new(policies))
}

/// A policy called `test` with this `spec`.
pub fn spec(spec: &str) -> Arc<Snapshot> {
    policies(&document("test", spec))
}

/// The text of a policy.
pub fn document(name: &str, spec: &str) -> String {
    format!(
        "apiVersion: plimsoll.dev/v1alpha1\nkind: DeployPolicy\nmetadata: {{name: {name}}}\nspec: {spec}\n"
    )
}

/// A manifest of the repository, as JSON.
pub fn manifest(path: &str) -> Value {
    let text = std::fs::read_to_string(repository().join(path)).expect("a manifest");
    let node = yaml::documents(&text).remove(0).expect("readable YAML");
    serde_json::from_str(&node.to_json()).expect("JSON")
}

/// A Deployment that the production policy admits.
pub fn good() -> Value {
    manifest("tests/workloads/good.yaml")
}

/// A Deployment that it refuses.
pub fn bad() -> Value {
    manifest("tests/workloads/bad.yaml")
}

/// A Pod that it admits.
pub fn good_pod() -> Value {
    let mut pod = good()["spec"]["template"].take();
    pod["apiVersion"] = "v1".into();
    pod["kind"] = "Pod".into();
    pod["metadata"]["name"] = "api".into();
    pod["metadata"]["namespace"] = "shop".into();
    pod
}

/// The core's answer under the production policy.
pub fn ask(body: impl AsRef<[u8]>) -> Result<Answer, &'static str> {
    ask_under(&PRODUCTION_POLICY, body)
}

/// The core's answer under `snapshot`.
pub fn ask_under(snapshot: &Snapshot, body: impl AsRef<[u8]>) -> Result<Answer, &'static str> {
    answer(body.as_ref(), snapshot, Timestamp::UNIX_EPOCH)
}

/// The message of a denial for a fault with code 400; anything else fails the test.
pub fn fault(body: impl AsRef<[u8]>) -> String {
    let shown = String::from_utf8_lossy(body.as_ref()).chars().take(400).collect::<String>();
    let answer = ask(body).unwrap_or_else(|error| panic!("HTTP 400, {error}: {shown}"));
    assert!(answer.is_fault && !answer.response.allowed, "{shown}");
    let status = answer.response.status.expect("a denial has a status");
    assert_eq!((status.code, status.reason), (400, "BadRequest"), "{shown}");
    status.message
}

/// Whether a review is allowed; an HTTP error or a fault fails the test.
pub fn allowed(snapshot: &Snapshot, body: &str) -> bool {
    let answer = ask_under(snapshot, body).expect("a review");
    assert!(!answer.is_fault, "{:?}", answer.response.status);
    answer.response.allowed
}

/// A webhook and its counters.
pub struct Webhook {
    router: Router,
    metrics: Arc<Metrics>,
}

/// What came back over HTTP.
#[derive(Debug)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Vec<u8>,
}

impl Webhook {
    /// Under the production policy, with the bounds that `serve` has by default.
    pub fn production() -> Self {
        Self::bounded(Bounds::default())
    }

    /// Under other policies.
    pub fn enforcing(snapshot: Arc<Snapshot>) -> Self {
        let metrics = Arc::new(Metrics::default());
        let shared = WebhookState::new(snapshot, Arc::clone(&metrics), Bounds::default());
        Self { router: router(Arc::new(shared)), metrics }
    }

    /// Under the production policy, with these bounds.
    pub fn bounded(bounds: Bounds) -> Self {
        Self::of(bounds, |shared| shared)
    }

    /// One that tells whoever writes a policy what is found out about it, within `deadline`.
    pub fn telling(impacts: Arc<dyn Impacts>, deadline: Duration) -> Self {
        let bounds = Bounds { deadline, ..Bounds::default() };
        Self::of(bounds, |shared| shared.with_impacts(Some(impacts)))
    }

    /// One that answers in another way, within `deadline`.
    pub fn answering(answerer: Answerer, deadline: Duration) -> Self {
        let bounds = Bounds { deadline, ..Bounds::default() };
        Self::of(bounds, |shared| shared.with_answerer(answerer))
    }

    fn of(bounds: Bounds, with: impl FnOnce(WebhookState) -> WebhookState) -> Self {
        let metrics = Arc::new(Metrics::default());
        let shared =
            WebhookState::new(Arc::clone(&PRODUCTION_POLICY), Arc::clone(&metrics), bounds);
        Self { router: router(Arc::new(with(shared))), metrics }
    }

    /// Sends a request as it is.
    pub async fn send(&self, request: Request<Body>) -> Reply {
        let response = self.router.clone().oneshot(request).await.expect("an answer");
        let (parts, body) = response.into_parts();
        let body = body.collect().await.expect("a body").to_bytes().to_vec();
        Reply { status: parts.status.as_u16(), headers: parts.headers, body }
    }

    /// Posts a review to `path` as the API server does.
    pub async fn post(&self, path: &str, body: impl Into<Body>) -> Reply {
        let request = Request::post(path).header(CONTENT_TYPE, "application/json");
        self.send(request.body(body.into()).expect("a request")).await
    }

    /// How many requests ended so.
    pub fn count(&self, outcome: RequestOutcome) -> u64 {
        let label = format!("requests_total{{outcome=\"{}\"}} ", outcome.as_str());
        let text = self.metrics.render();
        let line = text.lines().find_map(|line| line.split_once(&label)).expect("a counter");
        line.1.parse().expect("a number")
    }

    /// The seconds that all reviews took together.
    pub fn seconds(&self) -> f64 {
        let text = self.metrics.render();
        let line = text.lines().find_map(|line| line.split_once("duration_seconds_sum "));
        line.expect("a histogram").1.parse().expect("a number")
    }

    /// How many requests were counted at all.
    pub fn counted(&self) -> u64 {
        RequestOutcome::ALL.into_iter().map(|outcome| self.count(outcome)).sum()
    }
}

impl Reply {
    /// The answer of an AdmissionReview, whose frame must be what the API server demands.
    pub fn response(&self) -> Value {
        assert_eq!(self.status, 200, "{}", String::from_utf8_lossy(&self.body));
        assert_eq!(self.headers[CONTENT_TYPE], "application/json");
        let mut review: Value = serde_json::from_slice(&self.body).expect("JSON");
        assert_eq!(review["apiVersion"], "admission.k8s.io/v1");
        assert_eq!(review["kind"], "AdmissionReview");
        review["response"].take()
    }

    /// An HTTP error: small, plain, and the same whatever was sent.
    pub fn assert_error(&self, status: u16, why: &str) {
        assert_eq!(self.status, status, "{why}");
        assert!(self.body.len() < 100, "{why}: {:?}", String::from_utf8_lossy(&self.body));
    }
}

/// A body that is sent piece by piece; more may be sent as long as the sender is held.
pub fn stream(
    pieces: impl IntoIterator<Item = io::Result<Vec<u8>>>,
) -> (UnboundedSender<io::Result<Vec<u8>>>, Body) {
    let (sender, receiver) = unbounded_channel();
    for piece in pieces {
        sender.send(piece).expect("a receiver");
    }
    (sender, Body::new(Pieces(receiver)))
}

struct Pieces(UnboundedReceiver<io::Result<Vec<u8>>>);

impl hyper::body::Body for Pieces {
    type Data = Bytes;
    type Error = io::Error;
    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let piece = self.0.poll_recv(cx);
        piece.map(|piece| piece.map(|piece| piece.map(|data| Frame::data(data.into()))))
    }
}
