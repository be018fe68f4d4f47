//! Root in a container is root on the node, but for a user namespace between them.

use crate::rules::{
    Checked, Context, Evidence, Fact, Finding, Findings, NoParams, Reach, Remedy, Rule,
    RuleDescription, Severity, Standard, Text,
};
use crate::subject::{Pod, Pods};

#[doc = include_str!("host_users.md")]
pub(crate) struct HostUsers;

impl Rule for HostUsers {
    type On = Pods;
    type Params = NoParams;
    const DESCRIPTION: RuleDescription = RuleDescription {
        id: Text::Borrowed("host-users"),
        group: Text::Borrowed("hardening"),
        severity: Severity::Low,
        checklist: Text::Borrowed("Every pod has users of its own, and not those of its node."),
        rows: &["M26"],
        standards: &[
            Standard::NsaCisa("Non-root containers and rootless container engines"),
            Standard::Cwe(250),
        ],
        page: Text::Borrowed(include_str!("host_users.md")),
    };

    /// The API server refuses the field on Windows, and beside another namespace of the node.
    fn applies(pod: &Pod<'_, '_>, _: &NoParams, _: &Context<'_>) -> bool {
        let shared = [pod.spec.host_network, pod.spec.host_pid, pod.spec.host_ipc];
        !pod.is_windows() && !shared.contains(&Some(true))
    }

    fn check(
        pod: &Pod<'_, '_>,
        _: &NoParams,
        _: &Context<'_>,
        found: &mut Findings<'_>,
    ) -> Checked {
        if pod.has_user_namespace() {
            return Ok(());
        }
        let at = pod.at(&["hostUsers"]);
        let message = "the pod shares the users of its node";
        let evidence = || Evidence::new([Fact::new(Reach::all(pod), [])]);
        found.add(Finding::new(at.clone(), message, Remedy::set(at, false)), evidence)
    }
}
