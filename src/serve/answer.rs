//! From the bytes of a request to the answer: no clock, no socket, no log.

#![deny(clippy::disallowed_methods)]

use std::borrow::Cow;

use jiff::Timestamp;

use super::impact::Written;
use super::outcome::RequestOutcome;
use super::request::{self, Body, Request};
use super::response::{Cause, Details, Fault, Response, Status};
use super::reviewable::to_review;
use super::salvage::salvage;
use super::summary::Summary;
use super::wording;
use super::{bounds, own_objects};
use crate::policy::{Operation, Requester, Snapshot};
use crate::review::{Ending, Verdict, review, review_update};
use crate::rules::{Budget, Limits, RuleRef};
use crate::subject::{Kind, Source, Str, Subject, is_unchanged};
use crate::text::{clipped, printable};

/// An answer and what is told about it in log and metrics.
#[derive(Debug, Default)]
pub struct Answer {
    /// What goes back.
    pub response: Response,
    /// What was asked.
    pub summary: Summary,
    /// What was found, where a review took place.
    pub verdict: Verdict,
    /// Whether the request was refused for a fault and not by a policy.
    pub is_fault: bool,
    /// The policy that is written, where there is more to be told of it than is known here.
    pub written: Option<Written>,
}

impl Answer {
    /// How the request ended.
    pub fn outcome(&self) -> RequestOutcome {
        match (self.is_fault, self.response.allowed) {
            (true, _) => RequestOutcome::Fault,
            (false, true) => RequestOutcome::Allowed,
            (false, false) => RequestOutcome::Denied,
        }
    }

    fn of(response: Response, summary: Summary) -> Self {
        Self { response, summary, ..Self::default() }
    }

    /// A refusal for a fault.
    pub fn fault(uid: &str, fault: Fault, message: String, summary: Summary) -> Self {
        let response = Response::fault(uid, fault, message);
        Self { response, summary, is_fault: true, ..Self::default() }
    }

    /// A refusal for a fault of a body that was not read to its end, or not answered: with the uid
    /// and what else can be told of it; none where there is no uid.
    pub(super) fn fault_of(body: &[u8], fault: Fault, message: String) -> Option<Self> {
        let salvaged = salvage(body)?;
        let summary = Summary::of_salvaged(&salvaged);
        Some(Self::fault(&salvaged.uid, fault, message, summary))
    }

    /// The rules that refuse, each once, worst first.
    pub fn denied_rules(&self) -> Vec<&RuleRef> {
        let mut rules: Vec<&RuleRef> = Vec::new();
        for violation in self.verdict.denials() {
            if !rules.iter().any(|rule| rule.id == violation.rule.id) {
                rules.push(&violation.rule);
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
    let at_once = bounds::check(body).is_ok().then(|| request::read(body, snapshot)).flatten();
    if let Some(request) = at_once {
        let uid = request.uid.as_str().to_owned();
        return Ok(answer_request(&uid, body, request, None, snapshot, now));
    }
    let salvaged = salvage(body)
        .ok_or("not an AdmissionReview of admission.k8s.io/v1 with a request and a uid")?;
    let (request, problem) = salvaged.request();
    if let Some(problem) = problem {
        let summary = Summary::of(&request);
        return Ok(Answer::fault(&salvaged.uid, Fault::BadRequest, unreadable(&problem), summary));
    }
    let out_of_bounds = salvaged.check_bounds().err().map(|problem| problem.to_string());
    Ok(answer_request(&salvaged.uid, body, request, out_of_bounds, snapshot, now))
}

/// Answers a request; `problem` is why its objects must not be read.
fn answer_request<'r>(
    uid: &str,
    body: &'r [u8],
    mut request: Request<'r>,
    problem: Option<String>,
    snapshot: &'r Snapshot,
    now: Timestamp,
) -> Answer {
    let summary = Summary::of(&request);
    if problem.is_none() && own_objects::is_own(&request) {
        let (response, written) = own_objects::judge(&request, body, snapshot, now);
        let response = Response { uid: uid.to_owned(), ..response };
        return Answer { written, ..Answer::of(response, summary) };
    }
    let kind = match to_review(&mut request, snapshot) {
        Ok(Some(kind)) => kind,
        Ok(None) if problem.is_none() => return Answer::of(Response::allow(uid), summary),
        Ok(None) => {
            let problem = problem.unwrap_or_default();
            return Answer::fault(uid, Fault::BadRequest, unreadable(&problem), summary);
        }
        Err(problem) => {
            return Answer::fault(uid, Fault::BadRequest, unreadable(problem), summary);
        }
    };
    let is_update = request.operation.as_str() == "UPDATE";
    let write = Write { kind, body, snapshot, now, is_update };
    let decided = problem.map_or_else(|| write.decide(request), |p| Err(Undecided::Unreadable(p)));
    match decided {
        Ok((subject_response, verdict)) => {
            let response = Response { uid: uid.to_owned(), ..subject_response };
            Answer { verdict, ..Answer::of(response, summary) }
        }
        // What cannot be judged may stay as it is: finalizers go, namespaces end (F-136).
        Err(_) if write.is_unchanged() => Answer::of(Response::allow(uid), summary),
        Err(Undecided::Unreadable(problem)) => {
            Answer::fault(uid, Fault::BadRequest, unreadable(&problem), summary)
        }
        Err(Undecided::Spent) => {
            let message =
                "the object takes more work than plimsoll puts into one review, so it is refused";
            Answer::fault(uid, Fault::Timeout, message.to_owned(), summary)
        }
    }
}

fn unreadable(problem: &str) -> String {
    let problem = printable(&clipped(problem, 1_000)).into_owned();
    format!("plimsoll cannot read the request, so it is refused: {problem}")
}

/// Why there is no verdict.
enum Undecided {
    /// The request cannot be read, and what is wrong with it.
    Unreadable(String),
    /// The review came to the end of its budget.
    Spent,
}

impl From<&str> for Undecided {
    fn from(problem: &str) -> Self {
        Self::Unreadable(problem.to_owned())
    }
}

/// A write of an object, and what it is held against.
struct Write<'w> {
    kind: &'w Kind,
    body: &'w [u8],
    snapshot: &'w Snapshot,
    now: Timestamp,
    is_update: bool,
}

impl Write<'_> {
    fn decide(&self, request: Request<'_>) -> Result<(Response, Verdict), Undecided> {
        let Self { kind, snapshot, now, is_update, .. } = *self;
        let Request { namespace, name, user_info, object, old_object, .. } = request;
        let read = |json| {
            Subject::read(kind, json).map_err(|error| Undecided::Unreadable(error.to_string()))
        };
        let mut subject = match object {
            Body::Read(object) => Subject::new(kind, *object),
            Body::Text(json) => read(json)?,
            Body::Absent | Body::Skipped => return Err("`request.object` is missing".into()),
        };
        if !names_kind(&subject, kind) {
            return Err("`request.object` is of another kind than `request.kind`".into());
        }
        if let Some(namespace) = namespace.as_deref().filter(|n| !n.is_empty()) {
            subject.namespace = Some(Cow::Owned(namespace.to_owned()));
        }
        if let Some(name) = name.as_deref().filter(|n| !n.is_empty()) {
            subject.name = Cow::Owned(name.to_owned());
        }
        let groups: Vec<&str> = user_info.groups.iter().flatten().map(Str::as_str).collect();
        let operation = if is_update { Operation::Update } else { Operation::Create };
        let name = user_info.username.as_str();
        let requester = Requester { user: Some(name), groups: &groups, operation };
        let user = Some(&requester);
        let salvaged = if snapshot.exceptions().about(&subject).needs_tree() {
            salvage(self.body)
        } else {
            None
        };
        if let Some(json) = salvaged.as_ref().and_then(|salvaged| salvaged.object("object")) {
            subject.source = Source::Json(json);
        }
        let old = old_object.filter(|_| is_update);
        let selects = old.is_some() && snapshot.selects_objects(kind);
        let mut verdict = Verdict::default();
        if !selects {
            let first = if old.is_some() { Limits::of_first_look() } else { Limits::default() };
            verdict = review(&subject, user, snapshot, now, &mut Budget::new(first));
        }
        // More than is kept is not compared with anything.
        let says_something =
            verdict.ending != Ending::Full && !(verdict.is_silent() && verdict.is_complete());
        if let Some(old) = old
            && (selects || says_something)
        {
            // An old object that cannot be read excuses nothing (F-38).
            let (namespace, source) = (subject.namespace.clone(), Source::Json(old));
            let old = match Subject::read(kind, old) {
                Ok(old) => Some(Subject { namespace, source, ..old }),
                Err(_) => None,
            };
            verdict =
                review_update(&subject, old.as_ref(), user, snapshot, now, &mut Budget::default());
        }
        if !verdict.allowed() && self.is_unchanged() {
            verdict.inherit_all();
        }
        match verdict.ending {
            Ending::Spent => Err(Undecided::Spent),
            _ => Ok((respond(&subject, &verdict, name, now), verdict)),
        }
    }

    /// Whether this is an update that leaves all that is judged as it was.
    fn is_unchanged(&self) -> bool {
        let salvaged = if self.is_update { salvage(self.body) } else { None };
        let objects = salvaged.and_then(|s| s.object("object").zip(s.object("oldObject")));
        let with_labels = self.snapshot.selects_objects(self.kind);
        objects.is_some_and(|(new, old)| is_unchanged(self.kind, new, old, with_labels))
    }
}

/// Whether the object calls itself what the request calls it.
fn names_kind(subject: &Subject<'_>, kind: &Kind) -> bool {
    let group = |version: &str| version.split_once('/').map_or("", |(group, _)| group).to_owned();
    let object = &subject.object;
    object.kind.as_deref().is_none_or(|k| k == kind.kind)
        && object.api_version.as_deref().is_none_or(|v| group(v) == kind.group)
}

/// The answer to a review, but for its uid.
fn respond(subject: &Subject<'_>, verdict: &Verdict, user: &str, now: Timestamp) -> Response {
    let mut response = Response::allow("");
    response.warnings = wording::warnings(subject, verdict, user, now);
    response.audit_annotations = wording::audit_annotations(verdict);
    if !verdict.allowed() {
        response.allowed = false;
        response.status = Some(Status {
            status: "Failure",
            message: wording::denial(subject, verdict),
            reason: "Forbidden",
            details: Some(details(subject, verdict)),
            code: 403,
        });
    }
    response
}

fn details(subject: &Subject<'_>, verdict: &Verdict) -> Details {
    let causes = verdict.denials().take(wording::CAUSE_LIMIT).map(|violation| Cause {
        reason: violation.rule.id.to_string(),
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
