//! The views of roles and of what binds them (`rbac.authorization.k8s.io/v1`).

use serde::Deserialize;

use super::borrowed::{List, Str};
use super::mapping::Mapping;
use super::workload::LabelSelector;

/// What is read of a Role or `ClusterRole` beside its metadata.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(missing_docs, reason = "the API's own field names")]
pub struct Role<'a> {
    /// What is allowed.
    #[serde(borrow)]
    pub rules: List<Mapping<PolicyRule<'a>>>,
    #[serde(borrow)]
    pub aggregation_rule: Option<Mapping<AggregationRule<'a>>>,
}

/// `AggregationRule`: the roles whose rules the cluster copies into a `ClusterRole`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(missing_docs, reason = "the API's own field names")]
pub struct AggregationRule<'a> {
    #[serde(borrow)]
    pub cluster_role_selectors: List<Mapping<LabelSelector<'a>>>,
}

/// `PolicyRule`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(missing_docs, reason = "the API's own field names")]
pub struct PolicyRule<'a> {
    #[serde(borrow)]
    pub verbs: List<Str<'a>>,
    #[serde(borrow)]
    pub api_groups: List<Str<'a>>,
    #[serde(borrow)]
    pub resources: List<Str<'a>>,
    #[serde(borrow)]
    pub resource_names: List<Str<'a>>,
    #[serde(borrow, rename = "nonResourceURLs")]
    pub non_resource_urls: List<Str<'a>>,
}

/// What is read of a `RoleBinding` or `ClusterRoleBinding` beside its metadata.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(missing_docs, reason = "the API's own field names")]
pub struct Binding<'a> {
    #[serde(borrow)]
    pub role_ref: Option<Mapping<RoleRef<'a>>>,
    #[serde(borrow)]
    pub subjects: List<Mapping<BoundSubject<'a>>>,
}

/// `RoleRef`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(missing_docs, reason = "the API's own field names")]
pub struct RoleRef<'a> {
    #[serde(borrow)]
    pub api_group: Option<Str<'a>>,
    #[serde(borrow)]
    pub kind: Option<Str<'a>>,
    #[serde(borrow)]
    pub name: Option<Str<'a>>,
}

/// `Subject`: whom a role is given to.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(missing_docs, reason = "the API's own field names")]
pub struct BoundSubject<'a> {
    #[serde(borrow)]
    pub kind: Option<Str<'a>>,
    #[serde(borrow)]
    pub name: Option<Str<'a>>,
    #[serde(borrow)]
    pub namespace: Option<Str<'a>>,
}
