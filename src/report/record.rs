//! What a run over manifests came to.

use thiserror::Error;

use crate::path::FieldPath;
use crate::review::Verdict;
use crate::subject::ReadError;
use crate::yaml::{self, FieldsRead, Node, Place};

/// An object of a manifest, and what came of its review.
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
    /// What was read of it, and may be shown.
    pub taken: FieldsRead,
    /// Where its pod templates stand.
    pub templates: Vec<FieldPath>,
}

/// A document that could not be reviewed.
#[derive(Debug)]
pub struct Unreviewed {
    /// The file.
    pub file: String,
    /// Where in it.
    pub place: Place,
    /// Why.
    pub problem: ReviewProblem,
}

/// Why a document could not be reviewed.
#[derive(Debug, Error)]
pub enum ReviewProblem {
    /// Not YAML, or not one that can be read.
    #[error("{0}")]
    Yaml(yaml::DocumentProblem),
    /// Not YAML yet.
    #[error(
        "a Helm template: check what it makes, with `helm template RELEASE CHART | plimsoll check -` ({0})"
    )]
    HelmTemplate(yaml::DocumentProblem),
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

/// All that a run came to, or one file of it.
#[derive(Debug, Default)]
pub struct Report {
    /// The objects that were reviewed, in the order given.
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
    /// Adds what the next file came to.
    pub fn append(&mut self, mut next: Self) {
        self.reviewed.append(&mut next.reviewed);
        self.unreviewed.append(&mut next.unreviewed);
        self.others += next.others;
        self.foreign += next.foreign;
        self.notes.append(&mut next.notes);
    }

    /// Whether some workload would be refused.
    pub fn has_denials(&self) -> bool {
        self.sums().denied > 0
    }

    /// What it comes to in numbers.
    pub fn sums(&self) -> Sums {
        let sum =
            |count: fn(&Verdict) -> usize| self.reviewed.iter().map(|r| count(&r.verdict)).sum();
        Sums {
            reviewed: self.reviewed.len(),
            workloads: self.reviewed.iter().filter(|r| !r.templates.is_empty()).count(),
            denied: sum(|verdict| usize::from(!verdict.allowed())),
            passed: sum(Verdict::passed),
            total: sum(Verdict::total),
            unreviewed: self.unreviewed.len(),
            others: self.others,
            foreign: self.foreign,
        }
    }
}

/// A report in numbers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sums {
    /// Objects that were reviewed.
    pub reviewed: usize,
    /// How many of them make pods.
    pub workloads: usize,
    /// Those of them that would be refused.
    pub denied: usize,
    /// Checks passed, over all workloads.
    pub passed: usize,
    /// Checks made.
    pub total: usize,
    /// Documents that could not be reviewed.
    pub unreviewed: usize,
    /// Objects that no rule reads.
    pub others: usize,
    /// Documents of folders that are no objects of Kubernetes.
    pub foreign: usize,
}

impl Sums {
    /// Adds those of the next file.
    pub(super) fn add(&mut self, next: Self) {
        self.reviewed += next.reviewed;
        self.workloads += next.workloads;
        self.denied += next.denied;
        self.passed += next.passed;
        self.total += next.total;
        self.unreviewed += next.unreviewed;
        self.others += next.others;
        self.foreign += next.foreign;
    }

    /// Whether there was no object at all.
    pub fn is_empty(&self) -> bool {
        self.reviewed + self.unreviewed + self.others == 0
    }
}

impl Reviewed {
    /// Whether a field is one of the pods that the object is or would make.
    pub fn is_of_pod(&self, at: &FieldPath) -> bool {
        self.templates.iter().any(|template| at.segments().starts_with(template.segments()))
    }

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
