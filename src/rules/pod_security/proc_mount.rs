//! Upstream's checks `procMount` (baseline, 1.0 and 1.35) and `procMount_restricted` (1.35).

use super::{Level, LevelParams, is_relaxed_by_user_namespace};
use crate::rules::{
    Checked, Context, Evidence, Finding, Findings, Remedy, Rule, RuleDescription, Severity,
    Standard, Text,
};
use crate::subject::{Pod, Pods};
use crate::text::Quoted;

#[doc = include_str!("proc_mount.md")]
pub(crate) struct ProcMount;

impl Rule for ProcMount {
    type On = Pods;
    type Params = LevelParams;
    const DESCRIPTION: RuleDescription = RuleDescription {
        id: Text::Borrowed("proc-mount"),
        group: Text::Borrowed("pod-security"),
        severity: Severity::High,
        checklist: Text::Borrowed("Every container sees the masked form of /proc."),
        rows: &["M26"],
        standards: &[Standard::PodSecurity("baseline"), Standard::Cwe(653)],
        page: Text::Borrowed(include_str!("proc_mount.md")),
    };

    fn applies(pod: &Pod<'_, '_>, params: &LevelParams, cx: &Context<'_>) -> bool {
        params.level == Level::Restricted || !is_relaxed_by_user_namespace(pod, cx)
    }

    fn check(
        pod: &Pod<'_, '_>,
        _: &LevelParams,
        _: &Context<'_>,
        found: &mut Findings<'_>,
    ) -> Checked {
        for c in pod.containers() {
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
