//! Upstream's check `appArmorProfile` (baseline, 1.0).

use crate::rules::{Case, Finding, Meta, NoParams, Outcome, Remedy, Rule, Severity};
use crate::subject::Profile;
use crate::text::Quoted;

#[doc = include_str!("apparmor.md")]
pub struct Apparmor;

const FIELD: [&str; 3] = ["securityContext", "appArmorProfile", "type"];
const ANNOTATION: &str = "container.apparmor.security.beta.kubernetes.io/";

impl Rule for Apparmor {
    type Params = NoParams;
    const META: Meta = Meta {
        id: "apparmor",
        severity: Severity::High,
        checklist: "No container switches AppArmor off.",
        rows: &["M26"],
        page: include_str!("apparmor.md"),
    };

    fn check(case: &Case<'_, '_>, _: &NoParams) -> Outcome {
        let mut findings = Vec::new();
        let pod =
            case.pod.spec.security_context.as_deref().and_then(|s| s.app_armor_profile.as_deref());
        if let Some(kind) = pod.and_then(forbidden) {
            let at = case.pod.at(&FIELD);
            let message = format!("the pod runs under AppArmor profile {}", Quoted(kind));
            findings.push(Finding::new(at.clone(), message, Remedy::set(at, "RuntimeDefault")));
        }
        for c in case.pod.containers() {
            let profile = c.security().and_then(|s| s.app_armor_profile.as_deref());
            if let Some(kind) = profile.and_then(forbidden) {
                let at = c.at(&FIELD);
                let message = format!("{c} runs under AppArmor profile {}", Quoted(kind));
                findings.push(Finding::of(
                    &c,
                    at.clone(),
                    message,
                    Remedy::set(at, "RuntimeDefault"),
                ));
            }
        }
        let annotations = case.pod.metadata.into_iter().flat_map(|m| m.annotations.iter());
        for (key, value) in annotations {
            let allowed = value.is_empty()
                || value.as_str() == "runtime/default"
                || value.starts_with("localhost/");
            if key.starts_with(ANNOTATION) && !allowed {
                let at = case.pod.annotation_at(key);
                let message =
                    format!("annotation {} names a forbidden AppArmor profile", Quoted(key));
                findings.push(Finding::new(at.clone(), message, Remedy::remove(at)));
            }
        }
        Ok(findings)
    }
}

/// The profile's type, where it is not an allowed one.
fn forbidden<'p>(profile: &'p Profile<'_>) -> Option<&'p str> {
    let kind = profile.kind.as_deref().unwrap_or_default();
    (!matches!(kind, "RuntimeDefault" | "Localhost")).then_some(kind)
}
