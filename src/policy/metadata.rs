//! The metadata of a document, as people write it and as the API server hands it out.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

/// The metadata of a policy or an exception.
///
/// What the API server adds is taken and not read, so that `kubectl get -o yaml` prints a file that
/// can be used.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DocumentMetadata {
    /// The name, shown in every refusal and by whatever it excuses.
    pub name: String,
    /// The namespace of an exception; a policy has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// Labels; not read.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// Annotations; not read.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: BTreeMap<String, String>,
    #[serde(default, skip_serializing)]
    #[schemars(skip)]
    creation_timestamp: Option<IgnoredAny>,
    #[serde(default, skip_serializing)]
    #[schemars(skip)]
    deletion_grace_period_seconds: Option<IgnoredAny>,
    #[serde(default, skip_serializing)]
    #[schemars(skip)]
    deletion_timestamp: Option<IgnoredAny>,
    #[serde(default, skip_serializing)]
    #[schemars(skip)]
    finalizers: Option<IgnoredAny>,
    #[serde(default, skip_serializing)]
    #[schemars(skip)]
    generate_name: Option<IgnoredAny>,
    #[serde(default, skip_serializing)]
    #[schemars(skip)]
    generation: Option<IgnoredAny>,
    #[serde(default, skip_serializing)]
    #[schemars(skip)]
    managed_fields: Option<IgnoredAny>,
    #[serde(default, skip_serializing)]
    #[schemars(skip)]
    owner_references: Option<IgnoredAny>,
    #[serde(default, skip_serializing)]
    #[schemars(skip)]
    resource_version: Option<IgnoredAny>,
    #[serde(default, skip_serializing)]
    #[schemars(skip)]
    self_link: Option<IgnoredAny>,
    #[serde(default, skip_serializing)]
    #[schemars(skip)]
    uid: Option<IgnoredAny>,
}
