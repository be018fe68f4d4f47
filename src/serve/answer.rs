//! From the bytes of a request to the answer: no clock, no socket, no log.

use std::borrow::Cow;

use jiff::Timestamp;
use serde_json::value::RawValue;

use super::bounds;
use super::doubt;
use super::envelope::{self, Body, Request, Unreadable};
use super::response::{Cause, Details, Fault, Response, Status};
use crate::policy::Snapshot;
use crate::report::admission;
use crate::review::{Evidence, Verdict, review};
use crate::rules::Meta;
use crate::subject::{Subject, WorkloadKind};
use crate::text::{clipped, printable};

/// An answer and what is told about it in log and metrics.
#[derive(Debug, Default)]
pub struct Answer {
    /// What goes back.
    pub response: Response,
    /// What was asked.
    pub asked: Asked,
    /// What was found, where a review took place.
    pub verdict: Verdict,
    /// Whether the request was refused for a fault and not by a policy.
    pub is_fault: bool,
}

/// What was asked, in printable and bounded text.
#[derive(Debug, Default)]
#[expect(missing_docs, reason = "the API's own field names")]
pub struct Asked {
    pub operation: String,
    pub kind: String,
    pub sub_resource: String,
    pub namespace: String,
    pub name: String,
    pub user: String,
    pub dry_run: bool,
}

impl Answer {
    fn of(response: Response, asked: Asked) -> Self {
        Self { response, asked, ..Self::default() }
    }

    /// A refusal for a fault.
    pub fn fault(uid: &str, fault: Fault, message: String, asked: Asked) -> Self {
        let response = Response::fault(uid, fault, message);
        Self { response, asked, is_fault: true, ..Self::default() }
    }

    /// The rules that refuse, each once, worst first.
    pub fn denied_rules(&self) -> Vec<&'static Meta> {
        let mut rules: Vec<&'static Meta> = Vec::new();
        for violation in self.verdict.denials() {
            if !rules.iter().any(|rule| rule.id == violation.rule.id) {
                rules.push(violation.rule);
            }
        }
        rules
    }
}

/// Answers the review in `body`.
///
/// # Errors
/// Only where there is no uid to answer to: what HTTP status 400 should say.
pub fn answer(body: &[u8], snapshot: &Snapshot, now: Timestamp) -> Result<Answer, &'static str> {
    let text = std::str::from_utf8(body).map_err(|_| "the body is not UTF-8")?;
    let bounded = bounds::check(text);
    let request = match envelope::read(text, snapshot) {
        Ok(request) => request,
        Err(Unreadable::Envelope) => {
            return Err("not an AdmissionReview of admission.k8s.io/v1 with a request and a uid");
        }
        Err(Unreadable::Request { uid, problem, asked }) => {
            let message = unreadable(&problem);
            return Ok(Answer::fault(&uid, Fault::BadRequest, message, *asked));
        }
    };
    let asked = Asked::of(&request);
    let uid = request.uid.as_str().to_owned();
    let bad = |problem: &str, asked| {
        Ok(Answer::fault(&uid, Fault::BadRequest, unreadable(problem), asked))
    };
    if let Err(problem) = bounded {
        return bad(&problem.to_string(), asked);
    }
    let kind = match to_review(&request, snapshot) {
        Ok(Some(kind)) => kind,
        Ok(None) => return Ok(Answer::of(Response::allow(&uid), asked)),
        Err(problem) => return bad(problem, asked),
    };
    match decide(text, request, kind, snapshot, now) {
        Ok((response, verdict)) => Ok(Answer { response, asked, verdict, is_fault: false }),
        Err(problem) => bad(&problem, asked),
    }
}

fn unreadable(problem: &str) -> String {
    let problem = printable(&clipped(problem, 1_000)).into_owned();
    format!("plimsoll cannot read the request, so it is refused: {problem}")
}

/// Subresources through which no pod is made or changed.
///
/// Any other is reviewed, also one that is invented tomorrow, as upstream's Pod Security does
/// (`ignoredPodSubresources`).
const IGNORED_SUBRESOURCES: [&str; 9] =
    ["attach", "binding", "eviction", "exec", "log", "portforward", "proxy", "scale", "status"];

/// The workload that a request writes; none where there is nothing to review.
fn to_review<'s>(
    request: &Request<'_>,
    snapshot: &'s Snapshot,
) -> Result<Option<&'s WorkloadKind>, &'static str> {
    let reviewed = match request.operation.as_str() {
        "CREATE" | "UPDATE" => true,
        "DELETE" | "CONNECT" => false,
        _ => return Err("`request.operation` is none of CREATE, UPDATE, DELETE and CONNECT"),
    };
    if request.kind.kind.is_empty() || request.resource.resource.is_empty() {
        return Err("`request.kind` or `request.resource` is missing");
    }
    let ignored =
        request.sub_resource.as_deref().is_some_and(|s| IGNORED_SUBRESOURCES.contains(&s));
    let kind = envelope::workload(request, snapshot)?;
    Ok(kind.filter(|_| reviewed && !ignored))
}

fn decide(
    body: &str,
    request: Request<'_>,
    kind: &WorkloadKind,
    snapshot: &Snapshot,
    now: Timestamp,
) -> Result<(Response, Verdict), String> {
    let Request { uid, namespace, name, operation, user_info, object, old_object, .. } = request;
    let mut subject = match object {
        Body::Workload(object) => Subject::new(kind, *object),
        Body::Text(raw) => Subject::read(kind, raw.get()).map_err(|error| error.to_string())?,
        Body::Absent | Body::Skipped => return Err("`request.object` is missing".to_owned()),
    };
    if !names_kind(&subject, kind) {
        return Err("`request.object` is of another kind than `request.kind`".to_owned());
    }
    if let Some(namespace) = namespace.as_deref().filter(|n| !n.is_empty()) {
        subject.namespace = Some(Cow::Owned(namespace.to_owned()));
    }
    if let Some(name) = name.as_deref().filter(|n| !n.is_empty()) {
        subject.name = Cow::Owned(name.to_owned());
    }
    let user = Some(user_info.username.as_str());
    let mut verdict = review(&subject, user, snapshot, now);
    if operation.as_str() == "UPDATE"
        && !verdict.allowed()
        && let Some(old_text) = old_object.map(RawValue::get)
        // An old object that cannot be read excuses nothing (F-38).
        && let Ok(mut old) = Subject::read(kind, old_text)
    {
        old.namespace.clone_from(&subject.namespace);
        let before = review(&old, None, snapshot, now);
        let new = doubt::object_text(body).unwrap_or_default();
        let (new, old) = (Evidence::new(&subject, new), Evidence::new(&old, old_text));
        verdict.inherit(&new, &before, &old);
    }
    Ok((respond(uid.as_str(), &subject, &verdict), verdict))
}

/// Whether the object calls itself what the request calls it.
fn names_kind(subject: &Subject<'_>, kind: &WorkloadKind) -> bool {
    let group = |version: &str| version.split_once('/').map_or("", |(group, _)| group).to_owned();
    let object = &subject.object;
    object.kind.as_deref().is_none_or(|k| k == kind.kind)
        && object.api_version.as_deref().is_none_or(|v| group(v) == kind.group)
}

fn respond(uid: &str, subject: &Subject<'_>, verdict: &Verdict) -> Response {
    let mut response = Response::allow(uid);
    response.warnings = admission::warnings(subject, verdict);
    response.audit_annotations = admission::audit_annotations(verdict);
    if !verdict.allowed() {
        response.allowed = false;
        response.status = Some(Status {
            status: "Failure",
            message: admission::denial(subject, verdict),
            reason: "Forbidden",
            details: Some(details(subject, verdict)),
            code: 403,
        });
    }
    response
}

fn details(subject: &Subject<'_>, verdict: &Verdict) -> Details {
    let causes = verdict.denials().take(admission::CAUSE_LIMIT).map(|violation| Cause {
        reason: violation.rule.id,
        message: violation.finding.message.clone(),
        field: violation.finding.at.to_string(),
    });
    Details {
        name: printable(&clipped(&subject.name, 253)).into_owned(),
        group: subject.kind.group.to_string(),
        kind: subject.kind.kind.to_string(),
        causes: causes.collect(),
    }
}

impl Asked {
    pub(super) fn of(request: &Request<'_>) -> Self {
        let show = |text: &str| printable(&clipped(text, 253)).into_owned();
        let optional = |text: Option<&str>| text.map(show).unwrap_or_default();
        Self {
            operation: show(&request.operation),
            kind: show(&request.kind.kind),
            sub_resource: optional(request.sub_resource.as_deref()),
            namespace: optional(request.namespace.as_deref()),
            name: optional(request.name.as_deref()),
            user: show(&request.user_info.username),
            dry_run: request.dry_run.unwrap_or(false),
        }
    }
}
