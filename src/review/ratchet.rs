//! The ratchet: what stood before an update, as hard or harder, is no reason to refuse it.

use std::collections::{HashMap, HashSet};

use super::{Verdict, Violation};
use crate::rules::{Budget, PriorFacts};

/// Marks as inherited what of `verdict` stood in the old object already.
///
/// A violation is held against all that the same rule of the same policy found there: whether a
/// flaw is set for the pod or for each of its containers makes no difference to whom it strikes.
/// What no step of `budget` is left for is not looked up, and is new.
pub(super) fn inherit(verdict: &mut Verdict, stood: &Verdict, budget: &mut Budget) {
    // What an exception covers stood there on its terms, and on no others: once it has ended, it is
    // no reason to let anything in, in whatever other form it comes.
    let stood = stood.violations.iter().filter(|violation| violation.excuse.is_none());
    mark(&mut verdict.violations, stood, budget, |violation| violation.lapsed().is_none());
    verdict.forget_writes_of_others();
    verdict.sort();
}

/// Marks as inherited what of `verdict` stood in what it is made from, as far as `policies` say so.
///
/// What excuses the owner, or did, is the owner's business: it is judged when it is written, and as
/// long as it stands its pods may be made.
pub(super) fn inherit_from_owner(
    verdict: &mut Verdict,
    template: &Verdict,
    policies: &HashSet<&str>,
    budget: &mut Budget,
) {
    let of_owner = |violation: &Violation| policies.contains(&*violation.policy);
    mark(&mut verdict.violations, template.violations.iter(), budget, of_owner);
    verdict.sort();
}

fn mark<'v>(
    violations: &mut [Violation],
    stood: impl Iterator<Item = &'v Violation>,
    budget: &mut Budget,
    may_inherit: impl Fn(&Violation) -> bool,
) {
    let mut known: HashMap<(&str, &str), PriorFacts<'_>> = HashMap::new();
    for violation in stood {
        let of_rule = known.entry((&violation.policy, &violation.rule.id)).or_default();
        if of_rule.learn(&violation.finding.evidence, budget).is_err() {
            break;
        }
    }
    // What strikes nobody is no harder than nothing.
    let nothing = PriorFacts::default();
    for violation in violations {
        let of_rule = known.get(&(&*violation.policy, &*violation.rule.id)).unwrap_or(&nothing);
        violation.inherited = may_inherit(violation)
            && matches!(of_rule.holds(&violation.finding.evidence, budget), Ok(true));
    }
}
