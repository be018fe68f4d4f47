//! Upstream's checks `seccompProfile_baseline` (1.0 by annotation, 1.19 by field) and
//! `seccompProfile_restricted` (1.19 and 1.25; before that the restricted level has the baseline form).

use super::{Level, LevelParams, is_exempt_windows_pod};
use crate::rules::{Case, Finding, Meta, Outcome, Remedy, Rule, Severity};
use crate::subject::Profile;
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

    fn check(case: &Case<'_, '_>, params: &LevelParams) -> Outcome {
        if !case.version.at_least(19) {
            return Ok(forbidden_annotations(case));
        }
        if params.level == Level::Restricted && is_exempt_windows_pod(case) {
            return Ok(Vec::new());
        }
        let mut findings = Vec::new();
        let pod =
            case.pod.spec.security_context.as_deref().and_then(|s| s.seccomp_profile.as_deref());
        let mut pod_is_confined = false;
        if let Some(profile) = pod {
            pod_is_confined = is_confined(profile);
            if !pod_is_confined {
                let at = case.pod.at(&FIELD);
                let message = format!("the pod runs under seccomp profile {}", named(profile));
                findings.push(Finding::new(at.clone(), message, Remedy::set(at, "RuntimeDefault")));
            }
        }
        for c in case.pod.containers() {
            let message = match c.security().and_then(|s| s.seccomp_profile.as_deref()) {
                Some(profile) if !is_confined(profile) => {
                    format!("{c} runs under seccomp profile {}", named(profile))
                }
                // A bad profile of the pod is reported once, above.
                None if params.level == Level::Restricted && !pod_is_confined && pod.is_none() => {
                    format!("{c} has no seccomp profile")
                }
                _ => continue,
            };
            let at = c.at(&FIELD);
            findings.push(Finding::of(&c, at.clone(), message, Remedy::set(at, "RuntimeDefault")));
        }
        Ok(findings)
    }
}

fn is_confined(profile: &Profile<'_>) -> bool {
    matches!(profile.kind.as_deref(), Some("RuntimeDefault" | "Localhost"))
}

fn named<'p>(profile: &'p Profile<'_>) -> Quoted<'p> {
    Quoted(profile.kind.as_deref().unwrap_or_default())
}

fn forbidden_annotations(case: &Case<'_, '_>) -> Vec<Finding> {
    let of_containers =
        case.pod.containers().map(|c| format!("{CONTAINER_ANNOTATION}{}", c.name()));
    let keys = std::iter::once(POD_ANNOTATION.to_owned()).chain(of_containers);
    let refused = keys.filter(|key| {
        case.pod.annotation(key).is_some_and(|value| {
            !matches!(value, "runtime/default" | "docker/default")
                && !value.starts_with("localhost/")
        })
    });
    refused
        .map(|key| {
            let at = case.pod.annotation_at(&key);
            let message = format!("annotation {} names a forbidden seccomp profile", Quoted(&key));
            Finding::new(at.clone(), message, Remedy::remove(at))
        })
        .collect()
}
