//! Upstream's check `hostNamespaces` (baseline, 1.0).

use crate::rules::{
    Checked, Context, Evidence, Fact, Finding, Findings, NoParams, Reach, Remedy, Rule,
    RuleDescription, Severity, Standard, Text,
};
use crate::subject::{Pod, Pods};

#[doc = include_str!("host_namespaces.md")]
pub(crate) struct HostNamespaces;

impl Rule for HostNamespaces {
    type On = Pods;
    type Params = NoParams;
    const DESCRIPTION: RuleDescription = RuleDescription {
        id: Text::Borrowed("host-namespaces"),
        group: Text::Borrowed("pod-security"),
        severity: Severity::Critical,
        checklist: Text::Borrowed(
            "No pod shares the network, process or IPC namespace of its node.",
        ),
        rows: &["M26"],
        standards: &[
            Standard::PodSecurity("baseline"),
            Standard::Cis("5.2.3"),
            Standard::Cis("5.2.4"),
            Standard::Cis("5.2.5"),
            Standard::Cwe(653),
        ],
        page: Text::Borrowed(include_str!("host_namespaces.md")),
    };

    fn check(
        pod: &Pod<'_, '_>,
        _: &NoParams,
        _: &Context<'_>,
        found: &mut Findings<'_>,
    ) -> Checked {
        let spec = pod.spec;
        let shared = [
            (spec.host_network, "hostNetwork", "network"),
            (spec.host_pid, "hostPID", "process"),
            (spec.host_ipc, "hostIPC", "IPC"),
        ];
        for (_, field, namespace) in shared.into_iter().filter(|(value, ..)| *value == Some(true)) {
            let at = pod.at(&[field]);
            let message = format!("the pod shares the {namespace} namespace of its node");
            let evidence = || Evidence::new([Fact::new(Reach::all(pod), [field])]);
            found.add(Finding::new(at.clone(), message, Remedy::remove(at)), evidence)?;
        }
        Ok(())
    }
}
