//! A rule, as it is written and as it is armed.

use std::sync::Arc;

use jiff::Timestamp;

use super::budget::{Checked, Findings};
use super::context::Context;
use super::description::{RuleDescription, RuleRef};
use super::params::Params;
use super::setting::{Mode, Remarks};
use crate::inventory::Neighbour;
use crate::subject::{Fingerprint, Kind, Target, Views};

/// A check that must hold of everything of one sort that a policy binds.
pub trait Rule: 'static {
    /// What it is about.
    type On: Target;
    /// What a policy may set about it.
    type Params: Params;
    /// What it says about itself.
    const DESCRIPTION: RuleDescription;
    /// The neighbours that it asks for; it is shown no others, and where it is armed they are
    /// followed.
    const NEEDS: &'static [Neighbour] = &[];
    /// Whether what it finds depends on the labels of the object itself: where it is armed, an update
    /// of nothing but these is judged like any other.
    const READS_LABELS: bool = false;

    /// The names of what its parameters demand one by one, where these tell its findings apart.
    fn parts(_params: &Self::Params) -> Vec<&str> {
        Vec::new()
    }

    /// Whether the rule has anything to say about such a thing at all. Where it has not, it is no
    /// check that was passed, and is not counted.
    fn applies(
        _on: <Self::On as Target>::View<'_>,
        _params: &Self::Params,
        _cx: &Context<'_>,
    ) -> bool {
        true
    }

    /// Adds what it finds to `found`.
    ///
    /// # Errors
    /// [`Halt::Undetermined`] where it needs neighbours that are not known; what `found` says when
    /// its budget is used up.
    fn check(
        on: <Self::On as Target>::View<'_>,
        params: &Self::Params,
        cx: &Context<'_>,
        found: &mut Findings<'_>,
    ) -> Checked;
}

/// A rule and what tells its parameters from others.
pub type Likeness = (&'static str, Fingerprint);

/// A rule with its parameters and mode, ready to run: a built-in one or one made at run time.
pub trait Armed: Send + Sync {
    /// The rule.
    fn rule(&self) -> RuleRef;
    /// The mode in force at `now`, with the policy's own as default.
    fn mode(&self, default: Mode, now: Timestamp) -> Mode;
    /// The moment from which on the mode is `deny`, where one is announced.
    fn deny_from(&self) -> Option<Timestamp>;
    /// What the operator says of it.
    fn remarks(&self) -> Option<&Arc<Remarks>> {
        None
    }
    /// Whether it can have anything to say about objects of such a kind.
    fn covers(&self, kind: &Kind) -> bool;
    /// The neighbours that it asks for; it is shown no others.
    fn needs(&self) -> &[Neighbour] {
        &[]
    }
    /// Whether what it finds depends on the labels of the object itself.
    fn reads_labels(&self) -> bool {
        false
    }
    /// Whether it looks at the object as a whole, which then has to be at hand.
    fn reads_whole(&self) -> bool {
        false
    }
    /// The names of what its parameters demand one by one, where these tell its findings apart.
    fn parts(&self) -> Vec<&str> {
        Vec::new()
    }
    /// What it has in common with the same rule of another policy that finds the same, but for the
    /// version that its pod security rules follow: so that it is asked once for all of them.
    fn likeness(&self) -> Option<Likeness> {
        None
    }
    /// Adds what it finds to `found`; none where it has nothing to say about such an object.
    fn check(
        &self,
        views: &Views<'_>,
        cx: &Context<'_>,
        found: &mut Findings<'_>,
    ) -> Option<Checked>;
}
