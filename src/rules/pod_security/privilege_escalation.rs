//! Upstream's check `allowPrivilegeEscalation` (restricted, 1.8 and 1.25).

use super::is_exempt_windows_pod;
use crate::rules::{
    Checked, Context, Evidence, Finding, Findings, NoParams, Remedy, Rule, RuleDescription,
    Severity, Standard, Text,
};
use crate::subject::{Pod, Pods};

#[doc = include_str!("privilege_escalation.md")]
pub(crate) struct PrivilegeEscalation;

impl Rule for PrivilegeEscalation {
    type On = Pods;
    type Params = NoParams;
    const DESCRIPTION: RuleDescription = RuleDescription {
        id: Text::Borrowed("privilege-escalation"),
        group: Text::Borrowed("pod-security"),
        severity: Severity::High,
        checklist: Text::Borrowed(
            "No process in a container can gain more privileges than its parent.",
        ),
        rows: &["M26"],
        standards: &[
            Standard::PodSecurity("restricted"),
            Standard::Cis("5.2.6"),
            Standard::Cwe(250),
        ],
        page: Text::Borrowed(include_str!("privilege_escalation.md")),
    };

    fn applies(pod: &Pod<'_, '_>, _: &NoParams, cx: &Context<'_>) -> bool {
        cx.version.at_least(8) && !is_exempt_windows_pod(pod, cx)
    }

    fn check(
        pod: &Pod<'_, '_>,
        _: &NoParams,
        _: &Context<'_>,
        found: &mut Findings<'_>,
    ) -> Checked {
        for c in pod.containers() {
            found.visit(1)?;
            if c.security().and_then(|s| s.allow_privilege_escalation) != Some(false) {
                let at = c.at(&["securityContext", "allowPrivilegeEscalation"]);
                let message = format!("{c} may gain more privileges than it starts with");
                let remedy = Remedy::set(at.clone(), false);
                found.add(Finding::of(&c, at, message, remedy), || Evidence::of_process(&c, []))?;
            }
        }
        Ok(())
    }
}
