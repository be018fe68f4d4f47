//! Upstream's check `runAsNonRoot` (restricted, 1.0 and 1.35).

use super::is_relaxed_by_user_namespace;
use crate::rules::{Case, Finding, Meta, NoParams, Outcome, Remedy, Rule, Severity};

#[doc = include_str!("run_as_non_root.md")]
pub struct RunAsNonRoot;

const FIELD: [&str; 2] = ["securityContext", "runAsNonRoot"];

impl Rule for RunAsNonRoot {
    type Params = NoParams;
    const META: Meta = Meta {
        id: "run-as-non-root",
        severity: Severity::Critical,
        checklist: "Every container is held to run as another user than root.",
        rows: &["R24", "M26"],
        page: include_str!("run_as_non_root.md"),
    };

    fn check(case: &Case<'_, '_>, _: &NoParams) -> Outcome {
        if is_relaxed_by_user_namespace(case) {
            return Ok(Vec::new());
        }
        let mut findings = Vec::new();
        let pod = case.pod.spec.security_context.as_deref().and_then(|s| s.run_as_non_root);
        if pod == Some(false) {
            let at = case.pod.at(&FIELD);
            findings.push(Finding::new(
                at.clone(),
                "the pod may run as root",
                Remedy::set(at, true),
            ));
        }
        for c in case.pod.containers() {
            let own = c.security().and_then(|s| s.run_as_non_root);
            // What a container inherits from the pod is reported once, above.
            if own == Some(false) || own.is_none() && pod.is_none() {
                let at = c.at(&FIELD);
                let remedy = Remedy::set(at.clone(), true);
                findings.push(Finding::of(&c, at, format!("{c} may run as root"), remedy));
            }
        }
        Ok(findings)
    }
}
