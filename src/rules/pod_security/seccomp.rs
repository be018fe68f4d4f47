//! Upstream's checks `seccompProfile_baseline` (1.0 by annotation, 1.19 by field) and
//! `seccompProfile_restricted` (1.19 and 1.25; before that the restricted level has the baseline form).

use super::{Level, LevelParams, is_exempt_windows_pod};
use crate::rules::{
    Checked, Context, Evidence, Fact, Finding, Findings, Reach, Remedy, Rule, RuleDescription,
    Severity, Standard, Text,
};
use crate::subject::{ContainerRef, Pod, Pods, Profile};
use crate::text::Quoted;

#[doc = include_str!("seccomp.md")]
pub(crate) struct Seccomp;

const FIELD: [&str; 3] = ["securityContext", "seccompProfile", "type"];
const POD_ANNOTATION: &str = "seccomp.security.alpha.kubernetes.io/pod";
const CONTAINER_ANNOTATION: &str = "container.seccomp.security.alpha.kubernetes.io/";

impl Rule for Seccomp {
    type On = Pods;
    type Params = LevelParams;
    const DESCRIPTION: RuleDescription = RuleDescription {
        id: Text::Borrowed("seccomp"),
        group: Text::Borrowed("pod-security"),
        severity: Severity::High,
        checklist: Text::Borrowed("Every container runs under a seccomp profile."),
        rows: &["M26"],
        standards: &[
            Standard::PodSecurity("baseline"),
            Standard::NsaCisa("Hardening container environments"),
            Standard::Cis("5.7.2"),
        ],
        page: Text::Borrowed(include_str!("seccomp.md")),
    };

    fn applies(pod: &Pod<'_, '_>, params: &LevelParams, cx: &Context<'_>) -> bool {
        params.level == Level::Baseline || !is_exempt_windows_pod(pod, cx)
    }

    fn check(
        pod: &Pod<'_, '_>,
        params: &LevelParams,
        cx: &Context<'_>,
        found: &mut Findings<'_>,
    ) -> Checked {
        if !cx.version.at_least(19) {
            return forbidden_annotations(pod, found);
        }
        let of_pod =
            pod.spec.security_context.as_deref().and_then(|s| s.seccomp_profile.as_deref());
        if let Some(profile) = of_pod.filter(|profile| !is_confined(profile)) {
            let at = pod.at(&FIELD);
            let message = format!("the pod runs under seccomp profile {}", named(profile));
            let reach = || Reach::those(pod, |c| own(c).is_none());
            let remedy = Remedy::set(at.clone(), "RuntimeDefault");
            let evidence = || Evidence::of_processes(pod, [unconfined(reach())]);
            found.add(Finding::new(at, message, remedy), evidence)?;
        }
        for c in pod.containers() {
            found.visit(1)?;
            let (message, fact) = match own(&c) {
                Some(profile) if !is_confined(profile) => {
                    let message = format!("{c} runs under seccomp profile {}", named(profile));
                    (message, unconfined(Reach::one(&c)))
                }
                // A bad profile of the pod is reported once, above.
                None if params.level == Level::Restricted && of_pod.is_none() => {
                    (format!("{c} has no seccomp profile"), Fact::new(Reach::one(&c), []))
                }
                _ => continue,
            };
            let at = c.at(&FIELD);
            let remedy = Remedy::set(at.clone(), "RuntimeDefault");
            found.add(Finding::of(&c, at, message, remedy), || {
                Evidence::of_processes(pod, [fact])
            })?;
        }
        Ok(())
    }
}

fn own<'s>(c: &ContainerRef<'s, '_>) -> Option<&'s Profile<'s>> {
    c.security()?.seccomp_profile.as_deref()
}

/// To be without a profile by one's own word is worse than to name none, where the node decides.
fn unconfined(reach: Reach) -> Fact {
    Fact::new(reach, []).degree(1_u8)
}

fn is_confined(profile: &Profile<'_>) -> bool {
    matches!(profile.kind.as_deref(), Some("RuntimeDefault" | "Localhost"))
}

fn named<'p>(profile: &'p Profile<'_>) -> Quoted<'p> {
    Quoted(profile.kind.as_deref().unwrap_or_default())
}

fn annotation_of(c: &ContainerRef<'_, '_>) -> String {
    format!("{CONTAINER_ANNOTATION}{}", c.name())
}

fn forbidden_annotations(pod: &Pod<'_, '_>, found: &mut Findings<'_>) -> Checked {
    let mut add = |key: &str, reach: &dyn Fn() -> Reach| {
        found.visit(1)?;
        let is_forbidden = pod.annotation(key).is_some_and(|value| {
            !matches!(value, "runtime/default" | "docker/default")
                && !value.starts_with("localhost/")
        });
        if !is_forbidden {
            return Ok(());
        }
        let at = pod.annotation_at(key);
        let message = format!("annotation {} names a forbidden seccomp profile", Quoted(key));
        let evidence = || Evidence::of_processes(pod, [unconfined(reach())]);
        found.add(Finding::new(at.clone(), message, Remedy::remove(at)), evidence)
    };
    let inherits = |c: &ContainerRef<'_, '_>| pod.annotation(&annotation_of(c)).is_none();
    add(POD_ANNOTATION, &|| Reach::those(pod, inherits))?;
    pod.containers().try_for_each(|c| add(&annotation_of(&c), &|| Reach::one(&c)))
}
