//! Policies and exceptions, judged where they are edited: all that is wrong with one at once.

#![deny(clippy::disallowed_methods)]

use std::fmt::Write as _;

use jiff::{Timestamp, Unit};
use serde_json::Value;

use super::impact::Written;
use super::request::Request;
use super::response::{Cause, Details, Response, Status};
use super::salvage::salvage;
use crate::cluster::objects::{EXCEPTIONS, GROUP, POLICIES};
use crate::policy::{BoundPolicy, Documents, Exception, Snapshot, Standing, Unknown, load_object};
use crate::text::{clipped, printable};

/// The longest refusal, in bytes.
const MESSAGE_LIMIT: usize = 8 * 1024;

/// The most problems that a refusal tells.
const PROBLEM_LIMIT: usize = 100;

/// The longest warning, in characters.
const WARNING_LIMIT: usize = 250;

/// Whether the request is about one of Plimsoll's own objects, and changes more than its status.
pub(super) fn is_own(request: &Request<'_>) -> bool {
    let is_of = |group: &str, resource: &str| {
        group == GROUP && [POLICIES.plural, EXCEPTIONS.plural].contains(&resource)
    };
    request.sub_resource.as_deref().is_none_or(str::is_empty)
        && ["CREATE", "UPDATE"].contains(&request.operation.as_str())
        && is_of(&request.resource.group, &request.resource.resource)
}

/// The answer, but for its uid, to a write of one of Plimsoll's own objects, and the policy that is
/// taken, where it refuses something and was another before; `body` is that of the review.
pub(super) fn judge(
    request: &Request<'_>,
    body: &[u8],
    snapshot: &Snapshot,
    now: Timestamp,
) -> (Response, Option<Written>) {
    let salvaged = salvage(body);
    let part = |field: &str| salvaged.as_ref().and_then(|salvaged| salvaged.object(field));
    let object = part("object").unwrap_or_default();
    let old = part("oldObject").filter(|_| request.operation.as_str() == "UPDATE");
    let mut response = Response::allow("");
    let whole: Value = match serde_json::from_slice(object) {
        Ok(whole) => whole,
        Err(_) => {
            return (refusal(request, &["the object cannot be read".to_owned()]), None);
        }
    };
    // What leaves it as it was may go on: finalizers, labels, an end in good order.
    let spec = |json: &[u8]| match serde_json::from_slice::<Value>(json) {
        Ok(mut whole) => whole.get_mut("spec").map(Value::take),
        Err(_) => None,
    };
    if old.and_then(spec).is_some_and(|old| whole.get("spec") == Some(&old)) {
        return (response, None);
    }
    match load_object(&whole, Unknown::IsWrong) {
        Ok(documents) => {
            let problems = problems(&documents, old.is_none(), snapshot, now);
            if !problems.is_empty() {
                return (refusal(request, &problems), None);
            }
            response.warnings = warnings(&documents, snapshot, now);
            let written = documents.policies.into_iter().find(|policy| policy.refuses(now));
            (response, written.map(Written))
        }
        Err(problems) => {
            let problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
            (refusal(request, &problems), None)
        }
    }
}

/// What speaks against taking what was read.
fn problems(
    documents: &Documents,
    is_new: bool,
    snapshot: &Snapshot,
    now: Timestamp,
) -> Vec<String> {
    let is_file = |name: &str| {
        let called = |policy: &&std::sync::Arc<BoundPolicy>| &*policy.name == name;
        snapshot.policies().iter().filter(|policy| !policy.is_object).any(|policy| called(&policy))
    };
    let taken = documents.policies.iter().filter(|policy| is_new && is_file(&policy.name));
    let taken = taken.map(|policy| {
        let name = &policy.name;
        format!("`metadata.name` `{name}` is that of a policy that the server has from a file; choose another")
    });
    let max_days = snapshot.exceptions().terms().max_days;
    let too_far =
        documents.exceptions.iter().filter(|e| e.standing(now, max_days) == Standing::TooFar);
    let too_far = too_far.map(|_| {
        format!("`spec.expires` lies more than {max_days} days ahead; choose an earlier end, and renew it when it comes")
    });
    taken.chain(too_far).collect()
}

/// What there is to say about what is taken.
fn warnings(documents: &Documents, snapshot: &Snapshot, now: Timestamp) -> Vec<String> {
    let terms = snapshot.exceptions().terms();
    let of_exception = |exception: &Exception| {
        let (title, end) = (exception.title(), exception.spec.expires);
        let end = end.round(Unit::Second).unwrap_or(end);
        if !terms.honour(&exception.namespace) {
            return Some(format!(
                "the exception {title} excuses nothing: exceptions from the namespace {} are not \
                 honoured (`--exception-namespaces`)",
                exception.namespace
            ));
        }
        match exception.standing(now, terms.max_days) {
            Standing::Ended => {
                Some(format!("the exception {title} ended at {end}, and excuses nothing"))
            }
            Standing::InForce if exception.ends_soon(now) => {
                Some(format!("the exception {title} ends at {end}"))
            }
            Standing::InForce | Standing::TooFar => None,
        }
    };
    let lines = documents.exceptions.iter().filter_map(|exception| of_exception(exception));
    lines.map(|line| clipped(&printable(&line), WARNING_LIMIT).into_owned()).collect()
}

/// The refusal for all these reasons.
fn refusal(request: &Request<'_>, problems: &[String]) -> Response {
    let is_policy = request.resource.resource.as_str() == POLICIES.plural;
    let kind = if is_policy { POLICIES.kind } else { EXCEPTIONS.kind };
    let name = request.name.as_deref().unwrap_or_default();
    let name = printable(&clipped(name, 253)).into_owned();
    let mut message = format!("\n{kind} {name} is not taken:\n\n");
    let mut left_out = problems.len().saturating_sub(PROBLEM_LIMIT);
    let mut causes = Vec::new();
    for problem in problems.iter().take(PROBLEM_LIMIT) {
        let shown = printable(&clipped(problem, 500)).into_owned();
        if message.len() + shown.len() > MESSAGE_LIMIT - 256 {
            left_out += 1;
            continue;
        }
        message.push_str("  ");
        message.push_str(&shown);
        message.push('\n');
        let field = shown.split('`').nth(1).unwrap_or_default().to_owned();
        // `kubectl` puts the field in front of it.
        let shown = match shown.strip_prefix(&format!("`{field}` ")) {
            Some(rest) => rest.to_owned(),
            None => shown,
        };
        causes.push(Cause { reason: "FieldValueInvalid".to_owned(), message: shown, field });
    }
    if left_out > 0 {
        let _ = writeln!(message, "  and {left_out} more that do not fit here");
    }
    let (group, kind) = (GROUP.to_owned(), kind.to_owned());
    let status = Status {
        status: "Failure",
        message,
        reason: "Invalid",
        details: Some(Details { name, group, kind, causes }),
        code: 422,
    };
    Response { allowed: false, status: Some(status), ..Response::allow("") }
}
