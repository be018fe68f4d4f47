//! An object of a manifest that somebody writes to the API server.

use std::cell::RefCell;

use jiff::Timestamp;

use super::defaults;
use super::objects::{Unread, filled};
use crate::policy::{Requester, Snapshot};
use crate::report::ReviewProblem;
use crate::review::{Ending, Verdict, review, review_update};
use crate::rules::{Budget, Limits};
use crate::subject::{BUILT_IN, Kind, Subject, is_unchanged};
use crate::yaml::{FieldsRead, Node};

/// An object as the webhook would see it.
pub struct Written<'a> {
    /// The object, with what the API server fills in.
    pub subject: Subject<'a>,
    node: &'a Node,
}

impl<'a> Written<'a> {
    /// Reads a document, with a note in `taken` of what is read; none where it is of a kind that no
    /// rule reads.
    ///
    /// # Errors
    /// Where it is no object that the API server would take.
    pub fn read(
        node: &'a Node,
        snapshot: &'a Snapshot,
        taken: &RefCell<FieldsRead>,
    ) -> Result<Option<Self>, Unread> {
        let Some((group, kind)) = group_and_kind(node) else {
            return Err((node.place.clone(), ReviewProblem::NotAnObject));
        };
        let Some(kind) = snapshot.kinds().find(group, kind) else {
            let place = node.entry("kind").map_or(&node.place, |entry| &entry.key_place);
            let meant = meant_kind(group, kind);
            return meant.map_or(Ok(None), |problem| Err((place.clone(), problem)));
        };
        let mut subject = Subject::read_watched(kind, node, taken)
            .map_err(|error| (node.locate(&error.path).clone(), ReviewProblem::Field(error)))?;
        subject.is_defaulted = false;
        defaults::fill_in(&mut subject);
        Ok(Some(Self { subject, node }))
    }

    /// What becomes of the object where `requester` makes it.
    ///
    /// # Errors
    /// Where the review comes to the end of its budget.
    pub fn create(
        &self,
        requester: Option<&Requester<'_>>,
        limits: Limits,
        snapshot: &Snapshot,
        now: Timestamp,
    ) -> Result<Verdict, Unread> {
        let verdict = review(&self.subject, requester, snapshot, now, &mut Budget::new(limits));
        self.whole(verdict)
    }

    /// What becomes of it where `requester` puts it in the place of `old`.
    ///
    /// # Errors
    /// As [`create`](Self::create).
    pub fn update(
        &self,
        old: &Self,
        requester: Option<&Requester<'_>>,
        limits: Limits,
        snapshot: &Snapshot,
        now: Timestamp,
    ) -> Result<Verdict, Unread> {
        let (new, budget) = (&self.subject, &mut Budget::new(limits));
        let mut verdict = review_update(new, Some(&old.subject), requester, snapshot, now, budget);
        if !verdict.allowed() {
            let (after, before) = (self.node.to_json(), old.node.to_json());
            let with_labels = snapshot.judges_labels(new.kind);
            let is_same = if snapshot.reads_whole(new.kind) {
                after == before
            } else {
                is_unchanged(new.kind, after.as_bytes(), before.as_bytes(), with_labels)
            };
            if is_same {
                verdict.inherit_all();
            }
        }
        self.whole(verdict)
    }

    fn whole(&self, verdict: Verdict) -> Result<Verdict, Unread> {
        if verdict.ending == Ending::Spent {
            return Err((self.node.place.clone(), ReviewProblem::TooMuchWork));
        }
        Ok(verdict)
    }
}

/// Group and kind of an object; none where it lacks one.
pub(super) fn group_and_kind(node: &Node) -> Option<(&str, &str)> {
    let (version, kind) = (filled(node, "apiVersion")?, filled(node, "kind")?);
    Some((version.split_once('/').map_or("", |(group, _)| group), kind))
}

/// A built-in kind that was most likely meant: another spelling, or a group of old.
pub(super) fn meant_kind(group: &str, kind: &str) -> Option<ReviewProblem> {
    let is_kubernetes = !group.contains('.');
    let spelt = |known: &&Kind| {
        let plural = format!("{}s", known.kind);
        kind.eq_ignore_ascii_case(&known.kind) || kind.eq_ignore_ascii_case(&plural)
    };
    let known = BUILT_IN.iter().find(spelt).filter(|_| is_kubernetes)?;
    let version =
        if known.group.is_empty() { "v1".to_owned() } else { format!("{}/v1", known.group) };
    Some(ReviewProblem::UnknownKind { meant: format!("kind `{}` of `{version}`", known.kind) })
}
