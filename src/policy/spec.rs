//! A policy as it is written: `DeployPolicy`, in files and in the cluster alike.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

use super::checklist::ChecklistLine;
use super::metadata::DocumentMetadata;
use super::requester::{Controllers, Operation};
use crate::custom::{ConditionSpec, CustomSpec};
use crate::rules::catalog::RuleSettings;
use crate::rules::{Mode, PodSecurityVersion};

/// The API group and version of policies.
pub const API_VERSION: &str = "plimsoll.dev/v1alpha1";

/// The kind of policies.
pub const KIND: &str = "DeployPolicy";

/// Whole names, or a beginning followed by one `*`, as the API server holds them to it.
const NAMES: &str = r"^[^*]+\*?$";
/// The same of service accounts.
const ACCOUNTS: &str = r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?/[-.a-z0-9]*\*?$";
const LABEL_KEY: &str = r"^([a-z0-9][-.a-z0-9]*/)?[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$";
const LABEL_VALUE: &str = r"^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$";
const GROUP: &str = r"^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*)?$";
/// Of a kind.
pub(super) const KIND_NAME: &str = r"^[A-Z]([-A-Za-z0-9]*[A-Za-z0-9])?$";
const TEMPLATE: &str = r"^[A-Za-z_][-A-Za-z0-9_]*(\.[A-Za-z_][-A-Za-z0-9_]*)*$";
const PLURAL: &str = r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$";

/// A policy document.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DeployPolicy {
    /// `plimsoll.dev/v1alpha1`.
    pub api_version: String,
    /// `DeployPolicy`.
    pub kind: String,
    /// The name, and what else people write there.
    pub metadata: DocumentMetadata,
    /// What must hold, for whom, and what happens otherwise.
    pub spec: PolicySpec,
    /// How it stands, as the API server hands it out; not read.
    #[serde(default, skip_serializing)]
    #[schemars(skip)]
    pub status: Option<IgnoredAny>,
}

/// What must hold, for whom, and what happens otherwise.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[schemars(extend("x-kubernetes-validations" = [{
    "rule": "has(self.rules) || (has(self.custom) && size(self.custom) > 0)",
    "message": "names no rule: set one under `rules` or `custom`",
}]))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PolicySpec {
    /// The mode of every rule that sets none.
    #[serde(default = "deny")]
    pub mode: Mode,
    /// The Kubernetes minor whose Pod Security Standards hold, as the label
    /// `pod-security.kubernetes.io/enforce-version` names it.
    #[serde(default)]
    #[schemars(extend("default" = "latest"))]
    pub pod_security_version: PodSecurityVersion,
    /// Which workloads are bound; all of them where it is not set.
    #[serde(default, rename = "match")]
    pub matches: MatchSpec,
    /// The lines of the checklist that it stands for, in their order: that of the sheet that an audit
    /// writes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 500))]
    pub checklist: Vec<ChecklistLine>,
    /// The rules, by id.
    #[serde(default)]
    pub rules: RuleSettings,
    /// Rules of the policy's own, as expressions in CEL.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 200))]
    pub custom: Vec<CustomSpec>,
    /// What must hold of a write so that the policy is about it, each in CEL; all of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64))]
    pub match_conditions: Vec<ConditionSpec>,
}

fn deny() -> Mode {
    Mode::Deny
}

/// Which workloads a policy binds; all parts must fit.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct MatchSpec {
    /// By the labels of the workload's namespace. A label that is not known counts as fitting, so
    /// that ignorance never lets a workload off.
    pub namespace_selector: Selector,
    /// By the labels of the workload itself.
    pub object_selector: Selector,
    /// Kinds with a pod template besides the built-in ones.
    #[schemars(length(max = 500))]
    pub kinds: Vec<CustomKind>,
    /// What must be done to an object for the policy to bind it; all of it where nothing is named.
    #[schemars(length(max = 2))]
    pub operations: Vec<Operation>,
    /// What Kubernetes' own workload controllers are held to, told by their exact names, where they
    /// make Pods, `ReplicaSets` and Jobs.
    pub controllers: Controllers,
    /// Users whose requests are not bound: whole names, or a beginning followed by `*`.
    #[schemars(length(max = 200), inner(length(min = 1, max = 1024), regex(pattern = NAMES)))]
    pub exclude_users: Vec<String>,
    /// Groups of users whose requests are not bound: whole names, or a beginning followed by `*`.
    #[schemars(length(max = 200), inner(length(min = 1, max = 1024), regex(pattern = NAMES)))]
    #[schemars(extend("x-kubernetes-validations" = [{
        "rule": "self.all(name, ['system:authenticated', 'system:unauthenticated'].all(group, \
                 name != group && !(name.endsWith('*') && \
                 group.startsWith(name.substring(0, size(name) - 1)))))",
        "message": "would bind nobody: every user is in such a group",
    }]))]
    pub exclude_groups: Vec<String>,
    /// Service accounts whose requests are not bound, as `NAMESPACE/NAME`; the name may be a beginning
    /// followed by `*`.
    #[schemars(length(max = 200), inner(length(min = 3, max = 400), regex(pattern = ACCOUNTS)))]
    pub exclude_service_accounts: Vec<String>,
}

/// A label selector, as in the API.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Selector {
    /// Labels and the values they must have.
    #[schemars(schema_with = "labels")]
    pub match_labels: BTreeMap<String, String>,
    /// Requirements on labels.
    #[schemars(length(max = 100))]
    pub match_expressions: Vec<Requirement>,
}

/// A requirement of a label selector, as in the API.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("x-kubernetes-validations" = [{
    "rule": "(self.operator in ['In', 'NotIn']) == (has(self.values) && size(self.values) > 0)",
    "message": "`In` and `NotIn` need values, `Exists` and `DoesNotExist` take none",
}]))]
pub struct Requirement {
    /// The label.
    #[schemars(length(min = 1, max = 317), regex(pattern = LABEL_KEY))]
    pub key: String,
    /// How it is compared.
    pub operator: Operator,
    /// What with; empty for `Exists` and `DoesNotExist`.
    #[serde(default)]
    #[schemars(length(max = 1000), inner(length(max = 63), regex(pattern = LABEL_VALUE)))]
    pub values: Vec<String>,
}

/// How a requirement compares a label.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub enum Operator {
    /// It is there, with one of the values.
    In,
    /// It is not there, or with another value.
    NotIn,
    /// It is there.
    Exists,
    /// It is not there.
    DoesNotExist,
}

/// A kind with a pod template that Kubernetes itself does not have; named once for each template
/// that it has.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CustomKind {
    /// The API group, without a version.
    #[schemars(length(max = 253), regex(pattern = GROUP))]
    pub group: String,
    /// The kind.
    #[schemars(length(min = 1, max = 63), regex(pattern = KIND_NAME))]
    pub kind: String,
    /// The path of the pod template, such as `spec.template`: plain field names.
    #[schemars(length(min = 1, max = 1000), regex(pattern = TEMPLATE))]
    pub pod_template: String,
    /// Its name in URLs, where that is not the kind in lower case and in the English plural.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 63), regex(pattern = PLURAL))]
    pub plural: Option<String>,
}

/// Labels and their values, as many as a selector may name.
fn labels(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "object", "maxProperties": 100,
        "additionalProperties": {"type": "string", "maxLength": 63, "pattern": LABEL_VALUE}
    })
}
