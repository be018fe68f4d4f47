//! Which traffic reaches a workload.

mod behind;
pub(super) mod container_ports;
pub(super) mod dangling_ingress;
pub(super) mod dangling_network_policy;
pub(super) mod dangling_service;
pub(super) mod external_ips;
pub(super) mod external_name;
mod gateway;
pub(super) mod ingress_headers;
pub(super) mod ingress_host_conflict;
pub(super) mod ingress_limits;
pub(super) mod ingress_snippets;
pub(super) mod ingress_tls;
pub(super) mod ingress_wildcard_host;
pub(super) mod network_policy;
mod served;
pub(super) mod service_exposure;
pub(super) mod service_target_port;

use super::{Fact, Reach};
use crate::subject::ServiceSpec;

/// That `what` is open, port by port: to open one more is to open more.
fn at_each_port<'s>(
    what: &'s str,
    spec: &'s ServiceSpec<'_>,
) -> impl Iterator<Item = Fact> + use<'s> {
    let at_port = move |port: &crate::subject::ServicePort<'_>| {
        let number = port.port.unwrap_or_default().to_string();
        Fact::new(Reach::object(), [what, port.protocol.as_deref().unwrap_or("TCP"), &number])
    };
    let itself = Fact::new(Reach::object(), [what]);
    std::iter::once(itself).chain(spec.ports.iter().map(move |port| at_port(&port.0)))
}
