//! How policies and exceptions stand, as it is written into them.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::rules::Mode;

/// How a policy stands.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct DeployPolicyStatus {
    /// The generation of the policy that all this is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
    /// The mode of its rules that set none, as far as the server lets it act.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mode: Option<Mode>,
    /// How many of its rules are in force.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rules_in_force: Option<i32>,
    /// The rules in force, by id.
    pub rules: Vec<String>,
    /// What of it is not in force, and why.
    pub not_in_force: Vec<String>,
    /// Conditions, of which `Ready` says whether all of it is in force.
    #[schemars(extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["type"]))]
    pub conditions: Vec<Condition>,
}

/// How an exception stands.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct PolicyExceptionStatus {
    /// The generation of the exception that all this is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
    /// Conditions, of which `Ready` says whether it excuses.
    #[schemars(extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["type"]))]
    pub conditions: Vec<Condition>,
}
