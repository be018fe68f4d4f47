//! The decision: one pure function that the webhook and the command line carry things to and from.

#![deny(clippy::disallowed_methods)]

mod ratchet;
mod verdict;

pub use verdict::{Ending, Tally, Unsettled, Verdict, Violation};

use jiff::Timestamp;

use crate::policy::{BoundPolicy, LabelsBefore, Snapshot};
use crate::rules::{Armed, Budget, Case, Halt, Mode};
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

/// Holds an update of `old` to `subject` against every policy that binds either, lets in what stood
/// before, as hard or harder, and marks it as known.
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
        && !verdict.is_silent()
        && verdict.ending == Ending::Whole
    {
        let mut budget_of_old = budget.for_another();
        budget_of_old.compare_next();
        let stood = Review { subject: old, before: LabelsBefore::None, snapshot, now }
            .run(None, &mut budget_of_old);
        ratchet::inherit(&mut verdict, &stood, &mut budget_of_old);
        budget.count(&budget_of_old);
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
        let bound: Vec<_> = snapshot.policies().iter().filter(binding).collect();
        let tally = |policy: &&BoundPolicy| Tally { policy: policy.name.clone(), total: 0 };
        verdict.tallies = bound.iter().map(tally).collect();
        // What refuses goes first, so that what only warns or records never uses up its steps.
        for refuses in [true, false] {
            for (at, policy) in bound.iter().enumerate() {
                let made = self.hold_against(policy, refuses, &pods, &mut verdict, budget);
                if let Some(tally) = verdict.tallies.get_mut(at) {
                    tally.total += made;
                }
                if verdict.ending != Ending::Whole {
                    verdict.sort();
                    return verdict;
                }
            }
        }
        verdict.sort();
        verdict
    }

    /// How many rules of the policy that refuse, or of those that do not, had something to say.
    fn hold_against(
        &self,
        policy: &BoundPolicy,
        refuses: bool,
        pods: &[Pod<'_, '_>],
        verdict: &mut Verdict,
        budget: &mut Budget,
    ) -> usize {
        let Self { subject, snapshot, now, .. } = *self;
        let inventory = snapshot.inventory.as_ref();
        let case = |pod| Case { subject, pod, version: policy.version, inventory };
        let cases: Vec<Case<'_, '_>> = pods.iter().map(case).collect();
        let mut total = 0;
        let mode = |rule: &dyn Armed| rule.mode(policy.mode, now).min(snapshot.ceiling());
        let modes = policy.rules.iter().map(|rule| (rule, mode(rule.as_ref())));
        for (rule, mode) in modes.filter(|(_, mode)| (*mode == Mode::Deny) == refuses) {
            let before = verdict.violations.len();
            let mut applied = false;
            for case in &cases {
                let mut found = budget.findings(refuses);
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
                    Err(Halt::Full) if refuses => verdict.ending = Ending::Full,
                    Err(Halt::Spent) if refuses => verdict.ending = Ending::Spent,
                    // What refuses nothing may be left out.
                    Err(Halt::Full | Halt::Spent) => verdict.left_out = true,
                }
                if verdict.ending != Ending::Whole {
                    break;
                }
            }
            total += usize::from(applied);
            if verdict.ending != Ending::Whole {
                break;
            }
        }
        total
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
