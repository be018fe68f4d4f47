//! Upstream's check `capabilities_baseline` (baseline, 1.0).

use crate::rules::{Case, Finding, Meta, NoParams, Outcome, Remedy, Rule, Severity};
use crate::subject::ContainerRef;
use crate::text::Quoted;

#[doc = include_str!("capabilities.md")]
pub struct Capabilities;

/// What container runtimes grant by default.
const DEFAULT: [&str; 13] = [
    "AUDIT_WRITE",
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "FSETID",
    "KILL",
    "MKNOD",
    "NET_BIND_SERVICE",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYS_CHROOT",
];

impl Rule for Capabilities {
    type Params = NoParams;
    const META: Meta = Meta {
        id: "capabilities",
        severity: Severity::Critical,
        checklist: "No container adds a capability beyond the harmless default ones.",
        rows: &["M26"],
        page: include_str!("capabilities.md"),
    };

    fn check(case: &Case<'_, '_>, _: &NoParams) -> Outcome {
        Ok(baseline(case))
    }
}

/// The baseline form of the check.
pub(super) fn baseline(case: &Case<'_, '_>) -> Vec<Finding> {
    case.pod.containers().flat_map(|c| added(&c, &DEFAULT)).collect()
}

/// One finding for each capability that `c` adds beyond `allowed`.
pub(super) fn added(c: &ContainerRef<'_, '_>, allowed: &[&str]) -> Vec<Finding> {
    let Some(capabilities) = c.capabilities() else { return Vec::new() };
    let added = capabilities.add.iter().enumerate();
    let refused = added.filter(|(_, name)| !allowed.contains(&name.as_str()));
    refused
        .map(|(index, name)| {
            let at = c.at(&["securityContext", "capabilities", "add"]).index(index);
            let message = format!("{c} adds capability {}", Quoted(name));
            Finding::of(c, at.clone(), message, Remedy::remove(at))
        })
        .collect()
}
