//! Which policies bind an object, found by its kind, its namespace and its labels and not by trying
//! each.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use super::bound::{BoundPolicy, NAME_LABEL, OldLabels};
use super::spec::{Operator, Selector};
use crate::rules::Armed;
use crate::subject::{Kind, Kinds, Map, Str, Subject};

/// Policies, and the way to those that may bind an object.
#[derive(Default)]
pub(super) struct PolicyIndex {
    policies: Vec<Arc<BoundPolicy>>,
    /// At the place of each kind.
    by_kind: Vec<KindIndex>,
}

/// What binds objects of one kind.
#[derive(Default)]
struct KindIndex {
    /// By the namespace, of policies that name all namespaces that they bind.
    by_namespace: HashMap<String, Vec<Candidate>>,
    /// By a label and its value, of others that name all values that they bind.
    by_label: HashMap<String, HashMap<String, Vec<Candidate>>>,
    /// Of all others.
    anywhere: Vec<Candidate>,
    stance: Stance,
    selects_objects: bool,
    reads_labels: bool,
    reads_whole: bool,
}

/// A policy, and those of its rules that are about objects of the kind.
#[derive(Clone)]
struct Candidate {
    policy: usize,
    rules: Vec<usize>,
}

/// What the policies together may do to objects of a kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Stance {
    /// Nothing: no rule reads them.
    #[default]
    Unread,
    /// They warn or record.
    Advises,
    /// They refuse, or will from an announced moment on.
    MayDeny,
}

/// A policy that may bind an object, and those of its rules that are about it.
#[derive(Clone, Copy)]
pub struct Applicable<'p> {
    /// The policy.
    pub policy: &'p BoundPolicy,
    /// The places of the rules in it.
    rules: &'p [usize],
}

impl<'p> Applicable<'p> {
    /// The rules.
    pub fn rules(&self) -> impl Iterator<Item = &'p dyn Armed> {
        rules_of(self.policy, self.rules)
    }
}

impl PolicyIndex {
    pub(super) fn of(policies: Vec<Arc<BoundPolicy>>, kinds: &Kinds) -> Self {
        let by_kind = kinds.iter().map(|kind| KindIndex::of(kind, &policies)).collect();
        Self { policies, by_kind }
    }

    pub(super) fn policies(&self) -> &[Arc<BoundPolicy>] {
        &self.policies
    }

    /// The policies that may bind an object that had these labels before, in their order.
    pub(super) fn applicable(
        &self,
        subject: &Subject<'_>,
        before: OldLabels<'_>,
    ) -> Vec<Applicable<'_>> {
        let Some(of_kind) = self.by_kind.get(subject.kind.id()) else { return Vec::new() };
        let mut found: Vec<&Candidate> = of_kind.anywhere.iter().collect();
        let namespace = subject.namespace.as_deref();
        if !of_kind.by_label.is_empty() {
            of_kind.labelled(&subject.object.metadata.labels, &mut found);
            match before {
                OldLabels::None => {}
                OldLabels::Known(labels) => of_kind.labelled(labels, &mut found),
                // They may be any.
                OldLabels::Unknown => {
                    found.extend(of_kind.by_label.values().flat_map(HashMap::values).flatten());
                }
            }
        }
        match namespace {
            Some(namespace) => {
                found.extend(of_kind.by_namespace.get(namespace).into_iter().flatten());
            }
            // It may be any.
            None => found.extend(of_kind.by_namespace.values().flatten()),
        }
        found.sort_unstable_by_key(|candidate| candidate.policy);
        found.dedup_by_key(|candidate| candidate.policy);
        let policy = |of: &'_ Candidate| self.policies.get(of.policy);
        let found = found.into_iter().filter_map(|of| Some((policy(of)?, of.rules.as_slice())));
        found.map(|(policy, rules)| Applicable { policy, rules }).collect()
    }

    pub(super) fn stance(&self, kind: &Kind) -> Stance {
        self.by_kind.get(kind.id()).map_or(Stance::Unread, |of_kind| of_kind.stance)
    }

    pub(super) fn selects_objects(&self, kind: &Kind) -> bool {
        self.by_kind.get(kind.id()).is_some_and(|of_kind| of_kind.selects_objects)
    }

    pub(super) fn reads_whole(&self, kind: &Kind) -> bool {
        self.by_kind.get(kind.id()).is_some_and(|of_kind| of_kind.reads_whole)
    }

    pub(super) fn judges_labels(&self, kind: &Kind) -> bool {
        let judges = |of_kind: &KindIndex| {
            of_kind.selects_objects || of_kind.reads_labels || of_kind.reads_whole
        };
        self.by_kind.get(kind.id()).is_some_and(judges)
    }
}

/// The rules of a policy that stand at these places.
fn rules_of<'p>(
    policy: &'p BoundPolicy,
    places: &'p [usize],
) -> impl Iterator<Item = &'p dyn Armed> {
    places.iter().filter_map(|&at| policy.rules.get(at)).map(AsRef::as_ref)
}

impl KindIndex {
    fn labelled<'i>(&'i self, labels: &Map<'_, Str<'_>>, found: &mut Vec<&'i Candidate>) {
        let by_value = |(key, value): (&Str<'_>, &Str<'_>)| {
            self.by_label.get(key.as_str())?.get(value.as_str())
        };
        found.extend(labels.iter().filter_map(by_value).flatten());
    }

    fn of(kind: &Kind, policies: &[Arc<BoundPolicy>]) -> Self {
        let mut found = Self::default();
        for (number, policy) in policies.iter().enumerate() {
            let covering = policy.rules.iter().enumerate().filter(|(_, rule)| rule.covers(kind));
            let rules: Vec<usize> = covering.clone().map(|(at, _)| at).collect();
            if rules.is_empty() {
                continue;
            }
            let may_deny = covering.into_iter().any(|(_, rule)| policy.may_deny_by(rule.as_ref()));
            let stance = if may_deny { Stance::MayDeny } else { Stance::Advises };
            found.stance = found.stance.max(stance);
            found.selects_objects |= policy.selects_by_labels_of(kind);
            found.reads_labels |= rules_of(policy, &rules).any(Armed::reads_labels);
            found.reads_whole |=
                !policy.conditions.is_empty() || rules_of(policy, &rules).any(Armed::reads_whole);
            let candidate = Candidate { policy: number, rules };
            match named_namespaces(&policy.matches.namespace_selector) {
                Some(names) => {
                    for name in names {
                        let at = found.by_namespace.entry(name.to_owned()).or_default();
                        at.push(candidate.clone());
                    }
                }
                None => match named_labels(&policy.matches.object_selector) {
                    Some((key, values)) => {
                        let by_value = found.by_label.entry(key.to_owned()).or_default();
                        for value in values {
                            by_value.entry(value.to_owned()).or_default().push(candidate.clone());
                        }
                    }
                    None => found.anywhere.push(candidate),
                },
            }
        }
        found
    }
}

/// A label that an object must have for a selector to fit, and the values that it may have.
fn named_labels(selector: &Selector) -> Option<(&str, BTreeSet<&str>)> {
    let equal =
        selector.match_labels.iter().map(|(key, value)| (&**key, BTreeSet::from([&**value])));
    let wanted = selector.match_expressions.iter().filter(|r| r.operator == Operator::In);
    let listed = wanted.map(|r| (&*r.key, r.values.iter().map(String::as_str).collect()));
    equal.chain(listed).next()
}

/// The names of all namespaces that a selector can fit, where it names them.
fn named_namespaces(selector: &Selector) -> Option<BTreeSet<&str>> {
    let label = selector.match_labels.get(NAME_LABEL).map(|name| BTreeSet::from([name.as_str()]));
    let wanted = selector.match_expressions.iter();
    let wanted = wanted.filter(|r| r.key == NAME_LABEL && r.operator == Operator::In);
    let listed = wanted.map(|r| r.values.iter().map(String::as_str).collect::<BTreeSet<_>>());
    label.into_iter().chain(listed).reduce(|a, b| a.intersection(&b).copied().collect())
}
