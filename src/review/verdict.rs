//! All that one review found, and what follows from it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::Value;

use crate::policy::BoundPolicy;
use crate::rules::{Finding, Meta, Mode, Undetermined};
use crate::subject::{Pod, Subject, TemplatePath};

/// A finding with what a policy makes of it.
#[derive(Debug, Clone)]
pub struct Violation {
    /// The rule.
    pub rule: &'static Meta,
    /// The policy's name.
    pub policy: Arc<str>,
    /// The mode in force.
    pub mode: Mode,
    /// Which of the subject's pods it is about, by the number of its template.
    pub pod: usize,
    /// What was seen, and where.
    pub finding: Finding,
    /// Whether the object that is being updated had it already, unchanged.
    pub inherited: bool,
}

impl Violation {
    /// What happens: an inherited violation that would be refused is warned about.
    pub fn consequence(&self) -> Mode {
        if self.inherited { self.mode.min(Mode::Warn) } else { self.mode }
    }

    /// The same flaw has the same identity wherever its container stands in the list.
    fn identity(&self) -> (&str, &str, usize, Option<&str>, &str) {
        let finding = &self.finding;
        let container = finding.container.as_deref();
        (&self.policy, self.rule.id, self.pod, container, &finding.message)
    }
}

/// A rule that could not say.
#[derive(Debug, Clone)]
pub struct Unsettled {
    /// The rule.
    pub rule: &'static Meta,
    /// The policy's name.
    pub policy: Arc<str>,
    /// What it would need to know.
    pub why: Undetermined,
}

/// How many rules of one policy had something to say about the subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tally {
    /// The policy's name.
    pub policy: Arc<str>,
    /// The number of rules.
    pub total: usize,
}

/// All that one review found; what follows from it is computed, so that nothing can disagree.
#[derive(Debug, Clone, Default)]
pub struct Verdict {
    /// Every violation, the worst first.
    pub violations: Vec<Violation>,
    /// Every rule that could not say.
    pub unsettled: Vec<Unsettled>,
    /// Where a policy says that the kind has a pod template, and the object has none.
    pub lacking: Vec<TemplatePath>,
    /// The policies that bind the subject.
    pub tallies: Vec<Tally>,
}

impl Verdict {
    pub(super) fn add(
        &mut self,
        policy: &BoundPolicy,
        rule: &'static Meta,
        mode: Mode,
        pod: usize,
        findings: Vec<Finding>,
    ) {
        self.violations.extend(findings.into_iter().map(|finding| Violation {
            rule,
            policy: policy.name.clone(),
            mode,
            pod,
            finding,
            inherited: false,
        }));
    }

    pub(super) fn leave_open(
        &mut self,
        policy: &BoundPolicy,
        rule: &'static Meta,
        why: Undetermined,
    ) {
        let is_open =
            |u: &Unsettled| u.rule.id == rule.id && u.policy == policy.name && u.why == why;
        if !self.unsettled.iter().any(is_open) {
            self.unsettled.push(Unsettled { rule, policy: policy.name.clone(), why });
        }
    }

    /// Worst first; what one rule found stays in the order in which the containers run.
    pub(super) fn sort(&mut self) {
        self.violations.sort_by(|a, b| {
            let rank = |v: &Violation| (v.consequence(), v.rule.severity);
            rank(b)
                .cmp(&rank(a))
                .then_with(|| a.rule.id.cmp(b.rule.id))
                .then_with(|| a.policy.cmp(&b.policy))
        });
    }

    /// Whether the object may go in.
    pub fn allowed(&self) -> bool {
        self.denials().next().is_none()
    }

    /// What refuses it.
    pub fn denials(&self) -> impl Iterator<Item = &Violation> {
        self.with_consequence(Mode::Deny)
    }

    /// What is warned about.
    pub fn warnings(&self) -> impl Iterator<Item = &Violation> {
        self.with_consequence(Mode::Warn)
    }

    /// The violations with this consequence.
    pub fn with_consequence(&self, mode: Mode) -> impl Iterator<Item = &Violation> {
        self.violations.iter().filter(move |v| v.consequence() == mode)
    }

    /// How many checks were made, over all policies.
    pub fn total(&self) -> usize {
        self.tallies.iter().map(|tally| tally.total).sum()
    }

    /// How many of them refuse nothing.
    pub fn passed(&self) -> usize {
        let failed: BTreeSet<_> = self.denials().map(|v| (&v.policy, v.rule.id)).collect();
        self.total().saturating_sub(failed.len())
    }

    /// The ratchet: marks as inherited what the old object had already, as often as it had it.
    ///
    /// A violation the update brings in, makes worse or adds once more stays what it is.
    pub fn inherit(&mut self, new: &Evidence, verdict: &Verdict, old: &Evidence) {
        let mut had: BTreeMap<_, usize> = BTreeMap::new();
        for violation in &verdict.violations {
            *had.entry((violation.identity(), old.of(violation))).or_default() += 1;
        }
        let known: Vec<bool> = self
            .violations
            .iter()
            .map(|violation| {
                let left = had.get_mut(&(violation.identity(), new.of(violation)));
                let Some(left) = left.filter(|left| **left > 0) else { return false };
                *left -= 1;
                // What holds for the whole pod is worse once another container is in it.
                violation.finding.container.is_some() || new.containers.is_subset(&old.containers)
            })
            .collect();
        for (violation, known) in self.violations.iter_mut().zip(known) {
            violation.inherited = known;
        }
        self.sort();
    }
}

/// What a violation is about, so that two of them can be told to be the same.
#[derive(Debug, Default)]
pub struct Evidence {
    object: Value,
    containers: BTreeSet<(usize, String)>,
}

impl Evidence {
    /// The evidence of an object: its JSON as a tree, and who is in its pod.
    ///
    /// Made only where an update is compared, since the tree costs several times the review.
    pub fn new(subject: &Subject<'_>, json: &str) -> Self {
        let pods: Vec<Pod<'_, '_>> = subject.pods().collect();
        let names = |pod: &Pod<'_, '_>| -> Vec<(usize, String)> {
            pod.containers().map(|c| (pod.number, c.name().to_owned())).collect()
        };
        let containers = pods.iter().flat_map(names).collect();
        Self { object: serde_json::from_str(json).unwrap_or_default(), containers }
    }

    /// The value of the field that a violation is about, as text; empty where there is none.
    fn of(&self, violation: &Violation) -> String {
        let value = self.object.pointer(&violation.finding.at.pointer());
        value.map(Value::to_string).unwrap_or_default()
    }
}
