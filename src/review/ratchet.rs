//! The ratchet: what stood before an update, as hard or harder, is no reason to refuse it.

use std::collections::HashMap;

use super::Verdict;
use crate::rules::{Budget, PriorFacts};

/// Marks as inherited what of `verdict` stood in the old object already.
///
/// A violation is held against all that the same rule of the same policy found there: whether a
/// flaw is set for the pod or for each of its containers makes no difference to whom it strikes.
/// What no step of `budget` is left for is not looked up, and is new.
pub(super) fn inherit(verdict: &mut Verdict, stood: &Verdict, budget: &mut Budget) {
    let mut known: HashMap<(&str, &str), PriorFacts<'_>> = HashMap::new();
    // What an exception covers stood there on its terms, and on no others: once it has ended, it is
    // no reason to let anything in, in whatever other form it comes.
    for violation in stood.violations.iter().filter(|violation| violation.excuse.is_none()) {
        let of_rule = known.entry((&violation.policy, &violation.rule.id)).or_default();
        if of_rule.learn(&violation.finding.evidence, budget).is_err() {
            break;
        }
    }
    // What strikes nobody is no harder than nothing.
    let nothing = PriorFacts::default();
    for violation in &mut verdict.violations {
        let of_rule = known.get(&(&*violation.policy, &*violation.rule.id)).unwrap_or(&nothing);
        violation.inherited = violation.lapsed().is_none()
            && matches!(of_rule.holds(&violation.finding.evidence, budget), Ok(true));
    }
    verdict.forget_writes_of_others();
    verdict.sort();
}
