//! A finding as it is kept: what is shown of it, each text once.

use jiff::Timestamp;

use super::pool::{Place, Pool, Text};
use crate::review::Violation;
use crate::rules::{Mode, Severity};

/// All that is kept once.
#[derive(Debug, Default)]
pub(super) struct Texts {
    /// Texts.
    pub(super) pool: Pool,
    /// Policies that ask for one thing, each with what it does.
    pub(super) policies: Pool<[(Text, Mode)]>,
}

/// A finding, of one object or of several that are alike.
#[derive(Debug)]
pub(super) struct Entry {
    /// What tells it from the others of its object.
    pub(super) flaw: u64,
    pub(super) rule: Text,
    /// The policies that ask for it, each with what it does; the strictest first.
    pub(super) policies: Place,
    /// The mode in force.
    pub(super) mode: Mode,
    pub(super) severity: Severity,
    /// The first object that has it.
    pub(super) name: Text,
    /// How many have it.
    pub(super) objects: u32,
    pub(super) container: Option<Text>,
    /// The part of what the rule demands that is not met.
    pub(super) part: Option<Text>,
    pub(super) path: Text,
    pub(super) message: Text,
    pub(super) fix: Text,
    pub(super) patch: Option<Text>,
    pub(super) note: Option<Text>,
    pub(super) link: Option<Text>,
    /// The exception that excuses it, and until when.
    pub(super) excuse: Option<Box<(Text, Timestamp)>>,
    /// Why an exception that covers it does not excuse it.
    pub(super) lapsed: Option<Text>,
}

impl Entry {
    /// What is kept of a violation of the object `name`.
    pub(super) fn of(
        violation: &Violation,
        flaw: u64,
        patch: Option<String>,
        name: Text,
        Texts { pool, policies }: &mut Texts,
    ) -> Self {
        let finding = &violation.finding;
        let asking = violation.policies().map(|(policy, mode)| (pool.keep(policy), mode));
        let asking: Vec<(Text, Mode)> = asking.collect();
        let holds = violation.excuse.as_ref().filter(|excuse| excuse.holds());
        Self {
            flaw,
            rule: pool.keep(&violation.rule.id),
            policies: policies.keep(&asking),
            mode: violation.mode,
            severity: violation.severity,
            name,
            objects: 1,
            container: finding.container.as_deref().map(|name| pool.keep(name)),
            part: finding.part.as_deref().map(|part| pool.keep(part)),
            path: pool.keep(&finding.at.to_string()),
            message: pool.keep(&finding.message),
            fix: pool.keep(&finding.remedy.to_string()),
            patch: patch.map(|patch| pool.keep(&patch)),
            note: violation.note().map(|note| pool.keep(note)),
            link: violation.link().map(|link| pool.keep(link)),
            excuse: holds.map(|excuse| Box::new((pool.keep(&excuse.by), excuse.expires))),
            lapsed: violation.lapsed().map(|excuse| pool.keep(&excuse.to_string())),
        }
    }

    /// How many objects have it.
    pub(super) fn count(&self) -> usize {
        usize::try_from(self.objects).unwrap_or(usize::MAX)
    }

    /// What comes of it: what is excused is only told of.
    pub(super) fn consequence(&self) -> Mode {
        if self.excuse.is_some() { Mode::Audit } else { self.mode }
    }

    /// The word for that.
    pub(super) fn word(&self) -> &'static str {
        match self.consequence() {
            _ if self.excuse.is_some() => "excused",
            Mode::Deny => "refused",
            Mode::Warn => "warned",
            Mode::Audit => "recorded",
        }
    }

    /// In which order findings are shown: what refuses first, the worst first.
    pub(super) fn rank(&self) -> impl Ord + use<> {
        let order = match self.word() {
            "refused" => 0,
            "warned" => 1,
            "recorded" => 2,
            _ => 3,
        };
        (order, std::cmp::Reverse(self.severity))
    }
}
