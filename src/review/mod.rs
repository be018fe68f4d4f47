//! The decision: one pure function that the webhook and the command line carry things to and from.

#![deny(clippy::disallowed_methods)]

mod ratchet;
mod shared;
mod together;
mod verdict;

use verdict::Consequence;
pub use verdict::{Ending, Tally, UndeterminedRule, Verdict, Violation};

use jiff::Timestamp;
use shared::FindingCache;

use crate::policy::{Applicable, BoundPolicy, OldLabels, Requester, Snapshot, is_by_controller};
use crate::rules::{Armed, Budget, Context, Halt, Mode};
use crate::subject::{Subject, TemplatePath, Views, Whole};

/// Holds `subject` against every policy that binds it at `now`.
///
/// `requester` is who asks for the write, where somebody does. All findings are returned, the worst
/// first, in an order that depends on nothing but the arguments; as far as `budget` goes.
pub fn review(
    subject: &Subject<'_>,
    requester: Option<&Requester<'_>>,
    snapshot: &Snapshot,
    now: Timestamp,
    budget: &mut Budget,
) -> Verdict {
    let before = OldLabels::None;
    let review = Review { subject, before, requester, is_old: false, snapshot, now };
    let mut verdict = review.run(requester, budget);
    verdict.say_once();
    verdict
}

/// Holds an update of `old` to `subject` against every policy that binds either, lets in what stood
/// before, as hard or harder, and marks it as known.
///
/// `old` is none where it cannot be read: then its labels are not known, so that they let nobody
/// off, and nothing stood before.
pub fn review_update(
    subject: &Subject<'_>,
    old: Option<&Subject<'_>>,
    requester: Option<&Requester<'_>>,
    snapshot: &Snapshot,
    now: Timestamp,
    budget: &mut Budget,
) -> Verdict {
    let before =
        old.map_or(OldLabels::Unknown, |old| OldLabels::Known(&old.object.metadata.labels));
    budget.compare_next();
    let new = Review { subject, before, requester, is_old: false, snapshot, now };
    let mut verdict = new.run(requester, budget);
    if let Some(old) = old
        && !verdict.is_silent()
        && verdict.ending == Ending::Whole
    {
        let mut budget_of_old = budget.for_another();
        budget_of_old.compare_next();
        // Whoever is let off by a policy was not let off of what stood there.
        let old = Review { subject: old, before: OldLabels::None, is_old: true, ..new };
        let stood = old.run(None, &mut budget_of_old);
        ratchet::inherit(&mut verdict, &stood, &mut budget_of_old);
        budget.count(&budget_of_old);
    }
    verdict.say_once();
    verdict
}

/// Holds what a controller makes against every policy that binds it, and marks as known what stood in
/// `template`, the same object as its owner alone would have it, for policies that look at owners.
pub fn review_made(
    subject: &Subject<'_>,
    template: &Subject<'_>,
    requester: &Requester<'_>,
    snapshot: &Snapshot,
    now: Timestamp,
    budget: &mut Budget,
) -> Verdict {
    budget.compare_next();
    let (before, requester) = (OldLabels::None, Some(requester));
    let made = Review { subject, before, requester, is_old: false, snapshot, now };
    let mut verdict = made.run(requester, budget);
    if !verdict.is_silent() && verdict.ending == Ending::Whole {
        let mut budget_of_template = budget.for_another();
        budget_of_template.compare_next();
        // Whichever policy binds what is made by its labels is asked about the template, too.
        let before = OldLabels::Known(&subject.object.metadata.labels);
        let template = Review { subject: template, before, is_old: true, ..made };
        let stood = template.run(None, &mut budget_of_template);
        let asking = snapshot.policies().iter().filter(|policy| policy.asks_for_owners());
        let asking = asking.map(|policy| &*policy.name).collect();
        ratchet::inherit_from_owner(&mut verdict, &stood, &asking, &mut budget_of_template);
        budget.count(&budget_of_template);
    }
    verdict.say_once();
    verdict
}

/// One object, and what it is held against.
#[derive(Clone, Copy)]
struct Review<'r> {
    subject: &'r Subject<'r>,
    before: OldLabels<'r>,
    requester: Option<&'r Requester<'r>>,
    /// Whether it is the object as it was, which others are held against.
    is_old: bool,
    snapshot: &'r Snapshot,
    now: Timestamp,
}

impl Review<'_> {
    /// `requester` is whom policies may leave out.
    fn run(&self, requester: Option<&Requester<'_>>, budget: &mut Budget) -> Verdict {
        let mut verdict = self.held_against_all(requester, budget);
        self.excuse(&mut verdict);
        verdict.sort();
        verdict
    }

    /// Notes what excuses each violation.
    fn excuse(&self, verdict: &mut Verdict) {
        let excusing = self.snapshot.exceptions().about(self.subject);
        if excusing.is_empty() || verdict.violations.is_empty() {
            return;
        }
        let tree = if excusing.needs_tree() { self.subject.source.to_value() } else { None };
        for violation in &mut verdict.violations {
            let (rule, finding) = (&violation.rule.id, &violation.finding);
            violation.excuse = excusing.of(rule, finding, tree.as_ref(), self.now);
        }
    }

    fn held_against_all(&self, requester: Option<&Requester<'_>>, budget: &mut Budget) -> Verdict {
        let Self { subject, before, snapshot, .. } = *self;
        let views = Views::of(subject);
        let whole = Whole::of(&views, self.is_old);
        let mut verdict = Verdict { lacking: lacking(&views), ..Verdict::default() };
        let mut bound = snapshot.applicable(subject, before);
        bound.retain(|applicable| {
            applicable.policy.binds(subject, before, requester, snapshot.inventory())
        });
        if subject.kind.is_workload() && views.pods().is_empty() {
            bound.clear();
        }
        bound.retain(|applicable| self.is_asked(applicable.policy, &whole, budget));
        let tally = |of: &Applicable<'_>| Tally { policy: of.policy.name.clone(), total: 0 };
        verdict.tallies = bound.iter().map(tally).collect();
        let bound: Vec<_> = bound.into_iter().map(|applicable| self.weighed(applicable)).collect();
        verdict.not_in_force = bound.iter().flat_map(|(policy, _)| policy.not_in_force()).collect();
        // What refuses goes first, so that what only warns or records never uses up its steps.
        let mut shared = FindingCache::among(bound.len());
        for refuses in [true, false] {
            for (at, (policy, rules)) in bound.iter().enumerate() {
                let rules = rules.iter().filter(|(_, c)| (c.mode == Mode::Deny) == refuses);
                let made =
                    self.hold_against(policy, rules, &whole, &mut shared, &mut verdict, budget);
                if let Some(tally) = verdict.tallies.get_mut(at) {
                    tally.total += made;
                }
                if verdict.ending != Ending::Whole {
                    return verdict;
                }
            }
        }
        verdict
    }

    /// The rules of a policy, each with what follows from what it finds.
    fn weighed<'p>(&self, applicable: Applicable<'p>) -> (&'p BoundPolicy, Vec<Weighed<'p>>) {
        let (policy, enforcement, now) = (applicable.policy, self.snapshot.enforcement(), self.now);
        let (ceiling, held_back) = (enforcement.at(now), enforcement.held_back(now));
        // What looks at an object as a whole is about the one that somebody wrote.
        let user = self.requester.and_then(|requester| requester.user);
        let is_made = self.subject.is_made || is_by_controller(user, self.subject.kind);
        let is_left_out = is_made && policy.asks_for_owners();
        let consequence = |rule: &dyn Armed| {
            let mode = rule.mode(policy.mode, now);
            let held_back = held_back.filter(|_| mode == Mode::Deny);
            Consequence { mode: mode.min(ceiling), held_back }
        };
        let rules = applicable.rules().filter(|rule| !(is_left_out && rule.reads_whole()));
        (policy, rules.map(|rule| (rule, consequence(rule))).collect())
    }

    /// Whether the conditions of a policy hold; where that cannot be told it is asked, and says so by a
    /// rule of its own.
    fn is_asked(&self, policy: &BoundPolicy, whole: &Whole<'_>, budget: &mut Budget) -> bool {
        if policy.conditions.is_empty() {
            return true;
        }
        let (held, steps) = policy.conditions.hold(&self.context(policy, whole));
        // Where that was too much, the first rule ends the review.
        budget.spend(steps).is_err() || held.unwrap_or(true)
    }

    /// What rules of a policy may look at.
    fn context<'c>(&'c self, policy: &BoundPolicy, whole: &'c Whole<'_>) -> Context<'c> {
        let Self { subject, requester, snapshot, now, .. } = *self;
        let user = requester.map(|requester| requester.user);
        Context::of(subject, user, policy.version, now, snapshot.inventory(), whole)
    }

    /// How many of these rules of the policy had something to say.
    fn hold_against<'p>(
        &self,
        policy: &BoundPolicy,
        rules: impl Iterator<Item = &'p Weighed<'p>>,
        whole: &Whole<'_>,
        shared: &mut FindingCache,
        verdict: &mut Verdict,
        budget: &mut Budget,
    ) -> usize {
        let mut cx = self.context(policy, whole);
        let mut total = 0;
        for &(rule, consequence) in rules {
            let refuses = consequence.mode == Mode::Deny;
            cx.neighbours = cx.neighbours.asking_for(rule.needs());
            let mut found = budget.findings(refuses);
            let Some(checked) = shared.check(rule, whole.views(), &cx, &mut found) else {
                continue;
            };
            total += 1;
            let (mut findings, open) = found.into_vecs();
            findings.retain(|finding| self.is_old || !finding.is_for_comparison);
            if !findings.is_empty() {
                verdict.add(policy, rule, consequence, findings);
            }
            match checked {
                Ok(()) => {}
                Err(Halt::Undetermined(why)) => {
                    verdict.add_undetermined(policy, &rule.rule(), why, open);
                }
                Err(Halt::Full) if refuses => verdict.ending = Ending::Full,
                Err(Halt::Spent) if refuses => verdict.ending = Ending::Spent,
                // What refuses nothing may be left out.
                Err(Halt::Full | Halt::Spent) => verdict.left_out = true,
            }
            if verdict.ending != Ending::Whole {
                break;
            }
        }
        total
    }
}

/// A rule, and what follows from what it finds.
type Weighed<'p> = (&'p dyn Armed, Consequence);

/// The paths at which a policy says that templates stand, and where none does.
///
/// A built-in kind without its template is refused by the API server itself.
fn lacking(views: &Views<'_>) -> Vec<TemplatePath> {
    let (kind, pods) = (views.subject().kind, views.pods());
    let paths = kind.templates();
    if paths.len() == pods.len() || kind.is_built_in() {
        return Vec::new();
    }
    let is_there = |path: &&TemplatePath| pods.iter().any(|pod| pod.template == *path);
    paths.iter().filter(|path| !is_there(path)).cloned().collect()
}
