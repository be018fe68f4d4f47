//! The views of what keeps pods in number: `PodDisruptionBudget` (`policy/v1`) and
//! `HorizontalPodAutoscaler` (`autoscaling/v2`).

use serde::Deserialize;

use super::borrowed::Str;
use super::mapping::Mapping;
use super::scalar::IntOrString;
use super::workload::LabelSelector;

/// What is read of a `PodDisruptionBudget` beside its metadata.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the API's own field names")]
pub struct PodDisruptionBudget<'a> {
    #[serde(borrow)]
    pub spec: Option<Mapping<PodDisruptionBudgetSpec<'a>>>,
}

/// `PodDisruptionBudgetSpec`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(missing_docs, reason = "the API's own field names")]
pub struct PodDisruptionBudgetSpec<'a> {
    #[serde(borrow)]
    pub max_unavailable: Option<IntOrString<'a>>,
    #[serde(borrow)]
    pub min_available: Option<IntOrString<'a>>,
    #[serde(borrow)]
    pub selector: Option<Mapping<LabelSelector<'a>>>,
    #[serde(borrow)]
    pub unhealthy_pod_eviction_policy: Option<Str<'a>>,
}

/// What is read of a `HorizontalPodAutoscaler` beside its metadata.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the API's own field names")]
pub struct HorizontalPodAutoscaler<'a> {
    #[serde(borrow)]
    pub spec: Option<Mapping<HorizontalPodAutoscalerSpec<'a>>>,
}

/// `HorizontalPodAutoscalerSpec`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct HorizontalPodAutoscalerSpec<'a> {
    /// The most replicas that it makes.
    pub max_replicas: Option<i32>,
    /// The fewest; one where it is not written.
    pub min_replicas: Option<i32>,
    /// What it decides about.
    #[serde(borrow)]
    pub scale_target_ref: Option<Mapping<ScaleTargetRef<'a>>>,
}

/// `CrossVersionObjectReference`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(missing_docs, reason = "the API's own field names")]
pub struct ScaleTargetRef<'a> {
    #[serde(borrow)]
    pub api_version: Option<Str<'a>>,
    #[serde(borrow)]
    pub kind: Option<Str<'a>>,
    #[serde(borrow)]
    pub name: Option<Str<'a>>,
}
