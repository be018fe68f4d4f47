//! What registers the webhook: the printed object, and the namespace of a Pod.

use std::net::SocketAddr;

use thiserror::Error;

use crate::cluster::registration::{Registration, configuration};
use crate::policy::Snapshot;
use crate::subject::is_dns_label;

/// The object cannot be written.
#[derive(Debug, Error)]
#[error("cannot write the configuration as YAML: {0}")]
pub(super) struct NoYaml(String);

/// The object that registers the webhook, below a comment with the authority.
pub(super) fn configuration_text(
    registration: &Registration,
    authority: Option<&str>,
    snapshot: &Snapshot,
) -> Result<String, NoYaml> {
    let object = configuration(registration, authority, snapshot);
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
