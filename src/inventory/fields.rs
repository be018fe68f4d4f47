//! The fields that are read of objects that neighbours are known from, as they stand in them.

use serde::Deserialize;
use serde::de::{IgnoredAny, MapAccess, SeqAccess};

use super::pod_fields::{Container, PodSpec, Volume};
use super::selecting::{AnySelector, Labels, Selector};
use super::tolerant::{Tolerant, tolerant, tolerant_structs};

/// Who an object is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Identity {
    /// Its name.
    #[serde(deserialize_with = "tolerant")]
    pub name: Option<String>,
    /// Its namespace.
    #[serde(deserialize_with = "tolerant")]
    pub namespace: Option<String>,
    /// Which state of it this is.
    #[serde(deserialize_with = "tolerant")]
    pub resource_version: Option<String>,
    /// What tells it from one of the same name before.
    #[serde(deserialize_with = "tolerant")]
    pub uid: Option<String>,
    #[serde(deserialize_with = "tolerant")]
    pub(super) labels: Labels,
    #[serde(deserialize_with = "tolerant")]
    pub(super) owner_references: Vec<Owner>,
}

/// The fields, of all kinds together: no two of them mean different things by one.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Fields {
    #[serde(deserialize_with = "tolerant")]
    pub(super) metadata: Identity,
    #[serde(deserialize_with = "tolerant")]
    pub(super) data: Names,
    #[serde(deserialize_with = "tolerant")]
    pub(super) binary_data: Names,
    #[serde(deserialize_with = "tolerant")]
    pub(super) string_data: Names,
    #[serde(deserialize_with = "tolerant")]
    pub(super) spec: Spec,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Spec {
    /// Of an `ExternalSecret`.
    #[serde(deserialize_with = "tolerant")]
    pub(super) target: Named,
    /// Of a `SealedSecret`, of what runs pods, and of a schedule of backups.
    #[serde(deserialize_with = "tolerant")]
    pub(super) template: Template,
    /// Of a `CronJob`.
    #[serde(deserialize_with = "tolerant")]
    pub(super) job_template: JobTemplate,
    /// Of a Pod.
    #[serde(deserialize_with = "tolerant")]
    pub(super) containers: Vec<Container>,
    #[serde(deserialize_with = "tolerant")]
    pub(super) init_containers: Vec<Container>,
    #[serde(deserialize_with = "tolerant")]
    pub(super) volumes: Vec<Volume>,
    /// Of what runs pods.
    #[serde(deserialize_with = "tolerant")]
    pub(super) replicas: Option<i64>,
    /// Of a Certificate.
    #[serde(deserialize_with = "tolerant")]
    pub(super) secret_name: Option<String>,
    /// Of a `SecretProviderClass`.
    #[serde(deserialize_with = "tolerant")]
    pub(super) secret_objects: Vec<SecretObject>,
    /// Of what Vault's operator reads.
    #[serde(deserialize_with = "tolerant")]
    pub(super) destination: Named,
    /// Of an autoscaler.
    #[serde(deserialize_with = "tolerant")]
    pub(super) scale_target_ref: TargetRef,
    /// Of a `PodDisruptionBudget`.
    #[serde(deserialize_with = "tolerant")]
    pub(super) selector: AnySelector,
    /// Of a `NetworkPolicy`.
    #[serde(deserialize_with = "tolerant")]
    pub(super) pod_selector: Option<Selector>,
    /// Of Cilium's.
    #[serde(deserialize_with = "tolerant")]
    pub(super) endpoint_selector: Option<Selector>,
    /// Of a `NetworkPolicy`.
    #[serde(deserialize_with = "tolerant")]
    pub(super) policy_types: Vec<Option<String>>,
    /// Of a Service.
    #[serde(deserialize_with = "tolerant")]
    pub(super) ports: Vec<Port>,
    #[serde(deserialize_with = "tolerant")]
    pub(super) external_name: Option<String>,
    #[serde(rename = "clusterIP", deserialize_with = "tolerant")]
    pub(super) cluster_ip: Option<String>,
    /// Of a `ServiceMonitor`.
    #[serde(deserialize_with = "tolerant")]
    pub(super) endpoints: Vec<Endpoint>,
    /// Of a `PodMonitor`.
    #[serde(deserialize_with = "tolerant")]
    pub(super) pod_metrics_endpoints: Vec<Endpoint>,
    #[serde(deserialize_with = "tolerant")]
    pub(super) namespace_selector: NamespaceChoice,
    /// Of a `PrometheusRule`.
    #[serde(deserialize_with = "tolerant")]
    pub(super) groups: Vec<RuleGroup>,
    /// Of what takes snapshots of volumes.
    #[serde(deserialize_with = "tolerant")]
    pub(super) claim_selector: Option<Selector>,
    /// Of an Ingress.
    #[serde(deserialize_with = "tolerant")]
    pub(super) rules: Vec<HostRule>,
    /// Whether they are there.
    #[serde(deserialize_with = "tolerant")]
    pub(super) ingress: Present,
    #[serde(deserialize_with = "tolerant")]
    pub(super) egress: Present,
}

/// Whether a list is there.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Present(pub(super) bool);

impl Tolerant for Present {
    fn list<'de, A: SeqAccess<'de>>(mut list: A) -> Result<Self, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Self(true))
    }
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Template {
    #[serde(deserialize_with = "tolerant")]
    pub(super) metadata: TemplateMeta,
    #[serde(deserialize_with = "tolerant")]
    pub(super) spec: PodSpec,
    /// Of a schedule of backups.
    #[serde(deserialize_with = "tolerant")]
    pub(super) included_namespaces: Vec<Option<String>>,
    #[serde(deserialize_with = "tolerant")]
    pub(super) excluded_namespaces: Vec<Option<String>>,
    #[serde(deserialize_with = "tolerant")]
    pub(super) label_selector: Option<Selector>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct JobTemplate {
    #[serde(deserialize_with = "tolerant")]
    pub(super) spec: JobSpec,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct JobSpec {
    #[serde(deserialize_with = "tolerant")]
    pub(super) template: Template,
}

/// A place from which a monitor takes metrics.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Endpoint {
    #[serde(deserialize_with = "tolerant")]
    pub(super) port: Option<String>,
}

/// The namespaces in which a monitor looks.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct NamespaceChoice {
    #[serde(deserialize_with = "tolerant")]
    pub(super) any: Option<bool>,
    #[serde(deserialize_with = "tolerant")]
    pub(super) match_names: Vec<Option<String>>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct RuleGroup {
    #[serde(deserialize_with = "tolerant")]
    pub(super) rules: Vec<AlertOrRecord>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct AlertOrRecord {
    #[serde(deserialize_with = "tolerant")]
    pub(super) alert: Option<String>,
}

/// Who made an object.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Owner {
    #[serde(deserialize_with = "tolerant")]
    pub(super) api_version: Option<String>,
    #[serde(deserialize_with = "tolerant")]
    pub(super) kind: Option<String>,
    #[serde(deserialize_with = "tolerant")]
    pub(super) controller: Option<bool>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct TemplateMeta {
    #[serde(deserialize_with = "tolerant")]
    pub(super) name: Option<String>,
    #[serde(deserialize_with = "tolerant")]
    pub(super) labels: Labels,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Named {
    #[serde(deserialize_with = "tolerant")]
    pub(super) name: Option<String>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct SecretObject {
    #[serde(deserialize_with = "tolerant")]
    pub(super) secret_name: Option<String>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Port {
    #[serde(deserialize_with = "tolerant")]
    pub(super) name: Option<String>,
    #[serde(deserialize_with = "tolerant")]
    pub(super) port: Option<i64>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct HostRule {
    #[serde(deserialize_with = "tolerant")]
    pub(super) host: Option<String>,
}

/// What an autoscaler says of the object that it decides about.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct TargetRef {
    #[serde(deserialize_with = "tolerant")]
    pub(super) api_version: Option<String>,
    #[serde(deserialize_with = "tolerant")]
    pub(super) kind: Option<String>,
    #[serde(deserialize_with = "tolerant")]
    pub(super) name: Option<String>,
}

tolerant_structs!(
    Identity,
    Fields,
    Spec,
    Template,
    TemplateMeta,
    JobTemplate,
    JobSpec,
    Endpoint,
    NamespaceChoice,
    RuleGroup,
    AlertOrRecord,
    Owner,
    Named,
    SecretObject,
    Port,
    HostRule,
    TargetRef
);

/// The keys of a mapping.
#[derive(Debug, Clone, Default)]
pub(super) struct Names(pub(super) Vec<String>);

impl Tolerant for Names {
    fn mapping<'de, A: MapAccess<'de>>(mut map: A) -> Result<Self, A::Error> {
        let mut names = Vec::new();
        while let Some((name, IgnoredAny)) = map.next_entry()? {
            names.push(name);
        }
        Ok(Self(names))
    }
}
