//! The rules: what a production checklist demands, each declared once.
//!
//! A rule is two neighbouring files, `x.rs` (what it checks) and `x.md` (what it teaches, with
//! examples that run), and one line in the [`catalog`]. CLI, reference, policy schema, tests and
//! the texts of refusals are read off those.

#![deny(clippy::disallowed_methods)]

mod budget;
pub mod catalog;
mod context;
mod description;
mod evidence;
mod extent;
mod finding;
mod known;
mod setting;
mod variables;
mod version;

mod availability;
mod governance;
mod hardening;
mod health;
mod images;
mod network;
mod pod_security;
mod rbac;
mod resources;
mod secrets;

pub use budget::{Budget, Checked, Findings, Halt, Limits};
pub use context::{Context, Undetermined};
pub use description::{RuleDescription, RuleRef, Severity, Text};
pub use evidence::{Evidence, Fact, Reach};
pub use finding::{Edit, Finding, Remedy};
pub use known::Known;
pub use setting::{COMMON_KEYS, Mode, Setting};
pub use version::{PodSecurityVersion, UnknownVersion};

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::subject::{Kind, Target, Views};

/// A check that must hold of everything of one sort that a policy binds.
pub trait Rule: 'static {
    /// What it is about.
    type On: Target;
    /// What a policy may set about it.
    type Params: Params;
    /// What it says about itself.
    const DESCRIPTION: RuleDescription;

    /// Whether the rule has anything to say about such a thing at all.
    fn applies(_on: <Self::On as Target>::View<'_>, _cx: &Context<'_>) -> bool {
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

/// What every parameter type of a rule can do.
pub trait Params:
    for<'de> Deserialize<'de> + Serialize + JsonSchema + Clone + Send + Sync + 'static
{
    /// What is wrong with the values, where a type cannot say it: also one that nothing a rule
    /// looks at could ever have, as a rule that waits for it demands less than it says.
    fn problems(&self) -> Vec<BadValue> {
        Vec::new()
    }
}

/// A value that a parameter of a rule cannot have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadValue {
    /// The parameter.
    pub parameter: &'static str,
    /// Which element of it, where it is a list.
    pub element: Option<usize>,
    /// What is wrong with it, to be read after the field.
    pub reason: String,
}

impl BadValue {
    /// The elements of a list with which something is wrong; an empty list where `empty` says that
    /// there must be one.
    fn in_list(
        parameter: &'static str,
        list: &[String],
        empty: Option<&str>,
        problem: impl Fn(&str) -> Option<String>,
    ) -> Vec<Self> {
        let none = empty.filter(|_| list.is_empty());
        let none = none.map(|reason| Self { parameter, element: None, reason: reason.to_owned() });
        let wrong = list.iter().enumerate().filter_map(|(index, value)| {
            Some(Self { parameter, element: Some(index), reason: problem(value)? })
        });
        none.into_iter().chain(wrong).collect()
    }
}

/// For rules that take no parameters.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NoParams {}

impl Params for NoParams {}

/// A rule with its parameters and mode, ready to run: a built-in one or one made at run time.
pub trait Armed: Send + Sync {
    /// The rule.
    fn rule(&self) -> RuleRef;
    /// The mode in force at `now`, with the policy's own as default.
    fn mode(&self, default: Mode, now: Timestamp) -> Mode;
    /// The moment from which on the mode is `deny`, where one is announced.
    fn deny_from(&self) -> Option<Timestamp>;
    /// Whether it can have anything to say about objects of such a kind.
    fn covers(&self, kind: &Kind) -> bool;
    /// The rule, where it finds the same whichever policy sets it, but for the version that its pod
    /// security rules follow: so it is asked once for all of them.
    fn same_everywhere(&self) -> Option<&'static RuleDescription> {
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
