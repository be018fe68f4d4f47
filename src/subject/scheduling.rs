//! The view of what a pod says of the nodes that it may run on.

use serde::Deserialize;

use super::borrowed::{List, Str};
use super::mapping::Mapping;

/// `Toleration`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Toleration<'a> {
    /// The taint; every taint where it is empty.
    #[serde(borrow)]
    pub key: Option<Str<'a>>,
    /// What the taint would do; all of it where it is empty.
    #[serde(borrow)]
    pub effect: Option<Str<'a>>,
}

/// `TopologySpreadConstraint`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct TopologySpreadConstraint<'a> {
    /// The label of nodes over whose values the pods are spread.
    #[serde(borrow)]
    pub topology_key: Option<Str<'a>>,
}

/// `Affinity`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Affinity<'a> {
    /// Which pods it is to be away from.
    #[serde(borrow)]
    pub pod_anti_affinity: Option<Mapping<PodAntiAffinity<'a>>>,
}

/// `PodAntiAffinity`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct PodAntiAffinity<'a> {
    /// From which it has to be.
    #[serde(borrow, rename = "requiredDuringSchedulingIgnoredDuringExecution")]
    pub required: List<Mapping<PodAffinityTerm<'a>>>,
    /// From which it is where that is possible.
    #[serde(borrow, rename = "preferredDuringSchedulingIgnoredDuringExecution")]
    pub preferred: List<Mapping<WeightedPodAffinityTerm<'a>>>,
}

/// `WeightedPodAffinityTerm`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct WeightedPodAffinityTerm<'a> {
    /// The term.
    #[serde(borrow)]
    pub pod_affinity_term: Option<Mapping<PodAffinityTerm<'a>>>,
}

/// `PodAffinityTerm`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PodAffinityTerm<'a> {
    /// The label of nodes that makes them one place.
    #[serde(borrow)]
    pub topology_key: Option<Str<'a>>,
}
