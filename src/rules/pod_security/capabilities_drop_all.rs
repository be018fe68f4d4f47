//! Upstream's check `capabilities_restricted` (restricted, 1.22 and 1.25); before 1.22 the
//! restricted level has the baseline form.

use serde_json::json;

use super::{capabilities, is_exempt_windows_pod};
use crate::rules::{Case, Finding, Meta, NoParams, Outcome, Remedy, Rule, Severity};

#[doc = include_str!("capabilities_drop_all.md")]
pub struct CapabilitiesDropAll;

impl Rule for CapabilitiesDropAll {
    type Params = NoParams;
    const META: Meta = Meta {
        id: "capabilities-drop-all",
        severity: Severity::High,
        checklist: "Every container drops all capabilities and adds none but NET_BIND_SERVICE.",
        rows: &["M26"],
        page: include_str!("capabilities_drop_all.md"),
    };

    fn check(case: &Case<'_, '_>, _: &NoParams) -> Outcome {
        if !case.version.at_least(22) {
            return Ok(capabilities::baseline(case));
        }
        if is_exempt_windows_pod(case) {
            return Ok(Vec::new());
        }
        let mut findings = Vec::new();
        for c in case.pod.containers() {
            let drops_all =
                c.capabilities().is_some_and(|k| k.drop.iter().any(|n| n.as_str() == "ALL"));
            if !drops_all {
                let at = c.at(&["securityContext", "capabilities", "drop"]);
                let remedy = Remedy::set(at.clone(), json!(["ALL"]));
                findings.push(Finding::of(
                    &c,
                    at,
                    format!("{c} does not drop ALL capabilities"),
                    remedy,
                ));
            }
            findings.extend(capabilities::added(&c, &["NET_BIND_SERVICE"]));
        }
        Ok(findings)
    }
}
