//! The rules: what a production checklist demands, each declared once.
//!
//! A rule is two neighbouring files, `x.rs` (what it checks) and `x.md` (what it teaches, with
//! examples that run), and one line in the [`catalog`]. CLI, reference, policy schema, tests and
//! the texts of refusals are read off those.

#![deny(clippy::disallowed_methods)]

mod annotations;
mod armed;
mod budget;
pub mod catalog;
mod context;
mod description;
mod evidence;
mod extent;
mod finding;
mod known;
mod moment;
mod params;
mod rule;
mod setting;
mod standard;
mod variables;
mod version;

mod api;
mod availability;
mod environment;
mod governance;
mod hardening;
mod health;
mod images;
mod jobs;
mod network;
mod observability;
mod pod_security;
mod rbac;
mod resources;
mod secrets;
mod storage;

pub use budget::{Budget, Checked, Findings, Halt, Limits};
pub use context::{Context, Undetermined};
pub use description::{RuleDescription, RuleRef, Severity, Text};
pub use evidence::{Evidence, Fact, Reach};
pub use finding::{Edit, Finding, Remedy};
pub use known::PriorFacts;
pub use moment::{Moment, moment};
pub use params::{BadValue, NoParams, Params};
pub use rule::{Armed, Likeness, Rule};
pub use setting::{COMMON_KEYS, Mode, REMARK_LIMIT, Remarks, Setting};
pub use standard::Standard;
pub use version::{PodSecurityVersion, UnknownVersion};
