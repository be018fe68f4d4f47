//! What registers the webhook: the printed object, and the URL in it.

use std::net::SocketAddr;

use thiserror::Error;

use crate::policy::Snapshot;
use crate::serve::configuration::configuration;
use crate::subject::is_dns_label;

/// The object cannot be written.
#[derive(Debug, Error)]
#[error("cannot write the configuration as YAML: {0}")]
pub(super) struct NoYaml(String);

/// The object that registers the webhook, below a comment with the authority.
pub(super) fn configuration_text(
    url: &str,
    authority: Option<&str>,
    snapshot: &Snapshot,
    own_namespace: Option<&str>,
) -> Result<String, NoYaml> {
    let object = configuration(url, authority, snapshot, own_namespace);
    let yaml = serde_saphyr::to_string(&object).map_err(|error| NoYaml(error.to_string()))?;
    let comment = authority.map_or_else(String::new, |pem| {
        let lines = pem.trim_end().replace('\n', "\n# ");
        format!("# The certificate authority, as in caBundle:\n# {lines}\n")
    });
    Ok(format!("{comment}{yaml}"))
}

/// Where Kubernetes says in every Pod which namespace it is in.
const NAMESPACE_FILE: &str = "/var/run/secrets/kubernetes.io/serviceaccount/namespace";

/// The namespace of the Pod that this runs in; none outside of one.
pub(super) fn namespace_of_pod() -> Option<String> {
    let text = std::fs::read_to_string(NAMESPACE_FILE).ok()?;
    namespace(text.trim()).ok()
}

/// A name that a namespace can have.
pub(super) fn namespace(text: &str) -> Result<String, String> {
    if is_dns_label(text) {
        return Ok(text.to_owned());
    }
    Err("no namespace has such a name; write lower-case letters, digits and `-`".to_owned())
}

/// The address to put into a URL for a socket that listens everywhere.
pub(super) fn reachable(address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        SocketAddr::from(([127, 0, 0, 1], address.port()))
    } else {
        address
    }
}

/// A URL that the API server takes, with the path at which the webhook answers.
pub(super) fn webhook_url(text: &str) -> Result<String, String> {
    let url: axum::http::Uri = text.parse().map_err(|_| "not a URL".to_owned())?;
    if url.scheme_str() != Some("https") || url.host().is_none_or(str::is_empty) {
        return Err("the API server calls only https; write https://HOST:PORT/validate".to_owned());
    }
    let authority = url.authority().map_or("", |authority| authority.as_str());
    if authority.contains('@') || text.contains('#') {
        let text = "the API server takes no user and no fragment; write https://HOST:PORT/validate";
        return Err(text.to_owned());
    }
    let has_port = authority.rsplit(':').next().is_some_and(|port| port != authority)
        && !authority.ends_with(']');
    if has_port && url.port_u16().is_none_or(|port| port == 0) {
        return Err("a port is a number from 1 to 65535".to_owned());
    }
    match (url.path(), url.query()) {
        ("/validate", None) => Ok(text.to_owned()),
        ("/" | "", None) => Ok(format!("{}/validate", text.trim_end_matches('/'))),
        _ => Err("the webhook answers at /validate; write https://HOST:PORT/validate".to_owned()),
    }
}

/// The host of a URL, without port, path or brackets.
pub(super) fn host_of(url: &str) -> Option<String> {
    let url: axum::http::Uri = url.parse().ok()?;
    Some(url.host()?.trim_matches(['[', ']']).to_owned())
}
