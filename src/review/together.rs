//! What several policies find in the same place is said once.

use std::collections::HashMap;

use super::Verdict;
use super::verdict::Violation;
use crate::path::FieldPath;

impl Verdict {
    /// Puts together what is equal in rule, container, place and message: the strictest policy stands
    /// for all that ask for it.
    ///
    /// What is to be done about it must be the same, too, or whoever does it is refused again.
    /// What is excused for one is excused for all, as an exception names rules and no policies.
    pub(super) fn say_once(&mut self) {
        let of = |violation: &Violation| (violation.rule.id.clone(), violation.finding.at.clone());
        if self.tallies.len() < 2 || self.violations.len() < 2 {
            return;
        }
        let mut said: HashMap<(_, FieldPath), Vec<usize>> = HashMap::new();
        let mut kept: Vec<Violation> = Vec::with_capacity(self.violations.len());
        // The strictest comes first.
        for violation in self.violations.drain(..) {
            let alike = said.entry(of(&violation)).or_default();
            let same = alike.iter().copied().find(|&at| {
                kept.get(at).is_some_and(|known: &Violation| {
                    known.finding.container == violation.finding.container
                        && known.finding.message == violation.finding.message
                        && known.finding.remedy == violation.finding.remedy
                        && known.policy != violation.policy
                })
            });
            if let Some(known) = same.and_then(|at| kept.get_mut(at)) {
                let consequence = violation.consequence();
                known.also.push((violation.policy, consequence));
                known.severity = known.severity.max(violation.severity);
                // What will be refused, and from when on, is said whichever policy stands for both.
                known.held_back = known.held_back.or(violation.held_back);
                known.deny_from = match (known.deny_from, violation.deny_from) {
                    (Some(a), Some(b)) => Some(a.min(b)),
                    (a, b) => a.or(b),
                };
                if known.remarks.is_none() {
                    known.remarks = violation.remarks;
                }
            } else {
                alike.push(kept.len());
                kept.push(violation);
            }
        }
        self.violations = kept;
    }
}
