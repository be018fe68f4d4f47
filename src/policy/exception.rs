//! An exception as it is written: `PolicyException`, in files and in the cluster alike.

use jiff::Timestamp;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use super::metadata::DocumentMetadata;
use super::spec::KIND_NAME;
use crate::rules::moment;

/// The kind of exceptions.
pub const EXCEPTION_KIND: &str = "PolicyException";

/// The name of a container.
const CONTAINER: &str = "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$";
/// Something else than blanks.
const SAID: &str = r"\S";

/// An exception document.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PolicyException {
    /// `plimsoll.dev/v1alpha1`.
    pub api_version: String,
    /// `PolicyException`.
    pub kind: String,
    /// The name, and the namespace in which it excuses.
    pub metadata: DocumentMetadata,
    /// Who may break which rule, why, and until when.
    pub spec: ExceptionSpec,
    /// How it stands, as the API server hands it out; not read.
    #[serde(default, skip_serializing)]
    #[schemars(skip)]
    pub status: Option<IgnoredAny>,
}

/// Who may break which rule, why, and until when.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ExceptionSpec {
    /// The rules that may be broken, by id.
    #[schemars(length(min = 1, max = 100), inner(length(min = 1, max = 100)))]
    pub rules: Vec<String>,
    /// Whose findings are excused; all parts must fit.
    pub select: ExceptionSelect,
    /// What the excuse is bound to: a finding is excused only where all of this is so. Empty: whatever
    /// the rules find.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 10))]
    pub found: Vec<FoundValue>,
    /// Why.
    #[schemars(length(min = 1, max = 1000), regex(pattern = SAID))]
    pub reason: String,
    /// Where it is tracked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 300))]
    pub ticket: Option<String>,
    /// Who agreed to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 300))]
    pub approved_by: Option<String>,
    /// From this moment on it excuses nothing.
    #[serde(deserialize_with = "moment")]
    #[schemars(schema_with = "moment_schema")]
    pub expires: Timestamp,
}

/// Whose findings are excused.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ExceptionSelect {
    /// The API group of the kind; any where it is not set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 253))]
    pub group: Option<String>,
    /// The kind.
    #[schemars(length(min = 1, max = 63), regex(pattern = KIND_NAME))]
    pub kind: String,
    /// The name of the object; `*` stands for any characters, `?` for one.
    #[schemars(length(min = 1, max = 253), regex(pattern = SAID))]
    pub name: String,
    /// The names of its containers; without them also what is found about the object as a whole.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 100), inner(length(min = 1, max = 63), regex(pattern = CONTAINER)))]
    pub containers: Vec<String>,
}

/// A value that a finding must be about.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FoundValue {
    /// The field, at or below the one that the refusal names; `[*]` stands for any place in a list.
    #[schemars(length(min = 1, max = 500))]
    pub field: String,
    /// What it may be; of a list, what each element may be.
    #[schemars(length(min = 1, max = 20), inner(length(max = 500)))]
    pub values: Vec<String>,
}

fn moment_schema(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": "string", "format": "date-time"})
}
