//! What would be refused if it were made today, by workload.

use std::collections::{BTreeMap, BTreeSet};

use super::book::Book;
use super::workload::{Part, Workload};
use crate::rules::Mode;

/// A workload that would be refused, or another object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused<'b> {
    /// Its namespace, where it is in one.
    pub namespace: Option<&'b str>,
    /// Its kind.
    pub kind: &'b str,
    /// Its name.
    pub name: &'b str,
    /// Whether pods are made of it; the other objects are Services, roles and the like.
    pub is_workload: bool,
    /// The rules that refuse it, or what it made.
    pub rules: BTreeSet<&'b str>,
    /// The kinds of what it made, where nothing but that would be refused.
    pub made: Option<BTreeSet<&'b str>>,
}

/// Objects of one kind that would be refused when a controller makes them anew that is no workload of
/// Kubernetes' own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MadeAnew<'b> {
    /// Their namespace.
    pub namespace: Option<&'b str>,
    /// The controller, as `StrimziPodSet/main`.
    pub controller: &'b str,
    /// Their kind.
    pub kind: &'b str,
    /// The name of the first.
    pub name: &'b str,
    /// How many there are.
    pub objects: usize,
}

/// How many workloads of one namespace a rule refuses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Count<'b> {
    /// The namespace; none for what is in none.
    pub namespace: Option<&'b str>,
    /// The rule.
    pub rule: &'b str,
    /// The workloads, as `Deployment/api`.
    pub workloads: Vec<String>,
}

impl Book {
    /// How many workloads there are, whatever they made counted with them; of objects that make no
    /// pods none is one.
    pub fn workloads(&self) -> usize {
        self.workloads.iter().filter(|workload| workload.makes_pods()).count()
    }

    /// How many objects there are of which no pods are made.
    pub fn other_objects(&self) -> usize {
        let is_other = |workload: &&Workload| !workload.parts.is_empty() && !workload.makes_pods();
        self.workloads.iter().filter(is_other).count()
    }

    /// What would be refused, in the order of the book.
    pub fn refused(&self) -> Vec<Refused<'_>> {
        self.workloads.iter().filter_map(|workload| self.refused_of(workload)).collect()
    }

    fn refused_of<'b>(&'b self, workload: &'b Workload) -> Option<Refused<'b>> {
        let pool = &self.texts.pool;
        let refusing: Vec<&Part> =
            workload.parts.iter().filter(|part| !part.is_allowed()).collect();
        let entries = refusing.iter().flat_map(|part| &part.entries);
        let denying = entries.filter(|entry| entry.consequence() == Mode::Deny);
        let rules: BTreeSet<&str> = denying.map(|entry| pool.get(entry.rule)).collect();
        let made = refusing.iter().all(|part| part.is_made);
        let kinds = || refusing.iter().map(|part| pool.get(part.kind)).collect();
        (!refusing.is_empty()).then(|| Refused {
            namespace: workload.namespace.map(|name| pool.get(name)),
            kind: pool.get(workload.kind),
            name: pool.get(workload.name),
            is_workload: workload.makes_pods(),
            rules,
            made: made.then(kinds),
        })
    }

    /// What would be refused when its controller makes it anew.
    pub fn made_anew(&self) -> Vec<MadeAnew<'_>> {
        let pool = &self.texts.pool;
        let of = |workload: &'_ Workload| workload.namespace.map(|name| pool.get(name));
        let all = self.workloads.iter().flat_map(|w| w.anew.iter().map(move |anew| (of(w), anew)));
        let all = all.map(|(namespace, anew)| MadeAnew {
            namespace,
            controller: pool.get(anew.maker),
            kind: pool.get(anew.kind),
            name: pool.get(anew.name),
            objects: anew.objects,
        });
        all.collect()
    }
}

impl Refused<'_> {
    /// `Deployment/api`.
    pub fn title(&self) -> String {
        format!("{}/{}", self.kind, self.name)
    }
}

/// The same by namespace and rule, those first of a namespace that refuse most.
pub(super) fn counts<'b>(refused: &[Refused<'b>]) -> Vec<Count<'b>> {
    let mut by_rule: BTreeMap<(Option<&str>, &str), Vec<String>> = BTreeMap::new();
    for one in refused {
        for rule in &one.rules {
            by_rule.entry((one.namespace, rule)).or_default().push(one.title());
        }
    }
    let counts = by_rule.into_iter();
    let counts = counts.map(|((namespace, rule), workloads)| Count { namespace, rule, workloads });
    let mut counts: Vec<Count<'_>> = counts.collect();
    counts.sort_by_key(|count| (count.namespace, std::cmp::Reverse(count.workloads.len())));
    counts
}
