//! Upstream's check `runAsNonRoot` (restricted, 1.0 and 1.35).

use super::is_relaxed_by_user_namespace;
use crate::rules::{
    Checked, Context, Evidence, Fact, Finding, Findings, NoParams, Reach, Remedy, Rule,
    RuleDescription, Severity, Standard, Text,
};
use crate::subject::{ContainerRef, Pod, Pods};

#[doc = include_str!("run_as_non_root.md")]
pub(crate) struct RunAsNonRoot;

const FIELD: [&str; 2] = ["securityContext", "runAsNonRoot"];

impl Rule for RunAsNonRoot {
    type On = Pods;
    type Params = NoParams;
    const DESCRIPTION: RuleDescription = RuleDescription {
        id: Text::Borrowed("run-as-non-root"),
        group: Text::Borrowed("pod-security"),
        severity: Severity::Critical,
        checklist: Text::Borrowed("Every container is held to run as another user than root."),
        rows: &["R24", "M26"],
        standards: &[
            Standard::PodSecurity("restricted"),
            Standard::NsaCisa("Non-root containers and rootless container engines"),
            Standard::Cis("5.2.7"),
            Standard::Cwe(250),
        ],
        page: Text::Borrowed(include_str!("run_as_non_root.md")),
    };

    fn applies(pod: &Pod<'_, '_>, _: &NoParams, cx: &Context<'_>) -> bool {
        !is_relaxed_by_user_namespace(pod, cx)
    }

    fn check(
        pod: &Pod<'_, '_>,
        _: &NoParams,
        _: &Context<'_>,
        found: &mut Findings<'_>,
    ) -> Checked {
        let of_pod = pod.spec.security_context.as_deref();
        let demanded = of_pod.and_then(|s| s.run_as_non_root);
        // Without the demand the user counts: one that is fixed, or the image's, which may be root.
        let fact = |reach, user: Option<i64>| {
            Fact::new(reach, []).degree(u64::from(user.is_none_or(|user| user == 0)))
        };
        let user_of = |c: &ContainerRef<'_, '_>| {
            c.security().and_then(|s| s.run_as_user).or_else(|| of_pod?.run_as_user)
        };
        let own = |c: &ContainerRef<'_, '_>| c.security().and_then(|s| s.run_as_non_root);
        if demanded == Some(false) {
            let at = pod.at(&FIELD);
            let inheriting = pod.containers().filter(|c| own(c).is_none());
            let evidence = || {
                Evidence::of_processes(pod, inheriting.map(|c| fact(Reach::one(&c), user_of(&c))))
            };
            let remedy = Remedy::set(at.clone(), true);
            found.add(Finding::new(at, "the pod may run as root", remedy), evidence)?;
        }
        for c in pod.containers() {
            found.visit(1)?;
            // What a container inherits from the pod is reported once, above.
            if own(&c) == Some(false) || own(&c).is_none() && demanded.is_none() {
                let at = c.at(&FIELD);
                let remedy = Remedy::set(at.clone(), true);
                let evidence = || Evidence::of_processes(pod, [fact(Reach::one(&c), user_of(&c))]);
                found.add(Finding::of(&c, at, format!("{c} may run as root"), remedy), evidence)?;
            }
        }
        Ok(())
    }
}
