//! One line for each decision: who asked for what, what was decided, which rules said so.
//!
//! Never a value of the object, only names, and those printable and bounded.

use std::time::Duration;

use super::answer::Answer;

/// Tells of a decision.
pub(super) fn write(answer: &Answer, took: Duration) {
    let asked = &answer.asked;
    let decision = match (answer.is_fault, answer.response.allowed) {
        (true, _) => "fault",
        (false, true) => "allowed",
        (false, false) => "denied",
    };
    let denied: Vec<&str> = answer.denied_rules().iter().map(|rule| rule.id).collect();
    let problem =
        answer.response.status.as_ref().filter(|_| answer.is_fault).map(|s| s.message.as_str());
    let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
    tracing::info!(
        target: "plimsoll::decision",
        uid = %crate::text::printable(&crate::text::clipped(&answer.response.uid, 64)),
        operation = asked.operation,
        kind = asked.kind,
        subresource = asked.sub_resource,
        namespace = asked.namespace,
        name = asked.name,
        user = asked.user,
        dry_run = asked.dry_run,
        decision,
        denied = denied.join(","),
        warnings = answer.response.warnings.len(),
        problem,
        micros,
        "reviewed"
    );
}

/// Tells of a request that got no decision.
pub(super) fn refused(status: u16, reason: &'static str) {
    tracing::warn!(target: "plimsoll::decision", status, reason, "not a review");
}
