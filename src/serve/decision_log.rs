//! One line for each decision: who asked for what, what was decided, which rules said so.
//!
//! Never a value of the object, only names, and those printable and bounded. The lines have the
//! form and the stream of the rest of the log, but are written straight: through the log's own
//! formatter a line costs as much as the review that it is about.

use std::fmt::Write as _;
use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;

use super::answer::Answer;
use super::log_format::{LogFormat, as_text};
use super::log_stream::LogStream;
use crate::review::Verdict;
use crate::rules::{Mode, RuleRef};
use crate::text::{clipped, printable};

/// The target of decision lines, for filters.
const TARGET: &str = "plimsoll::decision";

/// Where decision lines go.
#[derive(Debug, Clone)]
pub struct DecisionLog {
    stream: LogStream,
    format: LogFormat,
}

#[derive(Serialize)]
struct Decision<'a> {
    timestamp: Timestamp,
    level: &'static str,
    message: &'static str,
    uid: &'a str,
    operation: &'a str,
    kind: &'a str,
    subresource: &'a str,
    namespace: &'a str,
    name: &'a str,
    user: &'a str,
    dry_run: bool,
    #[serde(rename = "decision")]
    outcome: &'static str,
    /// The rules that had something to say, as `policy/rule`, each once, separated by commas.
    denied: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    warned: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    held_back: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    audited: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    excused: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    undetermined: String,
    warnings: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<&'a str>,
    micros: u64,
    target: &'static str,
}

/// The most rules that one line names of each sort.
const RULE_LIMIT: usize = 200;

/// The rules with this consequence, as `policy/rule`, each once, separated by commas.
fn with_consequence(verdict: &Verdict, mode: Mode) -> String {
    let violations = verdict.violations.iter().filter(|v| v.excused_by().is_none());
    let pairs =
        violations.flat_map(|v| v.policies().map(move |(policy, of)| (policy, of, &v.rule)));
    let pairs = pairs.filter(|(_, of_policy, _)| *of_policy == mode);
    names(pairs.map(|(policy, _, rule)| (&**policy, rule)))
}

fn names<'v>(rules: impl Iterator<Item = (&'v str, &'v RuleRef)>) -> String {
    let mut once: Vec<(&str, &str)> = rules.map(|(policy, rule)| (policy, &*rule.id)).collect();
    once.sort_unstable();
    once.dedup();
    let mut text = String::new();
    for (number, (policy, rule)) in once.iter().take(RULE_LIMIT).enumerate() {
        if number > 0 {
            text.push(',');
        }
        for part in [policy, "/", rule] {
            text.push_str(&printable(part));
        }
    }
    if let Some(more) = once.len().checked_sub(RULE_LIMIT).filter(|&more| more > 0) {
        let _ = write!(text, ",{more} more");
    }
    text
}

#[derive(Serialize)]
struct NoReview {
    timestamp: Timestamp,
    level: &'static str,
    message: &'static str,
    status: u16,
    reason: &'static str,
    target: &'static str,
}

impl DecisionLog {
    /// Writes into the stream of the log.
    pub fn new(stream: LogStream, format: LogFormat) -> Self {
        Self { stream, format }
    }

    /// Tells of a decision.
    pub(super) fn decided(&self, answer: &Answer, took: Duration) {
        if !tracing::enabled!(target: TARGET, tracing::Level::INFO) {
            return;
        }
        let (request, verdict) = (&answer.summary, &answer.verdict);
        let held_back = verdict.held_back();
        let status = answer.response.status.as_ref().filter(|_| answer.is_fault);
        self.write(&Decision {
            timestamp: Timestamp::now(),
            level: "INFO",
            message: "reviewed",
            uid: &printable(&clipped(&answer.response.uid, 64)),
            operation: &request.operation,
            kind: &request.kind,
            subresource: &request.sub_resource,
            namespace: &request.namespace,
            name: &request.name,
            user: &request.user,
            dry_run: request.dry_run,
            outcome: answer.outcome().as_str(),
            denied: with_consequence(verdict, Mode::Deny),
            warned: with_consequence(verdict, Mode::Warn),
            held_back: names(held_back.map(|violation| (&*violation.policy, &violation.rule))),
            audited: with_consequence(verdict, Mode::Audit),
            excused: names(verdict.excused().map(|v| (&*v.policy, &v.rule))),
            undetermined: names(verdict.undetermined.iter().map(|u| (&*u.policy, &u.rule))),
            warnings: answer.response.warnings.len(),
            problem: status.map(|status| status.message.as_str()),
            micros: u64::try_from(took.as_micros()).unwrap_or(u64::MAX),
            target: TARGET,
        });
    }

    /// Tells of a request that got no decision.
    pub(super) fn refused(&self, status: u16, reason: &'static str) {
        if tracing::enabled!(target: TARGET, tracing::Level::WARN) {
            let (timestamp, level, message) = (Timestamp::now(), "WARN", "not a review");
            let target = TARGET;
            self.write(&NoReview { timestamp, level, message, status, reason, target });
        }
    }

    fn write(&self, line: &impl Serialize) {
        let mut text = Vec::with_capacity(512);
        if serde_json::to_writer(&mut text, line).is_err() {
            return;
        }
        if self.format == LogFormat::Text {
            let Ok(line) = as_text(&text) else { return };
            text = line.into_bytes();
        }
        text.push(b'\n');
        self.stream.push(&text);
    }
}
