//! The view of a Service (`core/v1`).

use serde::Deserialize;

use super::borrowed::{List, Map, Str};
use super::mapping::Mapping;
use super::scalar::IntOrString;

/// What is read of a Service beside its metadata.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(missing_docs, reason = "the API's own field names")]
pub struct Service<'a> {
    #[serde(borrow)]
    pub spec: Option<Mapping<ServiceSpec<'a>>>,
}

/// `ServiceSpec`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(missing_docs, reason = "the API's own field names")]
pub struct ServiceSpec<'a> {
    /// `ClusterIP`, `NodePort`, `LoadBalancer` or `ExternalName`.
    #[serde(borrow, rename = "type")]
    pub kind: Option<Str<'a>>,
    #[serde(borrow)]
    pub external_name: Option<Str<'a>>,
    #[serde(borrow, rename = "externalIPs")]
    pub external_ips: List<Str<'a>>,
    #[serde(borrow)]
    pub load_balancer_source_ranges: List<Str<'a>>,
    #[serde(borrow)]
    pub ports: List<Mapping<ServicePort<'a>>>,
    #[serde(borrow)]
    pub selector: Map<'a, Str<'a>>,
}

/// `ServicePort`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(missing_docs, reason = "the API's own field names")]
pub struct ServicePort<'a> {
    #[serde(borrow)]
    pub name: Option<Str<'a>>,
    #[serde(borrow)]
    pub app_protocol: Option<Str<'a>>,
    #[serde(borrow)]
    pub protocol: Option<Str<'a>>,
    pub port: Option<i32>,
    /// The port of the pods, by number or by name; that of the Service where it is left out.
    #[serde(borrow)]
    pub target_port: Option<IntOrString<'a>>,
}
