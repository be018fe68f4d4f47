//! What a rule says about itself: data, whoever made the rule.

use std::borrow::Cow;
use std::ops::Deref;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::standard::Standard;

/// Text of a description: a constant, or made at run time.
pub type Text = Cow<'static, str>;

/// How bad it is when a rule does not hold; orders what people read.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize, JsonSchema,
)]
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
pub struct RuleDescription {
    /// The name in policies, messages, metrics and file names.
    pub id: Text,
    /// What it is about, such as `pod-security`.
    pub group: Text,
    /// How bad a violation is.
    pub severity: Severity,
    /// What must hold, as one sentence.
    pub checklist: Text,
    /// The lines of the two production checklists that it covers; a rule may go beyond them.
    pub rows: &'static [&'static str],
    /// What it answers of published standards.
    pub standards: &'static [Standard],
    /// The page: rationale, fix and running examples, in Markdown.
    pub page: Text,
}

/// The description of a rule, shared by all that tells of it.
#[derive(Debug, Clone)]
pub enum RuleRef {
    /// Of a rule of the catalog.
    BuiltIn(&'static RuleDescription),
    /// Of a rule that was made at run time.
    Custom(Arc<RuleDescription>),
}

impl Deref for RuleRef {
    type Target = RuleDescription;
    fn deref(&self) -> &RuleDescription {
        match self {
            Self::BuiltIn(description) => description,
            Self::Custom(description) => description,
        }
    }
}
