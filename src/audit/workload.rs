//! A workload, and what was found of it and of what it made.

use std::collections::BTreeSet;

use super::entry::{Entry, Texts};
use super::pool::Text;
use crate::rules::Mode;

/// A workload or another object, with what it made.
#[derive(Debug)]
pub(super) struct Workload {
    pub(super) namespace: Option<Text>,
    pub(super) kind: Text,
    pub(super) name: Text,
    /// What made it, where that was not looked at: `Shop/main`.
    pub(super) maker: Option<Text>,
    /// The object itself, where it was looked at, and the objects that it made, by kind.
    pub(super) parts: Vec<Part>,
    /// What of it would be refused once a controller that is none of Kubernetes' own makes it anew.
    pub(super) anew: Vec<Anew>,
}

/// Objects of one kind that would be refused once their controller makes them anew.
#[derive(Debug)]
pub(super) struct Anew {
    pub(super) kind: Text,
    /// The controller: `StrimziPodSet/main`.
    pub(super) maker: Text,
    /// The name of the first.
    pub(super) name: Text,
    /// How many there are.
    pub(super) objects: usize,
}

/// An object, or all objects of one kind that a workload made.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) kind: Text,
    /// The name of the first.
    pub(super) name: Text,
    /// Whether these are objects that the workload made, and not the workload.
    pub(super) is_made: bool,
    /// How many objects there are.
    pub(super) objects: usize,
    /// Whether pods are made of it.
    pub(super) is_workload: bool,
    /// How many checks were made of one of them.
    pub(super) total: usize,
    /// Whether all was looked at, and all that was found is there.
    pub(super) is_complete: bool,
    /// Rules that could not say, and why.
    pub(super) undetermined: Vec<(Text, Text)>,
    /// How many checks of one of them could not say, of those that refuse nothing.
    pub(super) open: usize,
    /// Where a policy says that there is a pod template, and there is none.
    pub(super) lacking: Option<Text>,
    pub(super) entries: Vec<Entry>,
}

/// How many findings come to what.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) refused: usize,
    pub(super) warned: usize,
    pub(super) recorded: usize,
    pub(super) excused: usize,
}

impl Counts {
    pub(super) fn add(&mut self, entry: &Entry) {
        match entry.word() {
            "refused" => self.refused += 1,
            "warned" => self.warned += 1,
            "recorded" => self.recorded += 1,
            _ => self.excused += 1,
        }
    }
}

impl Part {
    /// How many of the checks refuse none of them.
    pub(super) fn passed(&self, texts: &Texts) -> usize {
        let refusing = self.entries.iter().filter(|entry| entry.consequence() == Mode::Deny);
        let failed = refusing.flat_map(|entry| {
            let asking = texts.policies.find(entry.policies).unwrap_or_default();
            let denying = asking.iter().filter(|(_, mode)| *mode == Mode::Deny);
            denying.map(|(policy, _)| (*policy, entry.rule))
        });
        self.total.saturating_sub(failed.collect::<BTreeSet<_>>().len())
    }

    /// Whether all of them would be let in today.
    pub(super) fn is_allowed(&self) -> bool {
        self.entries.iter().all(|entry| entry.consequence() != Mode::Deny)
    }
}

impl Workload {
    /// How many of all its findings come to what.
    pub(super) fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        self.parts.iter().flat_map(|part| &part.entries).for_each(|entry| counts.add(entry));
        counts
    }

    /// Whether pods are made of it, or of what it made.
    pub(super) fn makes_pods(&self) -> bool {
        self.parts.iter().any(|part| part.is_workload)
    }

    /// Whether there is something to say of it.
    pub(super) fn is_clean(&self) -> bool {
        let is_clean = |part: &Part| part.entries.is_empty() && part.lacking.is_none();
        self.parts.iter().all(is_clean)
    }
}
