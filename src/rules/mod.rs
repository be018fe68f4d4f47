//! The rules: what a production checklist demands, each declared once.
//!
//! A rule is two neighbouring files, `x.rs` (what it checks) and `x.md` (what it teaches, with
//! examples that run), and one line in the [`catalog`]. CLI, reference, policy schema, tests and
//! the texts of refusals are read off those.

#![deny(clippy::disallowed_methods)]

mod budget;
pub mod catalog;
mod digest;
mod evidence;
mod extent;
mod finding;
mod mounts;
mod setting;
mod variables;
mod version;

mod hardening;
mod health;
mod images;
mod pod_security;
mod resources;
mod secrets;

pub use budget::{Budget, Checked, Findings, Halt, Limits};
pub use evidence::{Evidence, Fact, Known, Reach};
pub use finding::{Edit, Finding, Remedy};
pub use setting::{COMMON_KEYS, Mode, Setting};
pub use version::{PodSecurityVersion, UnknownVersion};

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::inventory::Inventory;
use crate::subject::{Pod, Subject};

/// How bad it is when a rule does not hold; orders what people read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// A habit worth having.
    Low,
    /// Hurts on a bad day.
    Medium,
    /// Lets one fault become an outage or a break-in.
    High,
    /// Gives away the node or a credential.
    Critical,
}

impl Severity {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

/// What a rule says about itself. Its address in memory is nothing; its `id` is the rule.
#[derive(Debug)]
pub struct Meta {
    /// The name in policies, messages, metrics and file names.
    pub id: &'static str,
    /// How bad a violation is.
    pub severity: Severity,
    /// What must hold, as one sentence.
    pub checklist: &'static str,
    /// The lines of the two production checklists that it covers.
    pub rows: &'static [&'static str],
    /// The page: rationale, fix and running examples, in Markdown.
    pub page: &'static str,
}

/// Everything a rule may look at.
#[derive(Debug, Clone, Copy)]
pub struct Case<'c, 'a> {
    /// The object.
    pub subject: &'c Subject<'a>,
    /// The pod it is or would make.
    pub pod: &'c Pod<'c, 'a>,
    /// The Kubernetes minor whose Pod Security Standards hold.
    pub version: PodSecurityVersion,
    /// The neighbours, where they are known.
    pub inventory: Option<&'c Inventory>,
}

/// A rule that cannot say, for want of what it needs to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Undetermined {
    /// What it needs, as in "needs to know …".
    pub needs: &'static str,
}

/// A check that must hold of every workload a policy binds.
pub trait Rule {
    /// What a policy may set about it.
    type Params: Params;
    /// What it says about itself.
    const META: Meta;

    /// Whether the rule has anything to say about such a workload at all.
    fn applies(_case: &Case<'_, '_>) -> bool {
        true
    }

    /// Adds what it finds to `found`.
    ///
    /// # Errors
    /// [`Halt::Undetermined`] where it needs neighbours that are not known; what `found` says when
    /// its budget is used up.
    fn check(case: &Case<'_, '_>, params: &Self::Params, found: &mut Findings<'_>) -> Checked;
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

/// A rule with its parameters and mode, ready to run.
pub trait Armed: Send + Sync {
    /// The rule.
    fn meta(&self) -> &'static Meta;
    /// The mode in force at `now`, with the policy's own as default.
    fn mode(&self, default: Mode, now: Timestamp) -> Mode;
    /// The moment from which on the mode is `deny`, where one is announced.
    fn deny_from(&self) -> Option<Timestamp>;
    /// Whether the rule has anything to say about such a workload.
    fn applies(&self, case: &Case<'_, '_>) -> bool;
    /// Adds what it finds to `found`.
    ///
    /// # Errors
    /// As [`Rule::check`].
    fn check(&self, case: &Case<'_, '_>, found: &mut Findings<'_>) -> Checked;
}
