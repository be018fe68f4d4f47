//! What a rule finds is the same for every policy that sets it alike: it is looked for once a review.

use std::collections::HashMap;

use crate::rules::{
    Armed, Checked, Context, Finding, Findings, Halt, Likeness, PodSecurityVersion,
};
use crate::subject::Views;

/// What was found so far, by rule, its parameters and version.
#[derive(Default)]
pub(super) struct FindingCache {
    made: HashMap<(Likeness, PodSecurityVersion), Made>,
    /// Whether there is somebody to share with.
    is_worth_it: bool,
}

struct Made {
    findings: Vec<Finding>,
    /// The parts of the rule of which it could not say whether they are met.
    open: Vec<Box<str>>,
    /// Where the rule has something to say: why it could not.
    ended: Option<Checked>,
}

impl FindingCache {
    /// For a review under so many policies.
    pub(super) fn among(policies: usize) -> Self {
        Self { is_worth_it: policies > 1, ..Self::default() }
    }

    /// As [`Armed::check`], and at no further cost where it was asked before.
    pub(super) fn check(
        &mut self,
        rule: &dyn Armed,
        views: &Views<'_>,
        cx: &Context<'_>,
        found: &mut Findings<'_>,
    ) -> Option<Checked> {
        let likeness = if self.is_worth_it { rule.likeness() } else { None };
        let Some(likeness) = likeness else { return rule.check(views, cx, found) };
        let key = (likeness, cx.version);
        if let Some(made) = self.made.get(&key) {
            return match (made.ended?, found.repeat(&made.findings, &made.open)) {
                (ended, Ok(())) => Some(ended),
                (_, halt) => Some(halt),
            };
        }
        let ended = rule.check(views, cx, found);
        // What came to its end early is not all that there is.
        if !matches!(ended, Some(Err(Halt::Full | Halt::Spent))) {
            let (findings, open) = (found.so_far().to_vec(), found.left_open().to_vec());
            self.made.insert(key, Made { findings, open, ended });
        }
        ended
    }
}
