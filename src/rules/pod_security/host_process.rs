//! Upstream's check `windowsHostProcess` (baseline, 1.0).

use crate::rules::{Case, Finding, Meta, NoParams, Outcome, Remedy, Rule, Severity};
use crate::subject::WindowsOptions;

#[doc = include_str!("host_process.md")]
pub struct HostProcess;

const KEYS: [&str; 3] = ["securityContext", "windowsOptions", "hostProcess"];

fn is_host_process(options: Option<&WindowsOptions>) -> bool {
    options.is_some_and(|o| o.host_process == Some(true))
}

impl Rule for HostProcess {
    type Params = NoParams;
    const META: Meta = Meta {
        id: "host-process",
        severity: Severity::Critical,
        checklist: "No Windows container runs as a process of its node.",
        rows: &["M26"],
        page: include_str!("host_process.md"),
    };

    fn check(case: &Case<'_, '_>, _: &NoParams) -> Outcome {
        let mut findings = Vec::new();
        let pod = case.pod.spec.security_context.as_deref();
        if is_host_process(pod.and_then(|s| s.windows_options.as_deref())) {
            let at = case.pod.at(&KEYS);
            let message = "the pod runs as processes of its Windows node";
            findings.push(Finding::new(at.clone(), message, Remedy::set(at, false)));
        }
        for c in case.pod.containers() {
            if is_host_process(c.security().and_then(|s| s.windows_options.as_deref())) {
                let at = c.at(&KEYS);
                let message = format!("{c} runs as a process of its Windows node");
                findings.push(Finding::of(&c, at.clone(), message, Remedy::set(at, false)));
            }
        }
        Ok(findings)
    }
}
