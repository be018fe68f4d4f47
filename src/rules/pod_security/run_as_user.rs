//! Upstream's check `runAsUser` (restricted, 1.23 and 1.35).

use super::is_relaxed_by_user_namespace;
use crate::rules::{
    Case, Checked, Evidence, Fact, Finding, Findings, Meta, NoParams, Reach, Remedy, Rule, Severity,
};
use crate::subject::ContainerRef;

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

    fn check(case: &Case<'_, '_>, _: &NoParams, found: &mut Findings<'_>) -> Checked {
        if !case.version.at_least(23) || is_relaxed_by_user_namespace(case) {
            return Ok(());
        }
        let own = |c: &ContainerRef<'_, '_>| c.security().and_then(|s| s.run_as_user);
        if case.pod.spec.security_context.as_deref().and_then(|s| s.run_as_user) == Some(0) {
            let at = case.pod.at(&FIELD);
            let reach = || Reach::those(case.pod, |c| own(c).is_none());
            let (message, remedy) = ("the pod runs as user 0 (root)", Remedy::remove(at.clone()));
            let evidence = || Evidence::of_processes(case.pod, [Fact::new(reach(), [])]);
            found.add(Finding::new(at, message, remedy), evidence)?;
        }
        for c in case.pod.containers() {
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
