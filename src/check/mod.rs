//! Manifests before they are pushed: the webhook's verdict, with file and line.

mod defaults;
pub mod files;
mod folder;
pub mod objects;
mod redact;

pub use redact::redacted;

use std::collections::BTreeMap;

use jiff::Timestamp;
use thiserror::Error;

use crate::inventory::Inventory;
use crate::path::FieldPath;
use crate::policy::{Snapshot, Stance};
use crate::review::{Ending, Verdict, review};
use crate::rules::{Budget, Limits};
use crate::subject::{BUILT_IN, Kind, ReadError, Subject};
use crate::yaml::{self, Node, Place};
use files::Source;
use objects::{Unread, filled};

/// A workload of a manifest, and what came of its review.
#[derive(Debug)]
pub struct Reviewed {
    /// The file.
    pub file: String,
    /// The document.
    pub node: Node,
    /// The kind.
    pub kind: String,
    /// The namespace, where the manifest names one.
    pub namespace: Option<String>,
    /// The name.
    pub name: String,
    /// `Deployment shop/api`.
    pub title: String,
    /// What was found.
    pub verdict: Verdict,
}

/// A document that could not be reviewed.
#[derive(Debug)]
pub struct Unreviewed {
    /// The file.
    pub file: String,
    /// Where in it.
    pub place: Place,
    /// Why.
    pub problem: Problem,
}

/// Why a document could not be reviewed.
#[derive(Debug, Error)]
pub enum Problem {
    /// Not YAML, or not one that can be read.
    #[error("{0}")]
    Yaml(yaml::Problem),
    /// Not YAML yet.
    #[error(
        "a Helm template: check what it makes, with `helm template RELEASE CHART | plimsoll check -` ({0})"
    )]
    HelmTemplate(yaml::Problem),
    /// A field of the wrong type.
    #[error("{0}")]
    Field(ReadError),
    /// A kind that the API server does not have, but almost.
    #[error("no such kind; did you mean {meant}?")]
    UnknownKind {
        /// The kind and version that exist.
        meant: String,
    },
    /// No object at all.
    #[error("not a Kubernetes object: `apiVersion` and `kind` must be text")]
    NotAnObject,
    /// What has `items` is a list to `kubectl`, and this one's are none.
    #[error("`items` must be a list")]
    ItemsNotAList,
    /// A review that came to the end of its budget: the webhook would refuse the object for it.
    #[error("takes more work than plimsoll puts into one review; make it smaller")]
    TooMuchWork,
}

/// All that a run came to.
#[derive(Debug, Default)]
pub struct Report {
    /// The workloads, in the order given.
    pub reviewed: Vec<Reviewed>,
    /// What could not be reviewed.
    pub unreviewed: Vec<Unreviewed>,
    /// How many objects there were that no rule reads.
    pub others: usize,
    /// How many documents of folders were no objects of Kubernetes.
    pub foreign: usize,
    /// What there is to know besides.
    pub notes: Vec<String>,
}

impl Report {
    fn leave_out(&mut self, source: &Source, (place, problem): Unread) {
        let is_template = source.text.contains("{{");
        let problem = match problem {
            Problem::Yaml(problem) if is_template => Problem::HelmTemplate(problem),
            problem => problem,
        };
        let is_said =
            |u: &Unreviewed| u.file == source.name && matches!(u.problem, Problem::HelmTemplate(_));
        // Once for a file: no part of a template is YAML.
        if is_template && self.unreviewed.last().is_some_and(is_said) {
            return;
        }
        self.unreviewed.push(Unreviewed { file: source.name.clone(), place, problem });
    }

    /// Whether some workload would be refused.
    pub fn has_denials(&self) -> bool {
        self.reviewed.iter().any(|r| !r.verdict.allowed())
    }

    /// Checks passed and made, over all workloads.
    pub fn passed_and_total(&self) -> (usize, usize) {
        let sum =
            |count: fn(&Verdict) -> usize| self.reviewed.iter().map(|r| count(&r.verdict)).sum();
        (sum(Verdict::passed), sum(Verdict::total))
    }
}

/// Reviews every workload of `sources`, each with all the others as its neighbours.
///
/// `snapshot` brings the policies.
pub fn check(sources: &[Source], snapshot: &Snapshot, now: Timestamp) -> Report {
    check_within(Limits::default(), sources, snapshot, now)
}

/// The same, with these limits to the review of each workload.
pub fn check_within(
    limits: Limits,
    sources: &[Source],
    snapshot: &Snapshot,
    now: Timestamp,
) -> Report {
    let mut report = Report::default();
    let mut objects = Vec::new();
    for source in sources {
        report.notes.extend(objects::note_of_kustomization(&source.name));
        for found in objects::of_text(&source.text) {
            match found {
                Ok(object) => objects.push((source, object)),
                Err(unread) => report.leave_out(source, unread),
            }
        }
    }
    let mut inventory = Inventory::complete();
    for (_, object) in &objects {
        inventory.observe(&object.node);
    }
    let snapshot = &snapshot.clone().with_inventory(inventory);
    for (source, object) in objects {
        if source.is_found && object.may_be_foreign() {
            report.foreign += 1;
            continue;
        }
        match review_node(limits, source, object.node, snapshot, now) {
            Ok(Some(reviewed)) => report.reviewed.push(reviewed),
            Ok(None) => report.others += 1,
            Err(unreviewed) => report.leave_out(source, unreviewed),
        }
    }
    report
}

/// A built-in kind that was most likely meant: another spelling, or a group of old.
fn meant_kind(group: &str, kind: &str) -> Option<Problem> {
    let is_kubernetes = !group.contains('.');
    let spelt = |known: &&Kind| {
        let plural = format!("{}s", known.kind);
        kind.eq_ignore_ascii_case(&known.kind) || kind.eq_ignore_ascii_case(&plural)
    };
    let known = BUILT_IN.iter().find(spelt).filter(|_| is_kubernetes)?;
    let version =
        if known.group.is_empty() { "v1".to_owned() } else { format!("{}/v1", known.group) };
    Some(Problem::UnknownKind { meant: format!("kind `{}` of `{version}`", known.kind) })
}

fn review_node(
    limits: Limits,
    source: &Source,
    node: Node,
    snapshot: &Snapshot,
    now: Timestamp,
) -> Result<Option<Reviewed>, Unread> {
    let (Some(version), Some(kind)) = (filled(&node, "apiVersion"), filled(&node, "kind")) else {
        return Err((node.place.clone(), Problem::NotAnObject));
    };
    let group = version.split_once('/').map_or("", |(group, _)| group);
    let Some(kind) = snapshot.kinds().find(group, kind) else {
        let place = node.entry("kind").map_or(&node.place, |entry| &entry.key_place);
        return meant_kind(group, kind).map_or(Ok(None), |problem| Err((place.clone(), problem)));
    };
    if snapshot.stance(kind) == Stance::Unread {
        return Ok(None);
    }
    let mut subject = Subject::read_tree(kind, &node)
        .map_err(|error| (node.locate(&error.path).clone(), Problem::Field(error)))?;
    subject.is_defaulted = false;
    defaults::fill_in(&mut subject);
    let verdict = review(&subject, None, snapshot, now, &mut Budget::new(limits));
    if verdict.ending == Ending::Spent {
        return Err((node.place.clone(), Problem::TooMuchWork));
    }
    let (namespace, name) =
        (subject.namespace.as_deref().map(str::to_owned), subject.name.to_string());
    let (kind, title) = (kind.kind.to_string(), subject.title());
    Ok(Some(Reviewed { file: source.name.clone(), node, kind, namespace, name, title, verdict }))
}

impl Reviewed {
    /// The value at `path`, where it is written on the line of its key; else its key, or the nearest
    /// field around it that is there.
    pub fn locate_value(&self, path: &FieldPath) -> &Place {
        let key = self.node.locate(path);
        match self.node.find(path) {
            Some(node) if node.place.line == key.line && !node.place.span.is_empty() => &node.place,
            _ => key,
        }
    }

    /// The line and column to point at for `path`.
    pub fn locate(&self, path: &FieldPath) -> &Place {
        self.node.locate(path)
    }
}

/// The texts of the files, by name, as they may be shown.
pub fn showable(sources: &[Source]) -> BTreeMap<&str, String> {
    sources.iter().map(|source| (source.name.as_str(), redacted(&source.text))).collect()
}
