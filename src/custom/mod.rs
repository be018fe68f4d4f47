//! Rules that a policy writes itself, as expressions (CEL): to everything after the review a rule as
//! any other.

#![deny(clippy::disallowed_methods)]

mod condition;
mod expressions;
mod given;
mod problem;
mod rule;
mod spec;

pub use condition::{CONDITIONS_ID, ConditionRule, Conditions};
pub use problem::Problem;
pub use rule::CustomRule;
pub use spec::{ConditionSpec, CustomSpec, ResourceSpec, VariableSpec};
