//! All that one review found, and what follows from it.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;

use crate::policy::{BoundPolicy, Excuse, HeldBack};
use crate::rules::{Armed, Finding, Mode, Remarks, RuleRef, Severity, Undetermined};
use crate::subject::TemplatePath;

/// A finding with what a policy makes of it.
#[derive(Debug, Clone)]
pub struct Violation {
    /// The rule.
    pub rule: RuleRef,
    /// The policy's name; of the strictest of them, where several ask for it.
    pub policy: Arc<str>,
    /// The other policies that ask for it, each with what it does.
    pub also: Vec<(Arc<str>, Mode)>,
    /// How bad it is.
    pub severity: Severity,
    /// What the operator says of it.
    pub remarks: Option<Arc<Remarks>>,
    /// The mode in force.
    pub mode: Mode,
    /// From when on it refuses, where that is announced.
    pub deny_from: Option<Timestamp>,
    /// Why it refuses nothing although the policy says so; none where that is not the case.
    pub held_back: Option<HeldBack>,
    /// What was seen, and where.
    pub finding: Finding,
    /// Whether the object that is being updated had it already, unchanged.
    pub inherited: bool,
    /// The exception that covers it, whether or not it still holds.
    pub excuse: Option<Excuse>,
}

impl Violation {
    /// What happens: an inherited violation that would be refused is warned about, and one that is
    /// excused is only told of.
    pub fn consequence(&self) -> Mode {
        if self.excused_by().is_some() {
            Mode::Audit
        } else if self.inherited {
            self.mode.min(Mode::Warn)
        } else {
            self.mode
        }
    }

    /// The exception that excuses it, by namespace and name.
    pub fn excused_by(&self) -> Option<&Arc<str>> {
        self.excuse.as_ref().filter(|excuse| excuse.holds()).map(|excuse| &excuse.by)
    }

    /// The exception that covers it and excuses it no more, or not.
    pub fn lapsed(&self) -> Option<&Excuse> {
        self.excuse.as_ref().filter(|excuse| !excuse.holds())
    }

    /// Every policy that asks for it, with what it does.
    pub fn policies(&self) -> impl Iterator<Item = (&Arc<str>, Mode)> {
        let others = self.also.iter().map(|(policy, mode)| (policy, *mode));
        std::iter::once((&self.policy, self.consequence())).chain(others)
    }

    /// What the operator says of it, in one line.
    pub fn note(&self) -> Option<&str> {
        self.remarks.as_ref()?.note.as_deref()
    }

    /// Where the operator says that there is more to read.
    pub fn link(&self) -> Option<&str> {
        self.remarks.as_ref()?.link.as_deref()
    }
}

/// A rule that could not say.
#[derive(Debug, Clone)]
pub struct UndeterminedRule {
    /// The rule.
    pub rule: RuleRef,
    /// The policy's name.
    pub policy: Arc<str>,
    /// What it would need to know.
    pub why: Undetermined,
    /// Of which of its parts it could not say whether they are met, where it has any.
    pub parts: Vec<Box<str>>,
}

/// How many rules of one policy had something to say about the subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tally {
    /// The policy's name.
    pub policy: Arc<str>,
    /// The number of rules.
    pub total: usize,
}

/// How far a review came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Ending {
    /// To its end.
    #[default]
    Whole,
    /// To as many violations as are kept: more than enough to refuse.
    Full,
    /// To as many steps as it may take: nothing is known of the rest.
    Spent,
}

/// All that one review found; what follows from it is computed, so that nothing can disagree.
#[derive(Debug, Clone, Default)]
pub struct Verdict {
    /// Every violation, the worst first.
    pub violations: Vec<Violation>,
    /// Every rule that could not say.
    pub undetermined: Vec<UndeterminedRule>,
    /// How far the review came.
    pub ending: Ending,
    /// Whether there may be more that would not refuse than is kept, or looked for.
    pub left_out: bool,
    /// Where a policy says that the kind has a pod template, and the object has none.
    pub lacking: Vec<TemplatePath>,
    /// The policies that bind the subject.
    pub tallies: Vec<Tally>,
    /// What of these policies this version does not know: the policy, and its part.
    pub not_in_force: Vec<(Arc<str>, String)>,
}

/// What a policy makes of the findings of a rule at a moment.
#[derive(Debug, Clone, Copy)]
pub(super) struct Consequence {
    /// The mode in force.
    pub(super) mode: Mode,
    /// Why it is less than the policy says.
    pub(super) held_back: Option<HeldBack>,
}

impl Verdict {
    /// What is wrong with the object itself is found beside each of its pods, and said once.
    pub(super) fn add(
        &mut self,
        policy: &BoundPolicy,
        rule: &dyn Armed,
        consequence: Consequence,
        mut findings: Vec<Finding>,
    ) {
        if findings.len() > 1 {
            let mut said = BTreeSet::new();
            let is_new: Vec<bool> =
                findings.iter().map(|f| said.insert((&f.at, f.message.as_str()))).collect();
            let mut is_new = is_new.into_iter();
            findings.retain(|_| is_new.next().unwrap_or(true));
        }
        let (of_rule, remarks) = (rule.rule(), rule.remarks());
        let severity = remarks.and_then(|remarks| remarks.severity).unwrap_or(of_rule.severity);
        self.violations.extend(findings.into_iter().map(|finding| Violation {
            rule: of_rule.clone(),
            policy: policy.name.clone(),
            also: Vec::new(),
            severity,
            remarks: remarks.cloned(),
            mode: consequence.mode.min(finding.at_most),
            deny_from: rule.deny_from().filter(|_| finding.at_most == Mode::Deny),
            held_back: consequence.held_back.filter(|_| finding.at_most == Mode::Deny),
            finding,
            inherited: false,
            excuse: None,
        }));
    }

    pub(super) fn add_undetermined(
        &mut self,
        policy: &BoundPolicy,
        rule: &RuleRef,
        why: Undetermined,
        parts: Vec<Box<str>>,
    ) {
        let policy = policy.name.clone();
        self.undetermined.push(UndeterminedRule { rule: rule.clone(), policy, why, parts });
    }

    /// Worst first; what one rule found stays in the order in which the containers run.
    pub(super) fn sort(&mut self) {
        self.violations.sort_by(|a, b| {
            let rank = |v: &Violation| (v.consequence(), v.severity);
            rank(b)
                .cmp(&rank(a))
                .then_with(|| a.rule.id.cmp(&b.rule.id))
                .then_with(|| a.policy.cmp(&b.policy))
        });
    }

    /// Whether the object may go in.
    pub fn allowed(&self) -> bool {
        self.ending == Ending::Whole && self.denials().next().is_none()
    }

    /// Whether there is nothing that anybody would be told.
    pub fn is_silent(&self) -> bool {
        self.ending == Ending::Whole && self.violations.iter().all(|v| v.mode == Mode::Audit)
    }

    /// Whether all was looked at, and all that was found is there.
    pub fn is_complete(&self) -> bool {
        self.ending == Ending::Whole && !self.left_out
    }

    /// What refuses it.
    pub fn denials(&self) -> impl Iterator<Item = &Violation> {
        self.with_consequence(Mode::Deny)
    }

    /// What is warned about.
    pub fn warnings(&self) -> impl Iterator<Item = &Violation> {
        self.with_consequence(Mode::Warn)
    }

    /// What would refuse it but for the ceiling of the server.
    pub fn held_back(&self) -> impl Iterator<Item = &Violation> {
        let held_back = |v: &&Violation| v.held_back.is_some() && !v.inherited;
        self.violations.iter().filter(held_back).filter(|v| v.excused_by().is_none())
    }

    /// What is only recorded, by its mode.
    pub fn audited(&self) -> impl Iterator<Item = &Violation> {
        self.with_consequence(Mode::Audit).filter(|v| v.excused_by().is_none())
    }

    /// What an exception excuses.
    pub fn excused(&self) -> impl Iterator<Item = &Violation> {
        self.violations.iter().filter(|v| v.excused_by().is_some())
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
        let denying = |v: &'_ &Violation| v.consequence() == Mode::Deny;
        let failed: BTreeSet<_> = self
            .violations
            .iter()
            .filter(denying)
            .flat_map(|v| v.policies().map(|(policy, mode)| (policy, mode, &v.rule.id)))
            .filter(|(_, mode, _)| *mode == Mode::Deny)
            .map(|(policy, _, id)| (policy, id))
            .collect();
        self.total().saturating_sub(failed.len())
    }

    /// The same as all of it standing before: nothing that is judged was changed.
    pub fn inherit_all(&mut self) {
        self.ending = Ending::Whole;
        for violation in &mut self.violations {
            violation.inherited = true;
        }
        self.forget_writes_of_others();
        self.sort();
    }

    /// What was written before is nobody's write today.
    pub(super) fn forget_writes_of_others(&mut self) {
        self.violations.retain(|v| !(v.inherited && v.finding.is_of_write));
    }
}
