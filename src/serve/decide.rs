//! A write of an object, decided: reviewed, held against what it was or is made from, and answered.

#![deny(clippy::disallowed_methods)]

use std::borrow::Cow;
use std::sync::Arc;

use jiff::Timestamp;

use super::making::{Awaited, Known, Owner, OwnerLookup, as_of_template};
use super::request::{Body, Request};
use super::response::{Cause, Details, Response, Status};
use super::salvage::salvage;
use super::wording;
use crate::policy::{Making, Operation, Requester, Snapshot, is_by_controller};
use crate::review::{Ending, Verdict, review, review_made, review_update};
use crate::rules::{Budget, Limits};
use crate::subject::{Kind, Scope, Source, Str, Subject, Write, is_unchanged};
use crate::text::{clipped, printable};

/// Why there is no verdict.
pub(super) enum Undecided {
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

/// What was decided about a write.
pub(super) struct Decided {
    /// The answer, but for its uid.
    pub(super) response: Response,
    pub(super) verdict: Verdict,
    /// How it went to look for the owner of what a controller makes.
    pub(super) owner: Option<OwnerLookup>,
    /// What could be known better in a moment.
    pub(super) awaited: Option<Awaited>,
}

/// A write of an object, and what it is held against.
pub(super) struct Writing<'w> {
    pub(super) kind: &'w Kind,
    /// Of the whole review.
    pub(super) body: &'w [u8],
    pub(super) snapshot: &'w Snapshot,
    pub(super) now: Timestamp,
    pub(super) is_update: bool,
}

impl Writing<'_> {
    /// The verdict, and the answer that follows from it.
    pub(super) fn decide(&self, request: Request<'_>) -> Result<Decided, Undecided> {
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
        // Of a Namespace the API server sends the name as that of the namespace that it is in.
        let is_in_one = kind.scope != Scope::Cluster;
        if let Some(namespace) = namespace.as_deref().filter(|n| is_in_one && !n.is_empty()) {
            subject.namespace = Some(Cow::Owned(namespace.to_owned()));
        }
        if let Some(name) = name.as_deref().filter(|n| !n.is_empty()) {
            subject.name = Cow::Owned(name.to_owned());
        }
        let groups: Vec<&str> = user_info.groups.iter().flatten().map(Str::as_str).collect();
        let operation = if is_update { Operation::Update } else { Operation::Create };
        let name = user_info.username.as_str();
        let making = if snapshot.inventory().looks_at_owners() {
            Making::No
        } else {
            Making::unseen(Some(name), kind)
        };
        let requester = Requester { user: Some(name), groups: &groups, operation, making };
        let reads_whole = snapshot.reads_whole(kind);
        let salvaged = if reads_whole || snapshot.exceptions().about(&subject).needs_tree() {
            salvage(self.body)
        } else {
            None
        };
        if let Some(json) = salvaged.as_ref().and_then(|salvaged| salvaged.object("object")) {
            subject.source = Source::Json(json);
        }
        let before = old_object.filter(|_| is_update).map(Source::Json);
        subject.write = Some(Write { before, review: self.body });
        let mut verdict = self.review(&subject, old_object, &requester);
        let made = self.made(&subject, &requester, &mut verdict);
        if verdict.ending == Ending::Spent {
            return Err(Undecided::Spent);
        }
        let response = respond(&subject, &verdict, name, made.owner, now);
        Ok(Decided { response, verdict, owner: made.owner, awaited: made.awaited })
    }

    /// The verdict by the object itself, and by what it was.
    fn review(
        &self,
        subject: &Subject<'_>,
        old_object: Option<&[u8]>,
        requester: &Requester<'_>,
    ) -> Verdict {
        let Self { kind, snapshot, now, is_update, .. } = *self;
        let user = Some(requester);
        let old = old_object.filter(|_| is_update);
        let selects = old.is_some() && snapshot.selects_objects(kind);
        let mut verdict = Verdict::default();
        if !selects {
            let first = if old.is_some() { Limits::of_first_look() } else { Limits::default() };
            verdict = review(subject, user, snapshot, now, &mut Budget::new(first));
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
                Ok(old) => Some(Subject { namespace, source, write: subject.write, ..old }),
                Err(_) => None,
            };
            verdict =
                review_update(subject, old.as_ref(), user, snapshot, now, &mut Budget::default());
        }
        if !verdict.allowed() && self.is_unchanged() {
            verdict.inherit_all();
        }
        verdict
    }

    /// Holds what a controller makes against what it makes it from, where there is something to
    /// say about it, and some policy wants that.
    fn made(
        &self,
        subject: &Subject<'_>,
        requester: &Requester<'_>,
        verdict: &mut Verdict,
    ) -> Made {
        let Self { kind, body, snapshot, now, is_update } = *self;
        let mut made = Made::default();
        if !is_by_controller(requester.user, kind) || !snapshot.asks_for_owners() || is_update {
            return made;
        }
        let Some(user) = requester.user else { return made };
        if requester.making == Making::FromUnknown {
            made.owner = Some(OwnerLookup::NotLookedAt);
            return made;
        }
        if verdict.is_silent() && verdict.is_complete() {
            return made;
        }
        let Some(owner) = Owner::of(body, kind, user, subject) else { return made };
        let known = owner.known(snapshot.inventory());
        if let Known::Template(template) = &known
            && let Some(json) = template.made()
            && let Some(stood) = as_of_template(subject, &json)
        {
            let requester = Requester { making: Making::FromKnown, ..*requester };
            let mut budget = Budget::default();
            *verdict = review_made(subject, &stood, &requester, snapshot, now, &mut budget);
            made.owner = Some(OwnerLookup::Known);
            made.awaited = (!verdict.allowed()).then(|| owner.awaited(Some(Arc::clone(template))));
            return made;
        }
        let requester = Requester { making: Making::FromUnknown, ..*requester };
        *verdict = review(subject, Some(&requester), snapshot, now, &mut Budget::default());
        made.owner = Some(OwnerLookup::Unknown);
        match known {
            Known::Template(_) => {}
            Known::Nothing => made.awaited = Some(owner.awaited(None)),
            Known::Unseen(lookup) => made.owner = Some(lookup),
        }
        made
    }

    /// Whether this is an update that leaves all that is judged as it was.
    pub(super) fn is_unchanged(&self) -> bool {
        let salvaged = if self.is_update { salvage(self.body) } else { None };
        let objects = salvaged.and_then(|s| s.object("object").zip(s.object("oldObject")));
        if self.snapshot.reads_whole(self.kind) {
            // Any field may be looked at.
            return objects.is_some_and(|(new, old)| new == old);
        }
        let with_labels = self.snapshot.judges_labels(self.kind);
        objects.is_some_and(|(new, old)| is_unchanged(self.kind, new, old, with_labels))
    }
}

/// What came of looking for the owner of what a controller makes.
#[derive(Default)]
struct Made {
    owner: Option<OwnerLookup>,
    awaited: Option<Awaited>,
}

/// Whether the object calls itself what the request calls it.
fn names_kind(subject: &Subject<'_>, kind: &Kind) -> bool {
    let group = |version: &str| version.split_once('/').map_or("", |(group, _)| group).to_owned();
    let object = &subject.object;
    object.kind.as_deref().is_none_or(|k| k == kind.kind)
        && object.api_version.as_deref().is_none_or(|v| group(v) == kind.group)
}

/// The answer to a review, but for its uid.
fn respond(
    subject: &Subject<'_>,
    verdict: &Verdict,
    user: &str,
    owner: Option<OwnerLookup>,
    now: Timestamp,
) -> Response {
    let mut response = Response::allow("");
    response.warnings = wording::warnings(subject, verdict, user, now);
    response.audit_annotations = wording::audit_annotations(verdict);
    if let Some(owner) = owner.filter(|owner| *owner != OwnerLookup::Known) {
        response.audit_annotations.insert("owner", owner.as_str().to_owned());
    }
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
