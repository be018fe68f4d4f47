//! The decision: one pure function that the webhook and the command line carry things to and from.

#![deny(clippy::disallowed_methods)]

mod verdict;

pub use verdict::{Evidence, Tally, Unsettled, Verdict, Violation};

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::policy::{BoundPolicy, Snapshot};
use crate::rules::{Armed, Case};
use crate::subject::{Pod, Subject, TemplatePath};

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
    let pods: Vec<Pod<'_, '_>> = subject.pods().collect();
    let mut verdict = Verdict { lacking: lacking(subject, &pods), ..Verdict::default() };
    if pods.is_empty() {
        return verdict;
    }
    for policy in snapshot.policies().iter().filter(|p| p.binds(subject, user, snapshot)) {
        let inventory = snapshot.inventory.as_ref();
        let case = |pod| Case { subject, pod, version: policy.version, inventory };
        let cases: Vec<Case<'_, '_>> = pods.iter().map(case).collect();
        let mut tally = Tally { policy: policy.name.clone(), total: 0 };
        for rule in &policy.rules {
            let applied = hold(rule.as_ref(), &cases, policy, now, &mut verdict);
            tally.total += usize::from(applied);
        }
        verdict.tallies.push(tally);
    }
    verdict.sort();
    verdict
}

/// Holds every pod of the subject against one rule; whether the rule had anything to say.
fn hold(
    rule: &dyn Armed,
    cases: &[Case<'_, '_>],
    policy: &BoundPolicy,
    now: Timestamp,
    verdict: &mut Verdict,
) -> bool {
    let mut applied = false;
    let mut seen = BTreeSet::new();
    for case in cases.iter().filter(|case| rule.applies(case)) {
        applied = true;
        match rule.check(case) {
            Ok(findings) if findings.is_empty() => {}
            Ok(mut findings) => {
                if cases.len() > 1 {
                    // What is wrong with the object itself is found beside each of its pods.
                    findings.retain(|f| seen.insert((f.at.clone(), f.message.clone())));
                }
                let mode = rule.mode(policy.mode, now);
                verdict.add(policy, rule.meta(), mode, case.pod.number, findings);
            }
            Err(why) => verdict.leave_open(policy, rule.meta(), why),
        }
    }
    applied
}

/// The paths at which a policy says that templates stand, and where none does.
///
/// A built-in kind without its template is refused by the API server itself.
fn lacking(subject: &Subject<'_>, pods: &[Pod<'_, '_>]) -> Vec<TemplatePath> {
    let paths = subject.kind.templates();
    if paths.len() == pods.len() || subject.kind.is_built_in() {
        return Vec::new();
    }
    let is_there = |path: &&TemplatePath| pods.iter().any(|pod| pod.template == *path);
    paths.iter().filter(|path| !is_there(path)).cloned().collect()
}
