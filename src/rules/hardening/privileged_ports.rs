//! A program that has to open a port below 1024 has to be given a privilege for it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::rules::{
    Checked, Context, Evidence, Finding, Findings, Halt, Params, Remedy, Rule, RuleDescription,
    Severity, Standard, Text,
};
use crate::subject::{ContainerRef, Pod, Pods};

#[doc = include_str!("privileged_ports.md")]
pub(crate) struct PrivilegedPorts;

/// Which ports count.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct PrivilegedPortsParams {
    /// Also those that the pod says how to open: by `NET_BIND_SERVICE`, or by a sysctl.
    pub always: bool,
}

impl Params for PrivilegedPortsParams {}

/// The first port that anybody may open.
const FREE: i32 = 1024;

impl Rule for PrivilegedPorts {
    type On = Pods;
    type Params = PrivilegedPortsParams;
    const DESCRIPTION: RuleDescription = RuleDescription {
        id: Text::Borrowed("privileged-ports"),
        group: Text::Borrowed("hardening"),
        severity: Severity::Low,
        checklist: Text::Borrowed("No container opens a port that takes a privilege unsaid."),
        rows: &["M26"],
        standards: &[Standard::Cwe(250)],
        page: Text::Borrowed(include_str!("privileged_ports.md")),
    };

    /// On Windows anybody may open any port.
    fn applies(pod: &Pod<'_, '_>, _: &PrivilegedPortsParams, _: &Context<'_>) -> bool {
        !pod.is_windows()
    }

    fn check(
        pod: &Pod<'_, '_>,
        params: &PrivilegedPortsParams,
        _: &Context<'_>,
        found: &mut Findings<'_>,
    ) -> Checked {
        let free = if params.always { FREE } else { first_free(pod, found)? };
        for c in pod.containers() {
            let is_granted = !params.always && may_bind(&c, found)?;
            for (index, port) in c.spec.ports.iter().enumerate() {
                found.visit(1)?;
                let number = port.container_port.unwrap_or_default();
                if is_granted || number < 1 || number >= free {
                    continue;
                }
                let at = c.at(&["ports"]).index(index).key("containerPort");
                let message = format!("{c} opens port {number}, which takes a privilege");
                let advice =
                    format!("open a port from {FREE} on, such as 8080, and set {at} to it");
                let finding = Finding::of(&c, at, message, Remedy::Advice(advice));
                found.add(finding, || Evidence::of(&c, [&*number.to_string()]))?;
            }
        }
        Ok(())
    }
}

/// The first port that the pod's sysctls let anybody open.
fn first_free(pod: &Pod<'_, '_>, found: &mut Findings<'_>) -> Result<i32, Halt> {
    let sysctls = pod.spec.security_context.as_deref().map(|s| &s.sysctls);
    let mut free = FREE;
    for sysctl in sysctls.into_iter().flatten() {
        found.visit(1)?;
        let name = sysctl.name.as_deref().unwrap_or_default();
        // The kernel takes slashes for dots.
        let is_start = name.replace('/', ".") == "net.ipv4.ip_unprivileged_port_start";
        found.spend(2 * name.len())?;
        if is_start && let Some(Ok(first)) = sysctl.value.as_deref().map(str::parse) {
            free = first;
        }
    }
    Ok(free)
}

/// Whether the container says that it is to have the capability for it.
fn may_bind(c: &ContainerRef<'_, '_>, found: &mut Findings<'_>) -> Result<bool, Halt> {
    let added = c.capabilities().map(|capabilities| &capabilities.add);
    found.visit(1 + added.map_or(0, |added| added.len()))?;
    let is_bind = |name: &str| name.strip_prefix("CAP_").unwrap_or(name) == "NET_BIND_SERVICE";
    Ok(added.into_iter().flatten().any(|name| is_bind(name)))
}
