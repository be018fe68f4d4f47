//! Upstream's check `seLinuxOptions` (baseline, 1.0 and 1.31).

use crate::rules::{
    Checked, Context, Evidence, Fact, Finding, Findings, NoParams, Reach, Remedy, Rule,
    RuleDescription, Severity, Standard, Text,
};
use crate::subject::{ContainerRef, Pod, Pods, SeLinuxOptions, Str};
use crate::text::Quoted;

#[doc = include_str!("selinux.md")]
pub(crate) struct Selinux;

const FIELD: [&str; 2] = ["securityContext", "seLinuxOptions"];

impl Rule for Selinux {
    type On = Pods;
    type Params = NoParams;
    const DESCRIPTION: RuleDescription = RuleDescription {
        id: Text::Borrowed("selinux"),
        group: Text::Borrowed("pod-security"),
        severity: Severity::High,
        checklist: Text::Borrowed("No container picks an SELinux user, role or type of its own."),
        rows: &["M26"],
        standards: &[
            Standard::PodSecurity("baseline"),
            Standard::NsaCisa("Hardening container environments"),
        ],
        page: Text::Borrowed(include_str!("selinux.md")),
    };

    fn check(
        pod: &Pod<'_, '_>,
        _: &NoParams,
        cx: &Context<'_>,
        found: &mut Findings<'_>,
    ) -> Checked {
        let of_pod = pod.spec.security_context.as_deref();
        if let Some(options) = of_pod.and_then(|s| s.se_linux_options.as_deref()) {
            for (key, value) in forbidden(cx, options) {
                let at = pod.at(&FIELD).key(key);
                let message = format!("the pod sets SELinux {key} {}", Quoted(value));
                let reach = || Reach::those(pod, |c| own(c).is_none());
                let evidence = || Evidence::of_processes(pod, [Fact::new(reach(), [key, value])]);
                found.add(Finding::new(at.clone(), message, Remedy::remove(at)), evidence)?;
            }
        }
        for c in pod.containers() {
            found.visit(1)?;
            for (key, value) in own(&c).into_iter().flat_map(|options| forbidden(cx, options)) {
                let at = c.at(&FIELD).key(key);
                let message = format!("{c} sets SELinux {key} {}", Quoted(value));
                let evidence = || Evidence::of_process(&c, [key, value]);
                found.add(Finding::of(&c, at.clone(), message, Remedy::remove(at)), evidence)?;
            }
        }
        Ok(())
    }
}

/// A container's own options take the place of the pod's as a whole.
fn own<'s>(c: &ContainerRef<'s, '_>) -> Option<&'s SeLinuxOptions<'s>> {
    c.security()?.se_linux_options.as_deref()
}

fn is_allowed_type(kind: &str, cx: &Context<'_>) -> bool {
    matches!(kind, "" | "container_t" | "container_init_t" | "container_kvm_t")
        || kind == "container_engine_t" && cx.version.at_least(31)
}

/// The fields of `options` that are set to what they may not be.
fn forbidden<'o>(
    cx: &Context<'_>,
    options: &'o SeLinuxOptions<'_>,
) -> impl Iterator<Item = (&'static str, &'o str)> {
    let text = |value: &'o Option<Str<'_>>| value.as_deref().unwrap_or_default();
    let kind = Some(("type", text(&options.kind))).filter(|(_, kind)| !is_allowed_type(kind, cx));
    let named = [("user", text(&options.user)), ("role", text(&options.role))];
    kind.into_iter().chain(named.into_iter().filter(|(_, value)| !value.is_empty()))
}
