//! Upstream's check `seLinuxOptions` (baseline, 1.0 and 1.31).

use crate::rules::{
    Case, Checked, Evidence, Fact, Finding, Findings, Meta, NoParams, Reach, Remedy, Rule, Severity,
};
use crate::subject::{ContainerRef, SeLinuxOptions, Str};
use crate::text::Quoted;

#[doc = include_str!("selinux.md")]
pub struct Selinux;

const FIELD: [&str; 2] = ["securityContext", "seLinuxOptions"];

impl Rule for Selinux {
    type Params = NoParams;
    const META: Meta = Meta {
        id: "selinux",
        severity: Severity::High,
        checklist: "No container picks an SELinux user, role or type of its own.",
        rows: &["M26"],
        page: include_str!("selinux.md"),
    };

    fn check(case: &Case<'_, '_>, _: &NoParams, found: &mut Findings<'_>) -> Checked {
        let pod = case.pod.spec.security_context.as_deref();
        if let Some(options) = pod.and_then(|s| s.se_linux_options.as_deref()) {
            for (key, value) in forbidden(case, options) {
                let at = case.pod.at(&FIELD).key(key);
                let message = format!("the pod sets SELinux {key} {}", Quoted(value));
                let reach = || Reach::those(case.pod, |c| own(c).is_none());
                let evidence =
                    || Evidence::of_processes(case.pod, [Fact::new(reach(), [key, value])]);
                found.add(Finding::new(at.clone(), message, Remedy::remove(at)), evidence)?;
            }
        }
        for c in case.pod.containers() {
            found.visit(1)?;
            for (key, value) in own(&c).into_iter().flat_map(|options| forbidden(case, options)) {
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

fn is_allowed_type(kind: &str, case: &Case<'_, '_>) -> bool {
    matches!(kind, "" | "container_t" | "container_init_t" | "container_kvm_t")
        || kind == "container_engine_t" && case.version.at_least(31)
}

/// The fields of `options` that are set to what they may not be.
fn forbidden<'o>(
    case: &Case<'_, '_>,
    options: &'o SeLinuxOptions<'_>,
) -> impl Iterator<Item = (&'static str, &'o str)> {
    let text = |value: &'o Option<Str<'_>>| value.as_deref().unwrap_or_default();
    let kind = Some(("type", text(&options.kind))).filter(|(_, kind)| !is_allowed_type(kind, case));
    let named = [("user", text(&options.user)), ("role", text(&options.role))];
    kind.into_iter().chain(named.into_iter().filter(|(_, value)| !value.is_empty()))
}
