//! Upstream's check `allowPrivilegeEscalation` (restricted, 1.8 and 1.25).

use super::is_exempt_windows_pod;
use crate::rules::{
    Case, Checked, Evidence, Finding, Findings, Meta, NoParams, Remedy, Rule, Severity,
};

#[doc = include_str!("privilege_escalation.md")]
pub struct PrivilegeEscalation;

impl Rule for PrivilegeEscalation {
    type Params = NoParams;
    const META: Meta = Meta {
        id: "privilege-escalation",
        severity: Severity::High,
        checklist: "No process in a container can gain more privileges than its parent.",
        rows: &["M26"],
        page: include_str!("privilege_escalation.md"),
    };

    fn check(case: &Case<'_, '_>, _: &NoParams, found: &mut Findings<'_>) -> Checked {
        if !case.version.at_least(8) || is_exempt_windows_pod(case) {
            return Ok(());
        }
        for c in case.pod.containers() {
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
