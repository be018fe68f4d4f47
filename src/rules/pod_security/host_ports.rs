//! Upstream's check `hostPorts` (baseline, 1.0).

use crate::rules::{Case, Finding, Meta, NoParams, Outcome, Remedy, Rule, Severity};

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

    fn check(case: &Case<'_, '_>, _: &NoParams) -> Outcome {
        let mut findings = Vec::new();
        for c in case.pod.containers() {
            for (index, port) in c.spec.ports.iter().enumerate() {
                if let Some(host_port) = port.host_port.filter(|&p| p != 0) {
                    let at = c.at(&["ports"]).index(index).key("hostPort");
                    let message = format!("{c} takes port {host_port} of its node");
                    findings.push(Finding::of(&c, at.clone(), message, Remedy::remove(at)));
                }
            }
        }
        Ok(findings)
    }
}
