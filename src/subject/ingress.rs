//! The view of an Ingress (`networking.k8s.io/v1`).

use serde::Deserialize;

use super::borrowed::{List, Str};
use super::mapping::Mapping;

/// What is read of an Ingress beside its metadata.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(missing_docs, reason = "the API's own field names")]
pub struct Ingress<'a> {
    #[serde(borrow)]
    pub spec: Option<Mapping<IngressSpec<'a>>>,
}

/// `IngressSpec`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(missing_docs, reason = "the API's own field names")]
pub struct IngressSpec<'a> {
    #[serde(borrow)]
    pub ingress_class_name: Option<Str<'a>>,
    #[serde(borrow)]
    pub default_backend: Option<Mapping<IngressBackend<'a>>>,
    #[serde(borrow)]
    pub tls: List<Mapping<IngressTls<'a>>>,
    #[serde(borrow)]
    pub rules: List<Mapping<IngressRule<'a>>>,
}

/// `IngressTLS`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct IngressTls<'a> {
    /// The hosts of the certificate; every host where there are none.
    #[serde(borrow)]
    pub hosts: List<Str<'a>>,
}

/// `IngressRule`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(missing_docs, reason = "the API's own field names")]
pub struct IngressRule<'a> {
    /// Every host where it is empty.
    #[serde(borrow)]
    pub host: Option<Str<'a>>,
    #[serde(borrow)]
    pub http: Option<Mapping<HttpIngressRuleValue<'a>>>,
}

/// `HTTPIngressRuleValue`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(missing_docs, reason = "the API's own field names")]
pub struct HttpIngressRuleValue<'a> {
    #[serde(borrow)]
    pub paths: List<Mapping<HttpIngressPath<'a>>>,
}

/// `HTTPIngressPath`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(missing_docs, reason = "the API's own field names")]
pub struct HttpIngressPath<'a> {
    #[serde(borrow)]
    pub path: Option<Str<'a>>,
    #[serde(borrow)]
    pub backend: Option<Mapping<IngressBackend<'a>>>,
}

/// `IngressBackend`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(missing_docs, reason = "the API's own field names")]
pub struct IngressBackend<'a> {
    #[serde(borrow)]
    pub service: Option<Mapping<IngressServiceBackend<'a>>>,
}

/// `IngressServiceBackend`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(missing_docs, reason = "the API's own field names")]
pub struct IngressServiceBackend<'a> {
    #[serde(borrow)]
    pub name: Option<Str<'a>>,
    #[serde(borrow)]
    pub port: Option<Mapping<ServiceBackendPort<'a>>>,
}

/// `ServiceBackendPort`: a name or a number.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(missing_docs, reason = "the API's own field names")]
pub struct ServiceBackendPort<'a> {
    #[serde(borrow)]
    pub name: Option<Str<'a>>,
    pub number: Option<i32>,
}
