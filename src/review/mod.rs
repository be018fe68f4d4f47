//! The decision: one pure function that the webhook and the command line carry things to and from.

#![deny(clippy::disallowed_methods)]

mod verdict;

pub use verdict::{Evidence, Tally, Unsettled, Verdict, Violation};

use jiff::Timestamp;

use crate::policy::Snapshot;
use crate::rules::Case;
use crate::subject::{BUILT_IN, Subject};

/// Holds `subject` against every policy that binds it at `now`.
///
/// `user` is who asks for the write, where somebody does. All findings are returned, the worst
/// first, in an order that depends on nothing but the arguments.
pub fn review(
    subject: &Subject<'_>,
    user: Option<&str>,
    snapshot: &Snapshot,
    now: Timestamp,
) -> Verdict {
    let mut verdict = Verdict::default();
    let Some(pod) = subject.pod() else {
        // A built-in kind without a template is refused by the API server itself.
        verdict.lacks_template = !BUILT_IN.contains(subject.kind);
        return verdict;
    };
    for policy in snapshot.policies.iter().filter(|p| p.binds(subject, user, snapshot)) {
        let inventory = snapshot.inventory.as_ref();
        let case = Case { subject, pod: &pod, version: policy.version, inventory };
        let mut tally = Tally { policy: policy.name.clone(), total: 0 };
        for rule in policy.rules.iter().filter(|rule| rule.applies(&case)) {
            tally.total += 1;
            match rule.check(&case) {
                Ok(findings) if findings.is_empty() => {}
                Ok(findings) => {
                    let mode = rule.mode(policy.mode, now);
                    verdict.add(policy, rule.meta(), mode, findings);
                }
                Err(why) => verdict.leave_open(policy, rule.meta(), why),
            }
        }
        verdict.tallies.push(tally);
    }
    verdict.sort();
    verdict
}
