//! Upstream's check `hostPorts` (baseline, 1.0).

use std::borrow::Cow;
// An address as text: nothing here has to do with a network.
use core::net::IpAddr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::rules::{
    BadValue, Checked, Context, Evidence, Fact, Finding, Findings, Params, Reach, Remedy, Rule,
    RuleDescription, Severity, Standard, Text,
};
use crate::subject::{ContainerPort, ContainerRef, ContainerRole, Pod, Pods};

#[doc = include_str!("host_ports.md")]
pub(crate) struct HostPorts;

/// Which ports of the node may be taken.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct HostPortsParams {
    /// The ports, from one to another; none by default, as Pod Security has it.
    #[schemars(length(max = 50))]
    pub allowed: Vec<PortRange>,
}

/// Ports from one to another.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PortRange {
    /// The lowest.
    #[schemars(range(min = 1, max = 65535))]
    pub min: i32,
    /// The highest.
    #[schemars(range(min = 1, max = 65535))]
    pub max: i32,
}

impl Params for HostPortsParams {
    fn problems(&self) -> Vec<BadValue> {
        let is_bad =
            |range: &PortRange| range.min < 1 || range.max < range.min || range.max > 65535;
        let wrong = self.allowed.iter().enumerate().filter(|(_, range)| is_bad(range));
        let reason = "must go from 1 or more to 65535 at most, upwards";
        wrong
            .map(|(index, _)| BadValue {
                parameter: "allowed",
                element: Some(index),
                reason: reason.to_owned(),
            })
            .collect()
    }
}

impl HostPortsParams {
    fn allow(&self, port: i32) -> bool {
        self.allowed.iter().any(|range| (range.min..=range.max).contains(&port))
    }
}

impl Rule for HostPorts {
    type On = Pods;
    type Params = HostPortsParams;
    const DESCRIPTION: RuleDescription = RuleDescription {
        id: Text::Borrowed("host-ports"),
        group: Text::Borrowed("pod-security"),
        severity: Severity::High,
        checklist: Text::Borrowed("No container takes a port of its node."),
        rows: &["M26"],
        standards: &[
            Standard::PodSecurity("baseline"),
            Standard::Cis("5.2.13"),
            Standard::Cwe(668),
        ],
        page: Text::Borrowed(include_str!("host_ports.md")),
    };

    fn check(
        pod: &Pod<'_, '_>,
        params: &HostPortsParams,
        cx: &Context<'_>,
        found: &mut Findings<'_>,
    ) -> Checked {
        for c in pod.containers() {
            for (index, port) in c.spec.ports.iter().enumerate() {
                found.visit(1)?;
                let fills_in = is_filled_in(pod, &c);
                let by_default = port.container_port.filter(|_| fills_in && !cx.is_defaulted);
                let own = port.host_port.filter(|&p| p != 0);
                let Some(host_port) = own.or(by_default.filter(|&p| p != 0)) else { continue };
                if params.allow(host_port) {
                    continue;
                }
                let at = c.at(&["ports"]).index(index).key("hostPort");
                let message = format!("{c} takes port {host_port} of its node");
                let remedy = if fills_in {
                    let host_network = pod.at(&["hostNetwork"]);
                    Remedy::Advice(format!("remove {host_network}, under which {at} is always set"))
                } else {
                    Remedy::remove(at.clone())
                };
                let evidence = || Evidence::new([entry(&c, port, host_port)]);
                found.add(Finding::of(&c, at, message, remedy), evidence)?;
            }
        }
        Ok(())
    }
}

/// Whether the API server makes every `containerPort` a `hostPort` (`defaultHostNetworkPorts`): on
/// the network of the node, in Pods, and since 1.28 not in templates of them.
fn is_filled_in(pod: &Pod<'_, '_>, c: &ContainerRef<'_, '_>) -> bool {
    let is_on_node = pod.spec.host_network == Some(true);
    is_on_node && pod.is_itself() && c.role != ContainerRole::Ephemeral
}

/// The whole entry; a port on every address of the node is worse than one on a single address.
fn entry(c: &ContainerRef<'_, '_>, port: &ContainerPort<'_>, host_port: i32) -> Fact {
    let address = port.host_ip.as_deref().unwrap_or_default();
    let protocol = port.protocol.as_deref().filter(|p| !p.is_empty()).unwrap_or("TCP");
    let (host_port, container_port) =
        (host_port.to_string(), port.container_port.unwrap_or_default().to_string());
    let fact = Fact::new(Reach::one(c), [&*host_port, &*container_port, protocol]);
    // On every address but some: on all of them it spares none, on one it spares all others.
    let spared = single(address);
    fact.all_but(spared.as_deref())
}

/// The one address that is meant, in its shortest form; none where every address is.
fn single(address: &str) -> Option<Cow<'_, str>> {
    // Leading zeros mean nothing (`ParseIPSloppy`), and to Rust they are no address.
    let part = |part: &str| match part.trim_start_matches('0') {
        "" if !part.is_empty() => "0".to_owned(),
        rest => rest.to_owned(),
    };
    let plain = if address.contains(':') {
        Cow::Borrowed(address)
    } else {
        Cow::Owned(address.split('.').map(part).collect::<Vec<_>>().join("."))
    };
    match plain.parse::<IpAddr>().map(|address| address.to_canonical()) {
        Ok(address) if address.is_unspecified() => None,
        Ok(address) => Some(Cow::Owned(address.to_string())),
        Err(_) => Some(address).filter(|address| !address.is_empty()).map(Cow::Borrowed),
    }
}
