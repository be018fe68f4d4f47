//! Upstream's check `hostPorts` (baseline, 1.0).

use crate::rules::{
    Case, Checked, Evidence, Fact, Finding, Findings, Meta, NoParams, Reach, Remedy, Rule, Severity,
};
use crate::subject::{ContainerPort, ContainerRef};

#[doc = include_str!("host_ports.md")]
pub struct HostPorts;

impl Rule for HostPorts {
    type Params = NoParams;
    const META: Meta = Meta {
        id: "host-ports",
        severity: Severity::High,
        checklist: "No container takes a port of its node.",
        rows: &["M26"],
        page: include_str!("host_ports.md"),
    };

    fn check(case: &Case<'_, '_>, _: &NoParams, found: &mut Findings<'_>) -> Checked {
        for c in case.pod.containers() {
            for (index, port) in c.spec.ports.iter().enumerate() {
                found.spend(1)?;
                let Some(host_port) = taken(case, port) else { continue };
                let at = c.at(&["ports"]).index(index).key("hostPort");
                let message = format!("{c} takes port {host_port} of its node");
                let remedy = match port.host_port {
                    Some(1..) => Remedy::remove(at.clone()),
                    _ => Remedy::Advice(format!(
                        "remove {}, under which the API server sets {at}",
                        case.pod.at(&["hostNetwork"])
                    )),
                };
                let evidence = Evidence::new([entry(&c, port, host_port)]);
                found.add(Finding::of(&c, at, message, remedy, evidence))?;
            }
        }
        Ok(())
    }
}

/// The port of the node that `port` takes.
///
/// On the network of the node the API server fills it in (`defaultHostNetworkPorts`): in Pods,
/// and since 1.28 not in templates of them. Manifests are not filled in yet.
fn taken(case: &Case<'_, '_>, port: &ContainerPort<'_>) -> Option<i32> {
    let is_filled_in = !case.subject.is_defaulted
        && case.subject.kind.is_pod()
        && case.pod.spec.host_network == Some(true);
    let own = port.host_port.filter(|&p| p != 0);
    own.or_else(|| port.container_port.filter(|&p| is_filled_in && p != 0))
}

/// The whole entry; a port on every address of the node is worse than one on a single address.
fn entry(c: &ContainerRef<'_, '_>, port: &ContainerPort<'_>, host_port: i32) -> Fact {
    let address = port.host_ip.as_deref().unwrap_or_default();
    let protocol = port.protocol.as_deref().filter(|p| !p.is_empty()).unwrap_or("TCP");
    let (host_port, container_port) =
        (host_port.to_string(), port.container_port.unwrap_or_default().to_string());
    let fact = Fact::new(Reach::one(c), [&*host_port, &*container_port, protocol]);
    // On every address but some: on all of them it spares none, on one it spares all others.
    let spared = Some(address).filter(|a| !matches!(*a, "" | "0.0.0.0" | "::"));
    fact.all_but(spared)
}
