//! One question to the API server, asked again within bounds where that may help; nothing but GET is
//! ever sent.

use std::time::Duration;

use axum::http::{HeaderMap, Request, Response, StatusCode, header};
use backon::{BackoffBuilder, ExponentialBuilder};
use http_body_util::BodyExt as _;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Status;
use kube::Client;
use kube::client::Body;
use thiserror::Error;
use tokio::time::{Instant, sleep, timeout_at};

use super::items::NoList;
use crate::text::{clipped, error_chain, printable};

/// How long answers are waited for, and how often a question is put again.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// How long one answer may take, from the question to its last byte.
    pub answer: Duration,
    /// How long all rests between the tries of one question may be together.
    pub rests: Duration,
    /// How often one question is put at most.
    pub tries: u32,
    /// How often one is put that nobody says anything to.
    pub silences: u32,
}

impl Patience {
    /// That of a person at a terminal.
    pub fn of(answer: Duration) -> Self {
        Self { answer, rests: Duration::from_mins(1), tries: 6, silences: 3 }
    }
}

/// The most of an answer that says no which is read, in bytes.
const REFUSAL_LIMIT: usize = 64 << 10;

/// The longest text of the API server that is shown, in characters.
const TEXT_LIMIT: usize = 300;

/// Why there is no answer.
#[derive(Debug, Error)]
pub enum Unanswered {
    /// Whoever asks may not.
    #[error("{0}")]
    Forbidden(String),
    /// There is no such thing, or no longer.
    #[error("the API server has no such thing")]
    NotFound,
    /// What was begun cannot be gone on with; where it can be from, if it tells.
    #[error("the list expired while it was read")]
    Expired(Option<String>),
    /// It says no, whoever asks and however often.
    #[error("the API server says {code}: {text}")]
    Refused {
        /// The status.
        code: u16,
        /// What it says.
        text: String,
    },
    /// It is there, and was not able to answer.
    #[error("{0}, after {1}")]
    Unable(String, Tries),
    /// It was not reached, or went silent.
    #[error("{0}, after {1}")]
    Silent(String, Tries),
}

/// How often a question was put.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tries(u32);

impl std::fmt::Display for Tries {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let tries = if self.0 == 1 { "try" } else { "tries" };
        write!(f, "{} {tries}", self.0)
    }
}

impl Unanswered {
    /// Whether there is nobody who would answer another question.
    pub fn is_silent(&self) -> bool {
        matches!(self, Self::Silent(..))
    }
}

/// What came of one try.
enum Try<T> {
    Answered(T),
    /// It is of no use to ask again.
    Final(Unanswered),
    /// It may be of use, after a rest of its own choosing.
    Again {
        why: String,
        is_silent: bool,
        rest: Option<Duration>,
    },
}

/// An answer that is read piece by piece.
pub(super) trait Taking {
    /// What it comes to.
    type Whole;
    /// The next piece.
    fn piece(&mut self, bytes: &[u8]) -> Result<(), NoList>;
    /// There is no more.
    fn end(self) -> Result<Self::Whole, NoList>;
}

/// Who asks.
#[derive(Clone)]
pub(super) struct Asking {
    pub(super) client: Client,
    pub(super) patience: Patience,
}

impl Asking {
    /// Asks for `path`, and reads the answer with what `taking` makes for each try.
    pub(super) async fn get<T: Taking>(
        &self,
        path: &str,
        mut taking: impl FnMut() -> T,
    ) -> Result<T::Whole, Unanswered> {
        let mut rests = rests();
        let mut left = self.patience.rests;
        let mut silences = 0;
        for number in 1.. {
            let (why, is_silent, wanted) = match self.once(path, taking()).await {
                Try::Answered(whole) => return Ok(whole),
                Try::Final(unanswered) => return Err(unanswered),
                Try::Again { why, is_silent, rest } => (why, is_silent, rest),
            };
            let rest = wanted.or_else(|| rests.next()).unwrap_or_default();
            silences += u32::from(is_silent);
            let is_enough = number >= self.patience.tries || silences >= self.patience.silences;
            if is_enough || rest > left {
                let (why, tries) = (beyond(why, wanted.filter(|rest| *rest > left)), Tries(number));
                return Err(if is_silent {
                    Unanswered::Silent(why, tries)
                } else {
                    Unanswered::Unable(why, tries)
                });
            }
            left = left.saturating_sub(rest);
            sleep(rest).await;
        }
        Err(Unanswered::NotFound)
    }

    async fn once<T: Taking>(&self, path: &str, taking: T) -> Try<T::Whole> {
        let end = Instant::now() + self.patience.answer;
        let request = Request::get(path).header(header::ACCEPT, "application/json");
        let request = match request.body(Body::empty()) {
            Ok(request) => request,
            Err(error) => return refused(0, &error.to_string()),
        };
        let late = || Try::Again {
            why: format!(
                "the API server did not answer within {} s",
                self.patience.answer.as_secs()
            ),
            is_silent: true,
            rest: None,
        };
        match timeout_at(end, self.client.send(request)).await {
            Err(_) => late(),
            Ok(Err(error)) => broken(&error),
            Ok(Ok(answer)) if answer.status() == StatusCode::OK => {
                timeout_at(end, whole(answer, taking)).await.unwrap_or_else(|_| late())
            }
            Ok(Ok(answer)) => timeout_at(end, says_no(answer)).await.unwrap_or_else(|_| late()),
        }
    }
}

/// How long to rest where the API server does not say.
fn rests() -> impl Iterator<Item = Duration> + Send {
    let first = Duration::from_millis(200);
    let growing = ExponentialBuilder::default().with_min_delay(first);
    growing.with_max_delay(Duration::from_secs(10)).with_jitter().without_max_times().build()
}

/// The same, and that it wants to be left alone for longer than anybody waits here.
fn beyond(why: String, wanted: Option<Duration>) -> String {
    match wanted {
        Some(rest) => format!("{why} and asks for a rest of {} s", rest.as_secs()),
        None => why,
    }
}

fn broken<T>(error: &(dyn std::error::Error + 'static)) -> Try<T> {
    let why = clipped(&error_chain(error), TEXT_LIMIT).into_owned();
    Try::Again {
        why: format!("the API server cannot be reached: {why}"),
        is_silent: true,
        rest: None,
    }
}

fn refused<T>(code: u16, text: &str) -> Try<T> {
    let text = printable(&clipped(text, TEXT_LIMIT)).into_owned();
    Try::Final(Unanswered::Refused { code, text })
}

/// Reads the answer to its end.
async fn whole<T: Taking>(answer: Response<Body>, mut taking: T) -> Try<T::Whole> {
    let mut body = answer.into_body();
    let no_list = |error: NoList| {
        let why = error.to_string();
        match error {
            NoList::BrokenOff => Try::Again { why, is_silent: false, rest: None },
            NoList::Other | NoList::TooLarge => refused(200, &why),
        }
    };
    while let Some(frame) = body.frame().await {
        let frame = match frame {
            Ok(frame) => frame,
            Err(error) => return broken(&error),
        };
        let Some(bytes) = frame.data_ref() else { continue };
        if let Err(error) = taking.piece(bytes) {
            return no_list(error);
        }
    }
    taking.end().map_or_else(no_list, Try::Answered)
}

/// What an answer comes to that is none of what was asked for.
async fn says_no<T>(answer: Response<Body>) -> Try<T> {
    let (code, headers) = (answer.status(), answer.headers().clone());
    let mut bytes = Vec::new();
    let mut body = answer.into_body();
    while let Some(Ok(frame)) = body.frame().await {
        bytes.extend_from_slice(frame.data_ref().map_or(&[][..], |data| data));
        if bytes.len() > REFUSAL_LIMIT {
            break;
        }
    }
    let status: Option<Status> = serde_json::from_slice(&bytes).ok();
    let text = status.as_ref().and_then(|status| status.message.clone());
    let text = text.unwrap_or_else(|| code.canonical_reason().unwrap_or("no").to_owned());
    let text = printable(&clipped(&text, TEXT_LIMIT)).into_owned();
    match code {
        StatusCode::FORBIDDEN => Try::Final(Unanswered::Forbidden(text)),
        StatusCode::NOT_FOUND => Try::Final(Unanswered::NotFound),
        StatusCode::GONE => {
            let token = status.and_then(|status| status.metadata.continue_);
            Try::Final(Unanswered::Expired(token.filter(|token| !token.is_empty())))
        }
        StatusCode::TOO_MANY_REQUESTS => {
            let rest = retry_after(&headers, status.as_ref());
            let why = "the API server has too much to do".to_owned();
            Try::Again { why, is_silent: false, rest }
        }
        code if code.is_server_error() => {
            let why = format!("the API server says {}: {text}", code.as_u16());
            Try::Again { why, is_silent: false, rest: retry_after(&headers, status.as_ref()) }
        }
        code => refused(code.as_u16(), &text),
    }
}

/// How long the API server asks to be left alone.
fn retry_after(headers: &HeaderMap, status: Option<&Status>) -> Option<Duration> {
    let written = headers.get(header::RETRY_AFTER).and_then(|value| value.to_str().ok());
    let seconds = written.and_then(|text| text.trim().parse::<u32>().ok());
    let told = || {
        let details = status?.details.as_ref()?;
        u32::try_from(details.retry_after_seconds?).ok()
    };
    let seconds = seconds.or_else(told).filter(|seconds| *seconds > 0)?;
    Some(Duration::from_secs(seconds.into()))
}
