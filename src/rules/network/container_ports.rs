//! The containers of a pod share its address: two of them on one port cannot both start.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::path::FieldPath;
use crate::rules::{
    Checked, Context, Evidence, Fact, Finding, Findings, Params, Reach, Remedy, Rule,
    RuleDescription, Severity, Text,
};
use crate::subject::{ContainerPort, ContainerRef, ContainerRole, Pod, Pods, Str};
use crate::text::Quoted;

#[doc = include_str!("container_ports.md")]
pub(crate) struct ContainerPorts;

/// What else is asked of ports.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ContainerPortsParams {
    /// Whether each has a name, by which Services and monitors find it.
    pub named: bool,
}

impl Params for ContainerPortsParams {}

impl Rule for ContainerPorts {
    type On = Pods;
    type Params = ContainerPortsParams;
    const DESCRIPTION: RuleDescription = RuleDescription {
        id: Text::Borrowed("container-ports"),
        group: Text::Borrowed("network"),
        severity: Severity::Low,
        checklist: Text::Borrowed("Every port of a pod and every name of one is there once."),
        rows: &[],
        standards: &[],
        page: Text::Borrowed(include_str!("container_ports.md")),
    };

    fn check(
        pod: &Pod<'_, '_>,
        params: &ContainerPortsParams,
        _: &Context<'_>,
        found: &mut Findings<'_>,
    ) -> Checked {
        let mut seen = Seen::default();
        let runs_beside = |c: &ContainerRef<'_, '_>| {
            matches!(c.role, ContainerRole::Main | ContainerRole::Sidecar)
        };
        for (place, c) in pod.containers().filter(runs_beside).enumerate() {
            for (index, port) in c.spec.ports.iter().enumerate() {
                let name = text(port.name.as_ref());
                found.visit(1)?;
                found
                    .spend(name.len() + protocol(port).len() + text(port.host_ip.as_ref()).len())?;
                let at = || c.at(&["ports"]).index(index);
                if let Some(again) = seen.port(place, port) {
                    found.add(port_again(&c, port, at()), || {
                        let number = port.container_port.unwrap_or(0).to_string();
                        evidence(pod, ["port", protocol(port), &number], again)
                    })?;
                }
                if params.named && name.is_empty() {
                    found.add(unnamed(&c, port, at().key("name")), || {
                        let number = port.container_port.unwrap_or(0).to_string();
                        Evidence::of(&c, ["unnamed", protocol(port), &number])
                    })?;
                }
                if let Some(again) = seen.name(name) {
                    let at = at().key("name");
                    let message =
                        format!("{c} has a port whose name is there twice: {}", Quoted(name));
                    let remedy = Remedy::Advice(format!("give it a name of its own at {at}"));
                    let finding = Finding::of(&c, at, message, remedy);
                    found.add(finding, || evidence(pod, ["name", "", name], again))?;
                }
            }
        }
        Ok(())
    }
}

fn unnamed(c: &ContainerRef<'_, '_>, port: &ContainerPort<'_>, at: FieldPath) -> Finding {
    let message = format!("{c} has a port without a name: {}", port.container_port.unwrap_or(0));
    let advice = format!("set {at} to what is spoken there, such as http or metrics");
    Finding::of(c, at, message, Remedy::Advice(advice))
}

fn port_again(c: &ContainerRef<'_, '_>, port: &ContainerPort<'_>, at: FieldPath) -> Finding {
    let number = port.container_port.unwrap_or(0);
    let message =
        format!("{c} has a port that is there twice: {number}, {}", Quoted(protocol(port)));
    let advice = format!("give it a number of its own at {at}, or leave it out");
    Finding::of(c, at, message, Remedy::Advice(advice))
}

/// That something is there once more, for the so manieth time: whichever container comes first.
fn evidence(pod: &Pod<'_, '_>, what: [&str; 3], again: u64) -> Evidence {
    Evidence::new([Fact::new(Reach::pod(pod), what).degree(again)])
}

/// The ports that were come to.
#[derive(Default)]
struct Seen<'s> {
    /// How often a name was there again.
    names: BTreeMap<&'s str, u64>,
    /// By number and protocol, the first container that has it, and how often it was there again.
    ports: BTreeMap<(i32, &'s str), (usize, u64)>,
    /// The same with the port of the node that it is reached by: one may be reached by several.
    reached: BTreeSet<(i32, &'s str, i32, &'s str)>,
}

impl<'s> Seen<'s> {
    /// Which time it is that the port is there again; none where it is the first time.
    fn port(&mut self, container: usize, port: &'s ContainerPort<'_>) -> Option<u64> {
        let (number, protocol) = (port.container_port?, protocol(port));
        let node = (port.host_port.unwrap_or(0), text(port.host_ip.as_ref()));
        let (first, again) = self.ports.entry((number, protocol)).or_insert((container, 0));
        let is_same = !self.reached.insert((number, protocol, node.0, node.1));
        let is_again = is_same || *first != container;
        *again += u64::from(is_again);
        is_again.then_some(*again)
    }

    /// The same of a name.
    fn name(&mut self, name: &'s str) -> Option<u64> {
        let again = self.names.entry(name).and_modify(|again| *again += 1).or_insert(0);
        Some(*again).filter(|again| *again > 0 && !name.is_empty())
    }
}

fn text<'s>(text: Option<&'s Str<'_>>) -> &'s str {
    text.map_or("", Str::as_str)
}

fn protocol<'s>(port: &'s ContainerPort<'_>) -> &'s str {
    match text(port.protocol.as_ref()) {
        "" => "TCP",
        protocol => protocol,
    }
}
