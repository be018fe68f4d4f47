//! Upstream's check `runAsUser` (restricted, 1.23 and 1.35).

use super::is_relaxed_by_user_namespace;
use crate::rules::{Case, Finding, Meta, NoParams, Outcome, Remedy, Rule, Severity};

#[doc = include_str!("run_as_user.md")]
pub struct RunAsUser;

const FIELD: [&str; 2] = ["securityContext", "runAsUser"];

impl Rule for RunAsUser {
    type Params = NoParams;
    const META: Meta = Meta {
        id: "run-as-user",
        severity: Severity::Critical,
        checklist: "No container asks to run as user 0.",
        rows: &["R24", "M26"],
        page: include_str!("run_as_user.md"),
    };

    fn check(case: &Case<'_, '_>, _: &NoParams) -> Outcome {
        if !case.version.at_least(23) || is_relaxed_by_user_namespace(case) {
            return Ok(Vec::new());
        }
        let mut findings = Vec::new();
        if case.pod.spec.security_context.as_deref().and_then(|s| s.run_as_user) == Some(0) {
            let at = case.pod.at(&FIELD);
            findings.push(Finding::new(
                at.clone(),
                "the pod runs as user 0 (root)",
                Remedy::remove(at),
            ));
        }
        for c in case.pod.containers() {
            if c.security().and_then(|s| s.run_as_user) == Some(0) {
                let at = c.at(&FIELD);
                let remedy = Remedy::remove(at.clone());
                findings.push(Finding::of(&c, at, format!("{c} runs as user 0 (root)"), remedy));
            }
        }
        Ok(findings)
    }
}
