//! Upstream's checks `seccompProfile_baseline` (1.0 by annotation, 1.19 by field) and
//! `seccompProfile_restricted` (1.19 and 1.25; before that the restricted level has the baseline form).

use super::{Level, LevelParams, is_exempt_windows_pod};
use crate::rules::{
    Case, Checked, Evidence, Fact, Finding, Findings, Meta, Reach, Remedy, Rule, Severity,
};
use crate::subject::{ContainerRef, Profile};
use crate::text::Quoted;

#[doc = include_str!("seccomp.md")]
pub struct Seccomp;

const FIELD: [&str; 3] = ["securityContext", "seccompProfile", "type"];
const POD_ANNOTATION: &str = "seccomp.security.alpha.kubernetes.io/pod";
const CONTAINER_ANNOTATION: &str = "container.seccomp.security.alpha.kubernetes.io/";

impl Rule for Seccomp {
    type Params = LevelParams;
    const META: Meta = Meta {
        id: "seccomp",
        severity: Severity::High,
        checklist: "Every container runs under a seccomp profile.",
        rows: &["M26"],
        page: include_str!("seccomp.md"),
    };

    fn check(case: &Case<'_, '_>, params: &LevelParams, found: &mut Findings<'_>) -> Checked {
        if !case.version.at_least(19) {
            return forbidden_annotations(case, found);
        }
        if params.level == Level::Restricted && is_exempt_windows_pod(case) {
            return Ok(());
        }
        let pod =
            case.pod.spec.security_context.as_deref().and_then(|s| s.seccomp_profile.as_deref());
        if let Some(profile) = pod.filter(|profile| !is_confined(profile)) {
            let at = case.pod.at(&FIELD);
            let message = format!("the pod runs under seccomp profile {}", named(profile));
            let reach = || Reach::those(case.pod, |c| own(c).is_none());
            let remedy = Remedy::set(at.clone(), "RuntimeDefault");
            let evidence = || Evidence::of_processes(case.pod, [unconfined(reach())]);
            found.add(Finding::new(at, message, remedy), evidence)?;
        }
        for c in case.pod.containers() {
            found.visit(1)?;
            let (message, fact) = match own(&c) {
                Some(profile) if !is_confined(profile) => {
                    let message = format!("{c} runs under seccomp profile {}", named(profile));
                    (message, unconfined(Reach::one(&c)))
                }
                // A bad profile of the pod is reported once, above.
                None if params.level == Level::Restricted && pod.is_none() => {
                    (format!("{c} has no seccomp profile"), Fact::new(Reach::one(&c), []))
                }
                _ => continue,
            };
            let at = c.at(&FIELD);
            let remedy = Remedy::set(at.clone(), "RuntimeDefault");
            found.add(Finding::of(&c, at, message, remedy), || {
                Evidence::of_processes(case.pod, [fact])
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
    Fact::new(reach, []).degree(1)
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

fn forbidden_annotations(case: &Case<'_, '_>, found: &mut Findings<'_>) -> Checked {
    let mut add = |key: &str, reach: &dyn Fn() -> Reach| {
        found.visit(1)?;
        let is_forbidden = case.pod.annotation(key).is_some_and(|value| {
            !matches!(value, "runtime/default" | "docker/default")
                && !value.starts_with("localhost/")
        });
        if !is_forbidden {
            return Ok(());
        }
        let at = case.pod.annotation_at(key);
        let message = format!("annotation {} names a forbidden seccomp profile", Quoted(key));
        let evidence = || Evidence::of_processes(case.pod, [unconfined(reach())]);
        found.add(Finding::new(at.clone(), message, Remedy::remove(at)), evidence)
    };
    let inherits = |c: &ContainerRef<'_, '_>| case.pod.annotation(&annotation_of(c)).is_none();
    add(POD_ANNOTATION, &|| Reach::those(case.pod, inherits))?;
    case.pod.containers().try_for_each(|c| add(&annotation_of(&c), &|| Reach::one(&c)))
}
