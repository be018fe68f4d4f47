//! The view of probes and lifecycle hooks: what is run and where is connected to.

use serde::Deserialize;

use super::borrowed::{List, Secretive, Str};
use super::mapping::Mapping;
use super::scalar::IntOrString;

/// `Probe`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(missing_docs, reason = "the API's own field names")]
pub struct Probe<'a> {
    #[serde(borrow)]
    pub exec: Option<Mapping<ExecAction<'a>>>,
    #[serde(borrow)]
    pub http_get: Option<Mapping<HttpGetAction<'a>>>,
    #[serde(borrow)]
    pub tcp_socket: Option<Mapping<TcpSocketAction<'a>>>,
    #[serde(borrow)]
    pub grpc: Option<Mapping<GrpcAction<'a>>>,
    pub failure_threshold: Option<i32>,
    pub period_seconds: Option<i32>,
}

/// `LifecycleHandler`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(missing_docs, reason = "the API's own field names")]
pub struct Hook<'a> {
    #[serde(borrow)]
    pub exec: Option<Mapping<ExecAction<'a>>>,
    #[serde(borrow)]
    pub http_get: Option<Mapping<HttpGetAction<'a>>>,
    #[serde(borrow)]
    pub tcp_socket: Option<Mapping<TcpSocketAction<'a>>>,
}

/// `Lifecycle`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(missing_docs, reason = "the API's own field names")]
pub struct Lifecycle<'a> {
    #[serde(borrow)]
    pub post_start: Option<Mapping<Hook<'a>>>,
    #[serde(borrow)]
    pub pre_stop: Option<Mapping<Hook<'a>>>,
}

/// `ExecAction`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ExecAction<'a> {
    /// What is run in the container, without a shell.
    #[serde(borrow)]
    pub command: List<Secretive<'a>>,
}

/// `HTTPGetAction`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(missing_docs, reason = "the API's own field names")]
pub struct HttpGetAction<'a> {
    /// The host that the kubelet connects to; the pod's own address when absent.
    #[serde(borrow)]
    pub host: Option<Str<'a>>,
    #[serde(borrow)]
    pub port: Option<IntOrString<'a>>,
    /// Its query may hold a token.
    #[serde(borrow)]
    pub path: Option<Secretive<'a>>,
    #[serde(borrow)]
    pub scheme: Option<Str<'a>>,
    #[serde(borrow)]
    pub protocol: Option<Str<'a>>,
    #[serde(borrow)]
    pub http_headers: List<Mapping<HttpHeader<'a>>>,
}

/// `HTTPHeader`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(missing_docs, reason = "the API's own field names")]
pub struct HttpHeader<'a> {
    #[serde(borrow)]
    pub name: Option<Str<'a>>,
    #[serde(borrow)]
    pub value: Option<Secretive<'a>>,
}

/// `TCPSocketAction`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(missing_docs, reason = "the API's own field names")]
pub struct TcpSocketAction<'a> {
    /// The host that the kubelet connects to; the pod's own address when absent.
    #[serde(borrow)]
    pub host: Option<Str<'a>>,
    #[serde(borrow)]
    pub port: Option<IntOrString<'a>>,
}

/// `GRPCAction`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct GrpcAction<'a> {
    /// The port's number: it can have no name.
    pub port: Option<i32>,
    /// What is asked for.
    #[serde(borrow)]
    pub service: Option<Str<'a>>,
    /// `TLS` or `Plaintext`.
    #[serde(borrow)]
    pub mode: Option<Str<'a>>,
}
