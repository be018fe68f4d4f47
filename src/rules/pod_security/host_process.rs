//! Upstream's check `windowsHostProcess` (baseline, 1.0).

use crate::rules::{
    Checked, Context, Evidence, Fact, Finding, Findings, NoParams, Reach, Remedy, Rule,
    RuleDescription, Severity, Standard, Text,
};
use crate::subject::{ContainerRef, Pod, Pods, WindowsOptions};

#[doc = include_str!("host_process.md")]
pub(crate) struct HostProcess;

const KEYS: [&str; 3] = ["securityContext", "windowsOptions", "hostProcess"];

impl Rule for HostProcess {
    type On = Pods;
    type Params = NoParams;
    const DESCRIPTION: RuleDescription = RuleDescription {
        id: Text::Borrowed("host-process"),
        group: Text::Borrowed("pod-security"),
        severity: Severity::Critical,
        checklist: Text::Borrowed("No Windows container runs as a process of its node."),
        rows: &["M26"],
        standards: &[
            Standard::PodSecurity("baseline"),
            Standard::Cis("5.2.11"),
            Standard::Cwe(250),
        ],
        page: Text::Borrowed(include_str!("host_process.md")),
    };

    fn check(
        pod: &Pod<'_, '_>,
        _: &NoParams,
        _: &Context<'_>,
        found: &mut Findings<'_>,
    ) -> Checked {
        let of_pod = pod.spec.security_context.as_deref();
        if host_process(of_pod.and_then(|s| s.windows_options.as_deref())) == Some(true) {
            let at = pod.at(&KEYS);
            let message = "the pod runs as processes of its Windows node";
            let inherits = |c: &ContainerRef<'_, '_>| own(c).is_none();
            let evidence = || Evidence::new([Fact::new(Reach::those(pod, inherits), [])]);
            found.add(Finding::new(at.clone(), message, Remedy::set(at, false)), evidence)?;
        }
        for c in pod.containers() {
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
