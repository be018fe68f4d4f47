//! Upstream's check `hostNamespaces` (baseline, 1.0).

use crate::rules::{
    Case, Checked, Evidence, Fact, Finding, Findings, Meta, NoParams, Reach, Remedy, Rule, Severity,
};

#[doc = include_str!("host_namespaces.md")]
pub struct HostNamespaces;

impl Rule for HostNamespaces {
    type Params = NoParams;
    const META: Meta = Meta {
        id: "host-namespaces",
        severity: Severity::Critical,
        checklist: "No pod shares the network, process or IPC namespace of its node.",
        rows: &["M26"],
        page: include_str!("host_namespaces.md"),
    };

    fn check(case: &Case<'_, '_>, _: &NoParams, found: &mut Findings<'_>) -> Checked {
        let spec = case.pod.spec;
        let shared = [
            (spec.host_network, "hostNetwork", "network"),
            (spec.host_pid, "hostPID", "process"),
            (spec.host_ipc, "hostIPC", "IPC"),
        ];
        for (_, field, namespace) in shared.into_iter().filter(|(value, ..)| *value == Some(true)) {
            let at = case.pod.at(&[field]);
            let message = format!("the pod shares the {namespace} namespace of its node");
            let evidence = || Evidence::new([Fact::new(Reach::all(case.pod), [field])]);
            found.add(Finding::new(at.clone(), message, Remedy::remove(at)), evidence)?;
        }
        Ok(())
    }
}
