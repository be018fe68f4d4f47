//! Upstream's check `appArmorProfile` (baseline, 1.0).

use crate::rules::{
    Checked, Context, Evidence, Fact, Finding, Findings, NoParams, Reach, Remedy, Rule,
    RuleDescription, Severity, Standard, Text,
};
use crate::subject::{ContainerRef, Pod, Pods, Profile};
use crate::text::Quoted;

#[doc = include_str!("apparmor.md")]
pub(crate) struct Apparmor;

const FIELD: [&str; 3] = ["securityContext", "appArmorProfile", "type"];
const ANNOTATION: &str = "container.apparmor.security.beta.kubernetes.io/";

impl Rule for Apparmor {
    type On = Pods;
    type Params = NoParams;
    const DESCRIPTION: RuleDescription = RuleDescription {
        id: Text::Borrowed("apparmor"),
        group: Text::Borrowed("pod-security"),
        severity: Severity::High,
        checklist: Text::Borrowed("No container switches AppArmor off."),
        rows: &["M26"],
        standards: &[
            Standard::PodSecurity("baseline"),
            Standard::NsaCisa("Hardening container environments"),
        ],
        page: Text::Borrowed(include_str!("apparmor.md")),
    };

    fn check(
        pod: &Pod<'_, '_>,
        _: &NoParams,
        _: &Context<'_>,
        found: &mut Findings<'_>,
    ) -> Checked {
        let of_pod =
            pod.spec.security_context.as_deref().and_then(|s| s.app_armor_profile.as_deref());
        if let Some(kind) = of_pod.and_then(forbidden) {
            let at = pod.at(&FIELD);
            let message = format!("the pod runs under AppArmor profile {}", Quoted(kind));
            // A profile of the container's own, by field or by annotation, counts before the pod's.
            let inherits = |c: &ContainerRef<'_, '_>| {
                own_profile(c).is_none() && pod.annotation(&annotation_of(c)).is_none()
            };
            let evidence =
                || Evidence::of_processes(pod, [Fact::new(Reach::those(pod, inherits), [])]);
            let remedy = Remedy::set(at.clone(), "RuntimeDefault");
            found.add(Finding::new(at, message, remedy), evidence)?;
        }
        for c in pod.containers() {
            found.visit(1)?;
            if let Some(kind) = own_profile(&c).and_then(forbidden) {
                let at = c.at(&FIELD);
                let message = format!("{c} runs under AppArmor profile {}", Quoted(kind));
                let remedy = Remedy::set(at.clone(), "RuntimeDefault");
                found.add(Finding::of(&c, at, message, remedy), || Evidence::of_process(&c, []))?;
            }
        }
        for (key, value) in pod.metadata.into_iter().flat_map(|m| m.annotations.iter()) {
            found.visit(1)?;
            let allowed = value.is_empty()
                || value.as_str() == "runtime/default"
                || value.starts_with("localhost/");
            if let Some(name) = key.strip_prefix(ANNOTATION).filter(|_| !allowed) {
                found.visit(pod.container_count())?;
                let at = pod.annotation_at(key);
                let message =
                    format!("annotation {} names a forbidden AppArmor profile", Quoted(key));
                // A profile in the container's own field counts before the annotation.
                let is_meant =
                    |c: &ContainerRef<'_, '_>| c.name() == name && own_profile(c).is_none();
                let fact = || Fact::new(Reach::those(pod, is_meant), []);
                let evidence = || Evidence::of_processes(pod, [fact()]);
                found.add(Finding::new(at.clone(), message, Remedy::remove(at)), evidence)?;
            }
        }
        Ok(())
    }
}

fn own_profile<'s>(c: &ContainerRef<'s, '_>) -> Option<&'s Profile<'s>> {
    c.security()?.app_armor_profile.as_deref()
}

fn annotation_of(c: &ContainerRef<'_, '_>) -> String {
    format!("{ANNOTATION}{}", c.name())
}

/// The profile's type, where it is not an allowed one.
fn forbidden<'p>(profile: &'p Profile<'_>) -> Option<&'p str> {
    let kind = profile.kind.as_deref().unwrap_or_default();
    (!matches!(kind, "RuntimeDefault" | "Localhost")).then_some(kind)
}
