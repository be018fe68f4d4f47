//! Upstream's checks `procMount` (baseline, 1.0 and 1.35) and `procMount_restricted` (1.35).

use super::{Level, LevelParams, is_relaxed_by_user_namespace};
use crate::rules::{Case, Checked, Evidence, Finding, Findings, Meta, Remedy, Rule, Severity};
use crate::text::Quoted;

#[doc = include_str!("proc_mount.md")]
pub struct ProcMount;

impl Rule for ProcMount {
    type Params = LevelParams;
    const META: Meta = Meta {
        id: "proc-mount",
        severity: Severity::High,
        checklist: "Every container sees the masked form of /proc.",
        rows: &["M26"],
        page: include_str!("proc_mount.md"),
    };

    fn check(case: &Case<'_, '_>, params: &LevelParams, found: &mut Findings<'_>) -> Checked {
        if params.level == Level::Baseline && is_relaxed_by_user_namespace(case) {
            return Ok(());
        }
        for c in case.pod.containers() {
            found.visit(1)?;
            let proc_mount = c.security().and_then(|s| s.proc_mount.as_deref());
            if let Some(kind) = proc_mount.filter(|&kind| kind != "Default") {
                let at = c.at(&["securityContext", "procMount"]);
                let message = format!("{c} sees /proc as {}", Quoted(kind));
                let evidence = || Evidence::of_process(&c, [kind]);
                found.add(Finding::of(&c, at.clone(), message, Remedy::remove(at)), evidence)?;
            }
        }
        Ok(())
    }
}
