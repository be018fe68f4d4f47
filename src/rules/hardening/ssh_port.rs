//! A container that is logged in to is changed by hand.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::rules::{
    BadValue, Checked, Context, Evidence, Finding, Findings, Params, Remedy, Rule, RuleDescription,
    Severity, Standard, Text,
};
use crate::subject::{Pod, Pods};

#[doc = include_str!("ssh_port.md")]
pub(crate) struct SshPort;

/// Where SSH servers listen.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct SshPortParams {
    /// The ports, such as 22 and 2222.
    #[schemars(length(min = 1, max = 50), inner(range(min = 1, max = 65535)))]
    pub ports: Vec<i32>,
}

impl Default for SshPortParams {
    fn default() -> Self {
        Self { ports: vec![22] }
    }
}

impl Params for SshPortParams {
    fn problems(&self) -> Vec<BadValue> {
        let bad = |element, reason: String| BadValue { parameter: "ports", element, reason };
        if self.ports.is_empty() {
            return vec![bad(None, "names no port".to_owned())];
        }
        let is_port = |port: &i32| (1..=65_535).contains(port);
        let wrong = self.ports.iter().enumerate().filter(|(_, port)| !is_port(port));
        wrong.map(|(at, port)| bad(Some(at), format!("`{port}` is no port"))).collect()
    }
}

impl Rule for SshPort {
    type On = Pods;
    type Params = SshPortParams;
    const DESCRIPTION: RuleDescription = RuleDescription {
        id: Text::Borrowed("ssh-port"),
        group: Text::Borrowed("hardening"),
        severity: Severity::Medium,
        checklist: Text::Borrowed("No container runs an SSH server."),
        rows: &["M26"],
        standards: &[Standard::Cwe(749)],
        page: Text::Borrowed(include_str!("ssh_port.md")),
    };

    fn check(
        pod: &Pod<'_, '_>,
        params: &SshPortParams,
        _: &Context<'_>,
        found: &mut Findings<'_>,
    ) -> Checked {
        for c in pod.containers() {
            for (index, port) in c.spec.ports.iter().enumerate() {
                found.visit(1 + params.ports.len())?;
                let is_tcp = matches!(port.protocol.as_deref(), None | Some("" | "TCP"));
                let number = port.container_port.filter(|number| params.ports.contains(number));
                let Some(number) = number.filter(|_| is_tcp) else { continue };
                let entry = c.at(&["ports"]).index(index);
                let message = format!("{c} opens port {number}, on which SSH servers listen");
                let advice = format!("take the SSH server out of the image, and remove {entry}");
                let at = entry.key("containerPort");
                let finding = Finding::of(&c, at, message, Remedy::Advice(advice));
                found.add(finding, || Evidence::of(&c, [&*number.to_string()]))?;
            }
        }
        Ok(())
    }
}
