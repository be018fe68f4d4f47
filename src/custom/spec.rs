//! Custom rules as they are written.

use jiff::Timestamp;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::rules::{Mode, Severity};

/// Ids of rules, as those of built-in rules.
const ID: &str = r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$";
/// Names of variables.
const NAME: &str = r"^[A-Za-z_][A-Za-z0-9_]*$";
const GROUP: &str = r"^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*)?$";
const KIND_NAME: &str = r"^[A-Z]([-A-Za-z0-9]*[A-Za-z0-9])?$";
const PLURAL: &str = r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$";

/// A rule of the policy's own, as an expression in CEL.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CustomSpec {
    /// Its id: that of no built-in rule, and of no other rule of the policy.
    #[schemars(length(min = 1, max = 63), regex(pattern = ID))]
    pub id: String,
    /// What must hold of an object, in CEL: true or false.
    #[schemars(length(min = 1, max = 8192))]
    pub expression: String,
    /// What is said where it does not hold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 400))]
    pub message: Option<String>,
    /// The same as an expression that comes to text; `message` counts where it comes to none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 8192))]
    pub message_expression: Option<String>,
    /// Values with names: `variables.NAME` in the expressions, and in variables behind them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 50))]
    pub variables: Vec<VariableSpec>,
    /// What is `params` in the expressions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "anything")]
    pub params: Option<Map<String, Value>>,
    /// The kinds of objects that it is about; all workloads where it names none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 50))]
    pub resources: Vec<ResourceSpec>,
    /// What a violation does; the policy's mode where it is not set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<Mode>,
    /// The moment from which on the mode is `deny`, such as `2026-12-01T00:00:00Z`.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "moment")]
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub deny_from: Option<Timestamp>,
    /// How bad a violation is.
    #[serde(default = "medium")]
    pub severity: Severity,
    /// What the operator says of it, in one line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 300))]
    pub note: Option<String>,
    /// Where the operator says that there is more to read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 300))]
    pub link: Option<String>,
}

/// A value with a name.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct VariableSpec {
    /// Its name.
    #[schemars(length(min = 1, max = 63), regex(pattern = NAME))]
    pub name: String,
    /// What it comes to, in CEL.
    #[schemars(length(min = 1, max = 8192))]
    pub expression: String,
}

/// What must hold of a write so that the policy is about it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConditionSpec {
    /// Its name.
    #[schemars(length(min = 1, max = 253))]
    pub name: String,
    /// What must hold, in CEL: true or false.
    #[schemars(length(min = 1, max = 8192))]
    pub expression: String,
}

/// A kind of objects.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ResourceSpec {
    /// The API group; empty for the kinds of the core.
    #[serde(default)]
    #[schemars(length(max = 253), regex(pattern = GROUP))]
    pub group: String,
    /// The kind, such as `ConfigMap`.
    #[schemars(length(min = 1, max = 63), regex(pattern = KIND_NAME))]
    pub kind: String,
    /// What the API server calls its resource, where that is no plain plural of the kind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 63), regex(pattern = PLURAL))]
    pub plural: Option<String>,
}

fn medium() -> Severity {
    Severity::Medium
}

fn moment<'de, D: serde::Deserializer<'de>>(input: D) -> Result<Option<Timestamp>, D::Error> {
    crate::rules::moment(input).map(Some)
}

fn anything(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": "object", "x-kubernetes-preserve-unknown-fields": true})
}
