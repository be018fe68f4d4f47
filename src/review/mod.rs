//! The decision: one pure function that the webhook and the command line carry things to and from.

#![deny(clippy::disallowed_methods)]

mod ratchet;
mod verdict;

pub use verdict::{Ending, Tally, Unsettled, Verdict, Violation};

use jiff::Timestamp;

use crate::policy::{BoundPolicy, LabelsBefore, Snapshot};
use crate::rules::{Budget, Case, Halt, Mode};
use crate::subject::{Pod, Subject, TemplatePath};

/// Holds `subject` against every policy that binds it at `now`.
///
/// `user` is who asks for the write, where somebody does. All findings are returned, the worst
/// first, in an order that depends on nothing but the arguments; as far as `budget` goes.
pub fn review(
    subject: &Subject<'_>,
    user: Option<&str>,
    snapshot: &Snapshot,
    now: Timestamp,
    budget: &mut Budget,
) -> Verdict {
    Review { subject, before: LabelsBefore::None, snapshot, now }.run(user, budget)
}

/// Holds an update of `old` to `subject` against every policy that binds either, and lets in what
/// stood before, as hard or harder.
///
/// `old` is none where it cannot be read: then its labels are not known, so that they let nobody
/// off, and nothing stood before.
pub fn review_update(
    subject: &Subject<'_>,
    old: Option<&Subject<'_>>,
    user: Option<&str>,
    snapshot: &Snapshot,
    now: Timestamp,
    budget: &mut Budget,
) -> Verdict {
    let before =
        old.map_or(LabelsBefore::Unknown, |old| LabelsBefore::Known(&old.object.metadata.labels));
    budget.compare_next();
    let mut verdict = Review { subject, before, snapshot, now }.run(user, budget);
    if let Some(old) = old
        && !verdict.allowed()
        && verdict.ending == Ending::Whole
    {
        budget.compare_next();
        let stood =
            Review { subject: old, before: LabelsBefore::None, snapshot, now }.run(None, budget);
        if stood.ending == Ending::Spent || ratchet::inherit(&mut verdict, &stood, budget).is_err()
        {
            verdict.ending = Ending::Spent;
        }
    }
    verdict
}

/// One object, and what it is held against.
struct Review<'r, 'a> {
    subject: &'r Subject<'a>,
    before: LabelsBefore<'r>,
    snapshot: &'r Snapshot,
    now: Timestamp,
}

impl Review<'_, '_> {
    fn run(&self, user: Option<&str>, budget: &mut Budget) -> Verdict {
        let Self { subject, before, snapshot, .. } = *self;
        let pods: Vec<Pod<'_, '_>> = subject.pods().collect();
        let mut verdict = Verdict { lacking: lacking(subject, &pods), ..Verdict::default() };
        if pods.is_empty() {
            return verdict;
        }
        let binding = |p: &&BoundPolicy| p.binds(subject, before, user, snapshot);
        for policy in snapshot.policies().iter().filter(binding) {
            verdict.ending = self.hold_against(policy, &pods, &mut verdict, budget);
            if verdict.ending != Ending::Whole {
                break;
            }
        }
        verdict.sort();
        verdict
    }

    fn hold_against(
        &self,
        policy: &BoundPolicy,
        pods: &[Pod<'_, '_>],
        verdict: &mut Verdict,
        budget: &mut Budget,
    ) -> Ending {
        let Self { subject, snapshot, now, .. } = *self;
        let inventory = snapshot.inventory.as_ref();
        let case = |pod| Case { subject, pod, version: policy.version, inventory };
        let cases: Vec<Case<'_, '_>> = pods.iter().map(case).collect();
        let mut tally = Tally { policy: policy.name.clone(), total: 0 };
        let mut ending = Ending::Whole;
        for rule in &policy.rules {
            let mode = rule.mode(policy.mode, now);
            let before = verdict.violations.len();
            let mut applied = false;
            for case in &cases {
                let mut found = budget.findings(mode == Mode::Deny);
                // Whatever it looks at, it comes to every container, perhaps to find nothing there.
                let checked = match found.visit(1 + case.pod.container_count()) {
                    Ok(()) if !rule.applies(case) => continue,
                    Ok(()) => rule.check(case, &mut found),
                    Err(halt) => Err(halt),
                };
                applied = true;
                verdict.add(policy, rule.meta(), mode, before, found.into_vec());
                match checked {
                    Ok(()) => {}
                    Err(Halt::Undetermined(why)) => verdict.leave_open(policy, rule.meta(), why),
                    // What refuses nothing may go on; what refuses has said enough.
                    Err(Halt::Full) if mode == Mode::Deny => ending = Ending::Full,
                    Err(Halt::Full) => verdict.left_out = true,
                    Err(Halt::Spent) => ending = Ending::Spent,
                }
            }
            tally.total += usize::from(applied);
            if ending != Ending::Whole {
                break;
            }
        }
        verdict.tallies.push(tally);
        ending
    }
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
