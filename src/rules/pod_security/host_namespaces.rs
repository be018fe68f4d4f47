//! Upstream's check `hostNamespaces` (baseline, 1.0).

use crate::rules::{Case, Finding, Meta, NoParams, Outcome, Remedy, Rule, Severity};

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

    fn check(case: &Case<'_, '_>, _: &NoParams) -> Outcome {
        let spec = case.pod.spec;
        let shared = [
            (spec.host_network, "hostNetwork", "network"),
            (spec.host_pid, "hostPID", "process"),
            (spec.host_ipc, "hostIPC", "IPC"),
        ];
        let found = shared.into_iter().filter(|(value, ..)| *value == Some(true));
        Ok(found
            .map(|(_, field, namespace)| {
                let at = case.pod.at(&[field]);
                let message = format!("the pod shares the {namespace} namespace of its node");
                Finding::new(at.clone(), message, Remedy::remove(at))
            })
            .collect())
    }
}
