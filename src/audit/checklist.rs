//! The checklists that policies stand for, and how far what runs keeps each of their lines.

use std::collections::{BTreeMap, BTreeSet};

use super::book::Book;
use super::entry::{Entry, Texts};
use super::plan::in_order;
use super::workload::{Counts, Workload};
use crate::policy::{BoundPolicy, Snapshot};
use crate::subject::Kind;

/// The checklist of a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checklist {
    /// The policy that stands for it.
    pub policy: String,
    /// Its lines, in their order.
    pub lines: Vec<Line>,
}

/// A line of a checklist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Its number.
    pub row: String,
    /// What it demands.
    pub demands: String,
    /// What answers it; nothing where somebody has to look.
    pub answers: Vec<Answer>,
}

/// A rule that answers a line, or a part of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The rule.
    pub rule: String,
    /// The part of what it demands, where it is no more.
    pub part: Option<String>,
    /// The kinds that it has anything to say about; none where it is not in force.
    pub kinds: BTreeSet<String>,
}

/// The checklists of all policies that stand for one.
pub fn checklists(snapshot: &Snapshot) -> Vec<Checklist> {
    let kinds = in_order(snapshot);
    let policies = snapshot.policies().iter().filter(|policy| !policy.checklist.is_empty());
    let checklist = |policy: &BoundPolicy| {
        let lines = policy.checklist.iter().map(|line| Line {
            row: line.row.clone(),
            demands: line.demands.clone(),
            answers: line.answers().map(|answer| answer_of(policy, answer, &kinds)).collect(),
        });
        Checklist { policy: policy.name.to_string(), lines: lines.collect() }
    };
    policies.map(|policy| checklist(policy)).collect()
}

fn answer_of(policy: &BoundPolicy, (id, part): (&str, Option<&str>), kinds: &[&Kind]) -> Answer {
    let rule = policy.rules.iter().find(|rule| rule.rule().id == *id);
    let covered = kinds.iter().filter(|kind| rule.is_some_and(|rule| rule.covers(kind)));
    let kinds = covered.map(|kind| kind.kind.to_string()).collect();
    Answer { rule: id.to_owned(), part: part.map(str::to_owned), kinds }
}

/// How far a line is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Standing {
    /// No rule tells.
    ByHand,
    /// Something breaks it.
    Failed(Counts),
    /// Nothing that was looked at breaks it, but not all could be.
    Open(Vec<String>),
    /// All that breaks it is excused.
    Excused(usize),
    /// Nothing breaks it.
    Passed,
}

/// What breaks a line.
#[derive(Debug, Clone, Default)]
pub(super) struct Breaks<'b> {
    pub(super) counts: Counts,
    /// The workloads, each once.
    pub(super) workloads: Vec<&'b Workload>,
}

/// Where in which checklist a finding belongs: the number of the checklist, and of its line.
pub(super) type At = (usize, usize);

/// A line that a rule answers, by the part of it where it is no more.
type Answered<'c> = (At, Option<&'c str>);

/// The lines of all checklists, by the policy and the rule that answers them.
#[derive(Debug, Default)]
pub(super) struct Lines<'c> {
    by_rule: BTreeMap<(&'c str, &'c str), Vec<Answered<'c>>>,
}

impl<'c> Lines<'c> {
    pub(super) fn of(checklists: &'c [Checklist]) -> Self {
        let mut lines = Self::default();
        for (list, checklist) in checklists.iter().enumerate() {
            for (at, line) in checklist.lines.iter().enumerate() {
                for answer in &line.answers {
                    let key = (checklist.policy.as_str(), answer.rule.as_str());
                    let known = lines.by_rule.entry(key).or_default();
                    known.push(((list, at), answer.part.as_deref()));
                }
            }
        }
        lines
    }

    /// The lines that a finding breaks, in their order.
    pub(super) fn broken_by(&self, entry: &Entry, texts: &Texts) -> BTreeSet<At> {
        let text = |text| texts.pool.get(text);
        let (rule, part) = (text(entry.rule), entry.part.map(text));
        let asking = texts.policies.find(entry.policies).unwrap_or_default();
        let lines =
            asking.iter().filter_map(|(policy, _)| self.by_rule.get(&(text(*policy), rule)));
        let is_it = |answering: Option<&str>| answering.is_none() || answering == part;
        lines.flatten().filter(|(_, answering)| is_it(*answering)).map(|(at, _)| *at).collect()
    }

    /// What breaks each line that something breaks.
    pub(super) fn broken<'b>(&self, book: &'b Book) -> BTreeMap<At, Breaks<'b>> {
        let mut broken: BTreeMap<At, Breaks<'b>> = BTreeMap::new();
        for workload in &book.workloads {
            for entry in workload.parts.iter().flat_map(|part| &part.entries) {
                for at in self.broken_by(entry, &book.texts) {
                    let breaks = broken.entry(at).or_default();
                    breaks.counts.add(entry);
                    if breaks.workloads.last().is_none_or(|last| !std::ptr::eq(*last, workload)) {
                        breaks.workloads.push(workload);
                    }
                }
            }
        }
        broken
    }
}

/// How far a line of a policy's checklist is kept.
pub(super) fn standing(
    policy: &str,
    line: &Line,
    breaks: Option<&Breaks<'_>>,
    book: &Book,
) -> Standing {
    let counts = breaks.map(|breaks| breaks.counts).unwrap_or_default();
    if line.answers.is_empty() {
        return Standing::ByHand;
    }
    if counts.refused + counts.warned + counts.recorded > 0 {
        return Standing::Failed(counts);
    }
    let open: BTreeSet<String> =
        line.answers.iter().flat_map(|answer| open(policy, answer, book)).collect();
    match (open.is_empty(), counts.excused) {
        (false, _) => Standing::Open(open.into_iter().collect()),
        (true, 0) => Standing::Passed,
        (true, excused) => Standing::Excused(excused),
    }
}

/// Why it cannot be said that nothing breaks what a rule demands.
fn open(policy: &str, answer: &Answer, book: &Book) -> Vec<String> {
    let Answer { rule, part, kinds } = answer;
    if kinds.is_empty() {
        return vec![format!("{rule} is not in force")];
    }
    let unseen =
        book.unseen_kinds().filter(|unseen| unseen.is_none_or(|kind| kinds.contains(kind)));
    let mut why: Vec<String> = unseen
        .map(|kind| match kind {
            Some(kind) => format!("not every {kind} was looked at"),
            None => "not all was looked at".to_owned(),
        })
        .collect();
    let is_it = |of: &Option<String>| of.is_none() || part.is_none() || of == part;
    let is_unsaid = book.unsaid.iter().any(|(by, id, of)| by == policy && id == rule && is_it(of));
    why.extend(is_unsaid.then(|| match part {
        Some(part) => format!("{rule} could not say about {part}"),
        None => format!("{rule} could not say"),
    }));
    why
}
