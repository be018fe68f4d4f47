//! Upstream's check `windowsHostProcess` (baseline, 1.0).

use crate::rules::{
    Case, Checked, Evidence, Fact, Finding, Findings, Meta, NoParams, Reach, Remedy, Rule, Severity,
};
use crate::subject::{ContainerRef, WindowsOptions};

#[doc = include_str!("host_process.md")]
pub struct HostProcess;

const KEYS: [&str; 3] = ["securityContext", "windowsOptions", "hostProcess"];

impl Rule for HostProcess {
    type Params = NoParams;
    const META: Meta = Meta {
        id: "host-process",
        severity: Severity::Critical,
        checklist: "No Windows container runs as a process of its node.",
        rows: &["M26"],
        page: include_str!("host_process.md"),
    };

    fn check(case: &Case<'_, '_>, _: &NoParams, found: &mut Findings<'_>) -> Checked {
        let pod = case.pod.spec.security_context.as_deref();
        if host_process(pod.and_then(|s| s.windows_options.as_deref())) == Some(true) {
            let at = case.pod.at(&KEYS);
            let message = "the pod runs as processes of its Windows node";
            let inherits = |c: &ContainerRef<'_, '_>| own(c).is_none();
            let evidence = || Evidence::new([Fact::new(Reach::those(case.pod, inherits), [])]);
            found.add(Finding::new(at.clone(), message, Remedy::set(at, false)), evidence)?;
        }
        for c in case.pod.containers() {
            found.visit(1)?;
            if own(&c) == Some(true) {
                let at = c.at(&KEYS);
                let message = format!("{c} runs as a process of its Windows node");
                let remedy = Remedy::set(at.clone(), false);
                found.add(Finding::of(&c, at, message, remedy), || Evidence::of(&c, []))?;
            }
        }
        Ok(())
    }
}

fn host_process(options: Option<&WindowsOptions>) -> Option<bool> {
    options?.host_process
}

fn own(c: &ContainerRef<'_, '_>) -> Option<bool> {
    host_process(c.security()?.windows_options.as_deref())
}
