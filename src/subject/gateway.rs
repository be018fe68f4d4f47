//! The views of a `Gateway` and an `HTTPRoute` (`gateway.networking.k8s.io/v1`).

use serde::Deserialize;

use super::borrowed::{List, Str};
use super::mapping::Mapping;

/// What is read of a `Gateway` beside its metadata.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the API's own field names")]
pub struct Gateway<'a> {
    #[serde(borrow)]
    pub spec: Option<Mapping<GatewaySpec<'a>>>,
}

/// `GatewaySpec`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the API's own field names")]
pub struct GatewaySpec<'a> {
    #[serde(borrow)]
    pub listeners: List<Mapping<GatewayListener<'a>>>,
}

/// `Listener`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct GatewayListener<'a> {
    /// Its name.
    #[serde(borrow)]
    pub name: Option<Str<'a>>,
    /// The host that it takes requests for; every host where it says none.
    #[serde(borrow)]
    pub hostname: Option<Str<'a>>,
    /// `HTTP`, `HTTPS`, `TLS`, `TCP` or `UDP`.
    #[serde(borrow)]
    pub protocol: Option<Str<'a>>,
}

/// What is read of an `HTTPRoute` beside its metadata.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the API's own field names")]
pub struct HttpRoute<'a> {
    #[serde(borrow)]
    pub spec: Option<Mapping<HttpRouteSpec<'a>>>,
}

/// `HTTPRouteSpec`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct HttpRouteSpec<'a> {
    /// The hosts that it takes requests for; those of its Gateway where it says none.
    #[serde(borrow)]
    pub hostnames: List<Str<'a>>,
    /// What becomes of the requests.
    #[serde(borrow)]
    pub rules: List<Mapping<HttpRouteRule<'a>>>,
}

/// `HTTPRouteRule`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(missing_docs, reason = "the API's own field names")]
pub struct HttpRouteRule<'a> {
    #[serde(borrow)]
    pub backend_refs: List<Mapping<HttpBackendRef<'a>>>,
}

/// `HTTPBackendRef`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct HttpBackendRef<'a> {
    /// The group of the kind; that of Services where it is empty.
    #[serde(borrow)]
    pub group: Option<Str<'a>>,
    /// The kind; `Service` where it is left out.
    #[serde(borrow)]
    pub kind: Option<Str<'a>>,
    /// The name.
    #[serde(borrow)]
    pub name: Option<Str<'a>>,
    /// The namespace; that of the route where it is left out.
    #[serde(borrow)]
    pub namespace: Option<Str<'a>>,
    /// The number of the Service's port.
    pub port: Option<i32>,
}
