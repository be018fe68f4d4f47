//! HTTP: `POST /validate`, within bounds, always with an answer.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::header::{CONTENT_ENCODING, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response as HttpResponse};
use axum::routing::post;
use hyper::body::Body as _;
use jiff::Timestamp;
use tokio::time::timeout_at;

use super::answer::Answer;
use super::body::{BodyError, Pieces, beginning, drain, drain_for_a_moment, read};
use super::deadline::deadline;
use super::large_reviews;
use super::outcome::RequestOutcome;
use super::response::Fault;
use super::state::WebhookState;

/// The webhook as a service.
pub fn router(shared: Arc<WebhookState>) -> Router {
    Router::new()
        .route("/validate", post(validate))
        .method_not_allowed_fallback(async || refuse(StatusCode::METHOD_NOT_ALLOWED, "use POST"))
        .fallback(async || refuse(StatusCode::NOT_FOUND, "there is only /validate"))
        .layer(tower_http::catch_panic::CatchPanicLayer::new())
        .with_state(shared)
}

fn refuse(status: StatusCode, text: &'static str) -> HttpResponse {
    (status, text).into_response()
}

async fn validate(State(shared): State<Arc<WebhookState>>, request: Request) -> HttpResponse {
    let started = Instant::now();
    let span = shared.traces.as_ref().and_then(|traces| traces.begin(request.headers()));
    let allowed = deadline(request.uri().query(), shared.bounds.deadline);
    // Leave a fifth of the time to the way back, so that the answer is ours and not a time-out.
    let deadline = started + allowed * 4 / 5;
    match handle(&shared, request, deadline).await {
        Ok(answer) => {
            let took = started.elapsed();
            shared.metrics.answered(&answer, took);
            if let Some(log) = &shared.log {
                log.decided(&answer, took);
            }
            if let Some(span) = span {
                span.answered(&answer, took);
            }
            // What is looked at besides is no part of the review, and of how long that took.
            reply(with_impact(&shared, answer, deadline).await)
        }
        Err(Refusal { status, text, retry }) => {
            let outcome = if retry { RequestOutcome::Shed } else { RequestOutcome::HttpError };
            shared.metrics.ended(outcome);
            if let Some(log) = &shared.log {
                log.refused(status.as_u16(), text);
            }
            if let Some(span) = span {
                span.refused(status.as_u16(), text, started.elapsed());
            }
            let mut response = refuse(status, text);
            if retry {
                response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
            }
            response
        }
    }
}

fn reply(answer: Answer) -> HttpResponse {
    match serde_json::to_vec(&answer.response.into_review()) {
        Ok(body) => {
            ([(CONTENT_TYPE, HeaderValue::from_static("application/json"))], body).into_response()
        }
        Err(_) => refuse(StatusCode::INTERNAL_SERVER_ERROR, "the answer cannot be written"),
    }
}

/// An HTTP error: there is no uid to answer to.
struct Refusal {
    status: StatusCode,
    text: &'static str,
    /// Whether the API server should try again, which it does on `Retry-After`.
    retry: bool,
}

impl Refusal {
    fn new(status: StatusCode, text: &'static str) -> Self {
        Self { status, text, retry: false }
    }
}

async fn handle(
    shared: &Arc<WebhookState>,
    request: Request,
    deadline: Instant,
) -> Result<Answer, Refusal> {
    let (parts, mut body) = request.into_parts();
    check_headers(&parts.headers)?;
    if !shared.in_force.is_complete() {
        let status = StatusCode::SERVICE_UNAVAILABLE;
        return Err(Refusal { status, text: "not ready yet; try again", retry: true });
    }
    let mut share = shared.memory.share(body.size_hint().exact());
    let mut pieces = Pieces::default();
    let reading = read(&mut body, shared.bounds.body, &mut share, &mut pieces);
    match timeout_at(deadline.into(), reading).await {
        Ok(Ok(())) => {}
        Ok(Err(BodyError::NoMemory)) => {
            drop(pieces);
            drain_for_a_moment(&mut body, &mut share).await;
            let status = StatusCode::TOO_MANY_REQUESTS;
            return Err(Refusal { status, text: "too much at once; try again", retry: true });
        }
        // Whatever became of the body: while its uid can be read, the answer is a refusal.
        Ok(Err(BodyError::TooLarge)) => {
            let answer = too_large(&pieces.into_beginning(), shared.bounds.body);
            drain(&mut body, &mut share).await;
            return answer;
        }
        Ok(Err(BodyError::Broken)) => {
            let status = StatusCode::BAD_REQUEST;
            return fault_of(&pieces.join(), Fault::BadRequest, status, "the body broke off");
        }
        Ok(Err(BodyError::TooSlow)) | Err(_) => {
            let status = StatusCode::REQUEST_TIMEOUT;
            return fault_of(&pieces.join(), Fault::Timeout, status, "the body took too long");
        }
    }
    let body = pieces.join();
    let mut answer = review(shared, &body, deadline).await?;
    let until = deadline.min(Instant::now() + OWNER_WAIT);
    while let Some(awaited) = answer.awaited.take() {
        if !shared.in_force.learns(&awaited, until).await {
            break;
        }
        answer = review(shared, &body, deadline).await?;
    }
    Ok(answer)
}

/// The same answer, and what a policy that it lets in would refuse of what runs.
async fn with_impact(shared: &WebhookState, mut answer: Answer, deadline: Instant) -> Answer {
    if let (Some(teller), Some(written)) = (&shared.teller, answer.written.take()) {
        let current = shared.in_force.current();
        answer.response.warnings.extend(teller.warnings(&written, &current, deadline).await);
    }
    answer
}

/// Answers the review in `body`, a large one beside the others.
async fn review(
    shared: &Arc<WebhookState>,
    body: &Bytes,
    deadline: Instant,
) -> Result<Answer, Refusal> {
    if body.len() > large_reviews::SMALL {
        let (state, text) = (Arc::clone(shared), body.clone());
        let made = shared.large_reviews.run(body.len(), move || decide(&state, &text));
        return match timeout_at(deadline.into(), made).await {
            Ok(Ok(decided)) => decided,
            Ok(Err(_)) => failed(body),
            Err(_) => out_of_time(body),
        };
    }
    let answer = decide(shared, body)?;
    if Instant::now() > deadline {
        let (uid, summary) = (answer.response.uid.clone(), answer.summary);
        return Ok(Answer::fault(&uid, Fault::Timeout, OUT_OF_TIME.to_owned(), summary));
    }
    Ok(answer)
}

/// How long the owner of what a controller makes is waited for: it may be milliseconds old.
const OWNER_WAIT: Duration = Duration::from_millis(200);

/// Answers the review in `body`, come what may.
fn decide(shared: &WebhookState, body: &[u8]) -> Result<Answer, Refusal> {
    let decided = catch_unwind(AssertUnwindSafe(|| {
        (shared.answerer)(body, &shared.in_force.current(), Timestamp::now())
    }));
    match decided {
        Ok(decided) => decided.map_err(|text| Refusal::new(StatusCode::BAD_REQUEST, text)),
        Err(_) => failed(body),
    }
}

fn failed(body: &[u8]) -> Result<Answer, Refusal> {
    let text = "plimsoll failed while reviewing this object";
    fault_of(body, Fault::Internal, StatusCode::INTERNAL_SERVER_ERROR, text)
}

const OUT_OF_TIME: &str = "plimsoll ran out of time, so the request is refused";

/// The refusal of a large review that was not made in time, which may be under way still.
fn out_of_time(body: &[u8]) -> Result<Answer, Refusal> {
    let answer = Answer::fault_of(beginning(body), Fault::Timeout, OUT_OF_TIME.to_owned());
    answer.ok_or(Refusal::new(StatusCode::REQUEST_TIMEOUT, "the review took too long"))
}

/// The refusal of a request whose body cannot be answered; an HTTP error where it shows no uid.
fn fault_of(
    body: &[u8],
    fault: Fault,
    status: StatusCode,
    text: &'static str,
) -> Result<Answer, Refusal> {
    let answer = Answer::fault_of(body, fault, format!("{text}, so it is refused"));
    answer.ok_or(Refusal::new(status, text))
}

fn too_large(beginning: &[u8], limit: usize) -> Result<Answer, Refusal> {
    let message = format!(
        "the review is larger than the {limit} bytes that plimsoll reads, so it is refused"
    );
    let answer = Answer::fault_of(beginning, Fault::TooLarge, message);
    answer.ok_or(Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "the body is too large"))
}

fn check_headers(headers: &HeaderMap) -> Result<(), Refusal> {
    let content_type = headers.get(CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let media_type = content_type.split(';').next().unwrap_or_default().trim();
    if !media_type.eq_ignore_ascii_case("application/json") {
        return Err(Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "use application/json"));
    }
    let plain = |v: &HeaderValue| v.as_bytes().eq_ignore_ascii_case(b"identity");
    if headers.get_all(CONTENT_ENCODING).iter().any(|v| !plain(v)) {
        return Err(Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "send the body as it is"));
    }
    Ok(())
}
