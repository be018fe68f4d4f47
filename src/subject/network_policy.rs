//! The view of a `NetworkPolicy` (`networking.k8s.io/v1`).

use serde::Deserialize;

use super::mapping::Mapping;
use super::workload::LabelSelector;

/// What is read of a `NetworkPolicy` beside its metadata.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the API's own field names")]
pub struct NetworkPolicy<'a> {
    #[serde(borrow)]
    pub spec: Option<Mapping<NetworkPolicySpec<'a>>>,
}

/// `NetworkPolicySpec`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct NetworkPolicySpec<'a> {
    /// Which pods it is about; all of them where it says nothing.
    #[serde(borrow)]
    pub pod_selector: Option<Mapping<LabelSelector<'a>>>,
}
