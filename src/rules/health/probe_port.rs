//! A probe of a port that is not there fails for as long as the pod lives.

use std::collections::HashSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::rules::{
    Checked, Context, Evidence, Finding, Findings, Halt, Params, Remedy, Rule, RuleDescription,
    Severity, Standard, Text,
};
use crate::subject::{ContainerPort, ContainerRef, IntOrString, Pod, Pods, Probe};
use crate::text::Quoted;

#[doc = include_str!("probe_port.md")]
pub(crate) struct ProbePort;

/// Which ports have to be listed.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ProbePortParams {
    /// Also those that are named by their number, which work unlisted.
    pub numbers: bool,
}

impl Default for ProbePortParams {
    fn default() -> Self {
        Self { numbers: true }
    }
}

impl Params for ProbePortParams {}

impl Rule for ProbePort {
    type On = Pods;
    type Params = ProbePortParams;
    const DESCRIPTION: RuleDescription = RuleDescription {
        id: Text::Borrowed("probe-port"),
        group: Text::Borrowed("health"),
        severity: Severity::Medium,
        checklist: Text::Borrowed("Every probe connects to a port that is listed."),
        rows: &["R14", "R16", "M27"],
        standards: &[Standard::Cwe(703)],
        page: Text::Borrowed(include_str!("probe_port.md")),
    };

    fn applies(pod: &Pod<'_, '_>, _: &ProbePortParams, _: &Context<'_>) -> bool {
        let ports =
            |c: &ContainerRef<'_, '_>| c.probes().any(|(_, probe)| targets(probe).next().is_some());
        pod.containers().any(|c| ports(&c))
    }

    fn check(
        pod: &Pod<'_, '_>,
        params: &ProbePortParams,
        _: &Context<'_>,
        found: &mut Findings<'_>,
    ) -> Checked {
        // The containers of a pod share its address, and so their ports.
        let numbers = numbers(pod, found)?;
        for c in pod.containers() {
            found.visit(1 + c.spec.ports.len())?;
            let ports = c.spec.ports.iter().filter(|port| is_tcp(port));
            let names: HashSet<&str> = ports.filter_map(|port| port.name.as_deref()).collect();
            for (keys, probe) in c.probes() {
                for (action, host, port) in targets(probe) {
                    let (shown, whose) = match &port {
                        Port::Named(name) if !names.contains(name) => {
                            (Quoted(name).to_string(), "the container does not list")
                        }
                        Port::Number(number)
                            if params.numbers && host.is_empty() && !numbers.contains(number) =>
                        {
                            (number.to_string(), "no container lists")
                        }
                        _ => continue,
                    };
                    let hook = keys.last().copied().unwrap_or_default();
                    let message =
                        format!("{hook} of {c} connects to TCP port {shown}, which {whose}");
                    let at = c.at(keys).keys(&[action, "port"]);
                    let advice = format!("correct {at}, or list the port at {}", c.at(&["ports"]));
                    let finding = Finding::of(&c, at, message, Remedy::Advice(advice));
                    found.add(finding, || Evidence::of(&c, [hook, &*shown]))?;
                }
            }
        }
        Ok(())
    }
}

enum Port<'s> {
    Number(i64),
    Named(&'s str),
}

/// Where a probe connects to: the key of what it does, the host, empty for the pod itself, and the
/// port.
fn targets<'s>(probe: &'s Probe<'_>) -> impl Iterator<Item = (&'static str, &'s str, Port<'s>)> {
    let either = |port: Option<&'s IntOrString<'_>>| match port? {
        IntOrString::Int(number) => Some(Port::Number(*number)),
        IntOrString::String(name) => Some(Port::Named(name.as_str())),
    };
    let get = probe.http_get.as_ref().and_then(|get| {
        Some(("httpGet", get.host.as_deref().unwrap_or_default(), either(get.port.as_ref())?))
    });
    let socket = probe.tcp_socket.as_ref().and_then(|s| {
        Some(("tcpSocket", s.host.as_deref().unwrap_or_default(), either(s.port.as_ref())?))
    });
    let grpc = probe
        .grpc
        .as_ref()
        .and_then(|grpc| Some(("grpc", "", Port::Number(i64::from(grpc.port?)))));
    [get, socket, grpc].into_iter().flatten()
}

/// Whether a probe, which always speaks TCP, can connect to it.
fn is_tcp(port: &ContainerPort<'_>) -> bool {
    matches!(port.protocol.as_deref(), None | Some("" | "TCP"))
}

/// The numbers that any of the containers lists.
fn numbers(pod: &Pod<'_, '_>, found: &mut Findings<'_>) -> Result<HashSet<i64>, Halt> {
    let mut numbers = HashSet::new();
    for c in pod.containers() {
        found.visit(1 + c.spec.ports.len())?;
        let ports = c.spec.ports.iter().filter(|port| is_tcp(port));
        numbers.extend(ports.filter_map(|port| port.container_port).map(i64::from));
    }
    Ok(numbers)
}
