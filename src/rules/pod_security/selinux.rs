//! Upstream's check `seLinuxOptions` (baseline, 1.0 and 1.31).

use crate::path::FieldPath;
use crate::rules::{Case, Finding, Meta, NoParams, Outcome, Remedy, Rule, Severity};
use crate::subject::SeLinuxOptions;
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

    fn check(case: &Case<'_, '_>, _: &NoParams) -> Outcome {
        let mut findings = Vec::new();
        let pod = case.pod.spec.security_context.as_deref();
        if let Some(options) = pod.and_then(|s| s.se_linux_options.as_deref()) {
            for (at, message) in forbidden(case, options, &case.pod.at(&FIELD), "the pod") {
                findings.push(Finding::new(at.clone(), message, Remedy::remove(at)));
            }
        }
        for c in case.pod.containers() {
            if let Some(options) = c.security().and_then(|s| s.se_linux_options.as_deref()) {
                for (at, message) in forbidden(case, options, &c.at(&FIELD), &c.to_string()) {
                    findings.push(Finding::of(&c, at.clone(), message, Remedy::remove(at)));
                }
            }
        }
        Ok(findings)
    }
}

fn is_allowed_type(kind: &str, case: &Case<'_, '_>) -> bool {
    matches!(kind, "" | "container_t" | "container_init_t" | "container_kvm_t")
        || kind == "container_engine_t" && case.version.at_least(31)
}

fn forbidden(
    case: &Case<'_, '_>,
    options: &SeLinuxOptions<'_>,
    at: &FieldPath,
    who: &str,
) -> Vec<(FieldPath, String)> {
    let mut found = Vec::new();
    let kind = options.kind.as_deref().unwrap_or_default();
    if !is_allowed_type(kind, case) {
        found.push((at.clone().key("type"), format!("{who} sets SELinux type {}", Quoted(kind))));
    }
    for (value, key) in [(&options.user, "user"), (&options.role, "role")] {
        if let Some(value) = value.as_deref().filter(|v| !v.is_empty()) {
            found
                .push((at.clone().key(key), format!("{who} sets SELinux {key} {}", Quoted(value))));
        }
    }
    found
}
