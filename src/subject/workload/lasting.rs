//! Workloads that keep pods running (`apps/v1`, and `ReplicationController` of `core/v1`).

use serde::Deserialize;

use crate::subject::borrowed::{List, Map, Str};
use crate::subject::mapping::Mapping;
use crate::subject::pod::{PodTemplateSpec, ResourceRequirements};
use crate::subject::scalar::IntOrString;

type Template<'a> = Option<Mapping<PodTemplateSpec<'a>>>;

/// `DeploymentSpec`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(missing_docs, reason = "the API's own field names")]
pub struct DeploymentSpec<'a> {
    pub replicas: Option<i32>,
    #[serde(borrow)]
    pub selector: Option<Mapping<LabelSelector<'a>>>,
    #[serde(borrow)]
    pub template: Template<'a>,
    #[serde(borrow)]
    pub strategy: Option<Mapping<Strategy<'a>>>,
    pub min_ready_seconds: Option<i32>,
    pub progress_deadline_seconds: Option<i32>,
    pub revision_history_limit: Option<i32>,
}

/// `ReplicaSetSpec`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(missing_docs, reason = "the API's own field names")]
pub struct ReplicaSetSpec<'a> {
    pub replicas: Option<i32>,
    #[serde(borrow)]
    pub selector: Option<Mapping<LabelSelector<'a>>>,
    #[serde(borrow)]
    pub template: Template<'a>,
    pub min_ready_seconds: Option<i32>,
}

/// `StatefulSetSpec`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(missing_docs, reason = "the API's own field names")]
pub struct StatefulSetSpec<'a> {
    pub replicas: Option<i32>,
    #[serde(borrow)]
    pub selector: Option<Mapping<LabelSelector<'a>>>,
    #[serde(borrow)]
    pub template: Template<'a>,
    #[serde(borrow)]
    pub update_strategy: Option<Mapping<Strategy<'a>>>,
    #[serde(borrow)]
    pub service_name: Option<Str<'a>>,
    #[serde(borrow)]
    pub volume_claim_templates: List<Mapping<ClaimTemplate<'a>>>,
    pub min_ready_seconds: Option<i32>,
    pub revision_history_limit: Option<i32>,
}

/// `DaemonSetSpec`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(missing_docs, reason = "the API's own field names")]
pub struct DaemonSetSpec<'a> {
    #[serde(borrow)]
    pub selector: Option<Mapping<LabelSelector<'a>>>,
    #[serde(borrow)]
    pub template: Template<'a>,
    #[serde(borrow)]
    pub update_strategy: Option<Mapping<Strategy<'a>>>,
    pub min_ready_seconds: Option<i32>,
    pub revision_history_limit: Option<i32>,
}

/// `ReplicationControllerSpec`, whose selector is a plain mapping.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(missing_docs, reason = "the API's own field names")]
pub struct ReplicationControllerSpec<'a> {
    pub replicas: Option<i32>,
    #[serde(borrow)]
    pub selector: Map<'a, Str<'a>>,
    #[serde(borrow)]
    pub template: Template<'a>,
    pub min_ready_seconds: Option<i32>,
}

/// `DeploymentStrategy`, `StatefulSetUpdateStrategy` and `DaemonSetUpdateStrategy`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(missing_docs, reason = "the API's own field names")]
pub struct Strategy<'a> {
    /// `RollingUpdate`, `Recreate` or `OnDelete`.
    #[serde(borrow, rename = "type")]
    pub kind: Option<Str<'a>>,
    #[serde(borrow)]
    pub rolling_update: Option<Mapping<RollingUpdate<'a>>>,
}

/// `RollingUpdateDeployment` and its like.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct RollingUpdate<'a> {
    /// How many pods may be away at once: a number or a share.
    #[serde(borrow)]
    pub max_unavailable: Option<IntOrString<'a>>,
}

/// `LabelSelector`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(missing_docs, reason = "the API's own field names")]
pub struct LabelSelector<'a> {
    #[serde(borrow)]
    pub match_labels: Map<'a, Str<'a>>,
    #[serde(borrow)]
    pub match_expressions: List<Mapping<LabelSelectorRequirement<'a>>>,
}

/// `LabelSelectorRequirement`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(missing_docs, reason = "the API's own field names")]
pub struct LabelSelectorRequirement<'a> {
    #[serde(borrow)]
    pub key: Option<Str<'a>>,
    #[serde(borrow)]
    pub operator: Option<Str<'a>>,
    #[serde(borrow)]
    pub values: List<Str<'a>>,
}

impl LabelSelector<'_> {
    /// Whether it selects what has these labels.
    pub fn selects<'l>(&self, label: impl Fn(&str) -> Option<&'l str>) -> bool {
        let mut of_labels = self.match_labels.iter();
        of_labels.all(|(key, value)| label(key) == Some(value.as_str()))
            && self
                .match_expressions
                .iter()
                .all(|asked| asked.is_fulfilled_by(label(asked.key.as_deref().unwrap_or_default())))
    }

    /// How many elements it has.
    pub fn elements(&self) -> usize {
        let of_values = self.match_expressions.iter().map(|asked| 1 + asked.values.len());
        self.match_labels.iter().count() + of_values.sum::<usize>()
    }
}

impl LabelSelectorRequirement<'_> {
    /// Whether a label is as it asks; none is as one asks that there is not.
    pub fn is_fulfilled_by(&self, label: Option<&str>) -> bool {
        let is_among = |label: &str| self.values.iter().any(|value| value.as_str() == label);
        match self.operator.as_deref() {
            Some("In") => label.is_some_and(is_among),
            Some("NotIn") => !label.is_some_and(is_among),
            Some("Exists") => label.is_some(),
            Some("DoesNotExist") => label.is_none(),
            _ => false,
        }
    }
}

/// `PersistentVolumeClaim`, as a template.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(missing_docs, reason = "the API's own field names")]
pub struct ClaimTemplate<'a> {
    #[serde(borrow)]
    pub metadata: Option<Mapping<ClaimMeta<'a>>>,
    #[serde(borrow)]
    pub spec: Option<Mapping<ClaimSpec<'a>>>,
}

/// The part of a claim template's `ObjectMeta` that is read.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the API's own field names")]
pub struct ClaimMeta<'a> {
    #[serde(borrow)]
    pub name: Option<Str<'a>>,
}

/// `PersistentVolumeClaimSpec`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(missing_docs, reason = "the API's own field names")]
pub struct ClaimSpec<'a> {
    #[serde(borrow)]
    pub access_modes: List<Str<'a>>,
    #[serde(borrow)]
    pub storage_class_name: Option<Str<'a>>,
    #[serde(borrow)]
    pub resources: Option<Mapping<ResourceRequirements<'a>>>,
}
