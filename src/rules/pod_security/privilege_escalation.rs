//! Upstream's check `allowPrivilegeEscalation` (restricted, 1.8 and 1.25).

use super::is_exempt_windows_pod;
use crate::rules::{Case, Finding, Meta, NoParams, Outcome, Remedy, Rule, Severity};

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

    fn check(case: &Case<'_, '_>, _: &NoParams) -> Outcome {
        if !case.version.at_least(8) || is_exempt_windows_pod(case) {
            return Ok(Vec::new());
        }
        let open = |s: Option<bool>| s != Some(false);
        let found = case.pod.containers();
        let found = found.filter(|c| open(c.security().and_then(|s| s.allow_privilege_escalation)));
        Ok(found
            .map(|c| {
                let at = c.at(&["securityContext", "allowPrivilegeEscalation"]);
                let message = format!("{c} may gain more privileges than it starts with");
                Finding::of(&c, at.clone(), message, Remedy::set(at, false))
            })
            .collect())
    }
}
