//! Upstream's check `runAsUser` (restricted, 1.23 and 1.35).

use super::is_relaxed_by_user_namespace;
use crate::rules::{
    Checked, Context, Evidence, Fact, Finding, Findings, NoParams, Reach, Remedy, Rule,
    RuleDescription, Severity, Standard, Text,
};
use crate::subject::{ContainerRef, Pod, Pods};

#[doc = include_str!("run_as_user.md")]
pub(crate) struct RunAsUser;

const FIELD: [&str; 2] = ["securityContext", "runAsUser"];

impl Rule for RunAsUser {
    type On = Pods;
    type Params = NoParams;
    const DESCRIPTION: RuleDescription = RuleDescription {
        id: Text::Borrowed("run-as-user"),
        group: Text::Borrowed("pod-security"),
        severity: Severity::Critical,
        checklist: Text::Borrowed("No container asks to run as user 0."),
        rows: &["R24", "M26"],
        standards: &[
            Standard::PodSecurity("restricted"),
            Standard::NsaCisa("Non-root containers and rootless container engines"),
            Standard::Cis("5.2.7"),
            Standard::Cwe(250),
        ],
        page: Text::Borrowed(include_str!("run_as_user.md")),
    };

    fn applies(pod: &Pod<'_, '_>, _: &NoParams, cx: &Context<'_>) -> bool {
        cx.version.at_least(23) && !is_relaxed_by_user_namespace(pod, cx)
    }

    fn check(
        pod: &Pod<'_, '_>,
        _: &NoParams,
        _: &Context<'_>,
        found: &mut Findings<'_>,
    ) -> Checked {
        let own = |c: &ContainerRef<'_, '_>| c.security().and_then(|s| s.run_as_user);
        if pod.spec.security_context.as_deref().and_then(|s| s.run_as_user) == Some(0) {
            let at = pod.at(&FIELD);
            let reach = || Reach::those(pod, |c| own(c).is_none());
            let (message, remedy) = ("the pod runs as user 0 (root)", Remedy::remove(at.clone()));
            let evidence = || Evidence::of_processes(pod, [Fact::new(reach(), [])]);
            found.add(Finding::new(at, message, remedy), evidence)?;
        }
        for c in pod.containers() {
            found.visit(1)?;
            if own(&c) == Some(0) {
                let at = c.at(&FIELD);
                let remedy = Remedy::remove(at.clone());
                let message = format!("{c} runs as user 0 (root)");
                found.add(Finding::of(&c, at, message, remedy), || Evidence::of_process(&c, []))?;
            }
        }
        Ok(())
    }
}
