//! Upstream's check `privileged` (baseline, 1.0).

use crate::rules::{
    Case, Checked, Evidence, Finding, Findings, Meta, NoParams, Remedy, Rule, Severity,
};

#[doc = include_str!("privileged.md")]
pub struct Privileged;

impl Rule for Privileged {
    type Params = NoParams;
    const META: Meta = Meta {
        id: "privileged",
        severity: Severity::Critical,
        checklist: "No container runs privileged.",
        rows: &["M26"],
        page: include_str!("privileged.md"),
    };

    fn check(case: &Case<'_, '_>, _: &NoParams, found: &mut Findings<'_>) -> Checked {
        for c in case.pod.containers() {
            found.visit(1)?;
            if c.security().and_then(|s| s.privileged) == Some(true) {
                let at = c.at(&["securityContext", "privileged"]);
                let (message, remedy) =
                    (format!("{c} is privileged"), Remedy::set(at.clone(), false));
                found.add(Finding::of(&c, at, message, remedy), || Evidence::of_process(&c, []))?;
            }
        }
        Ok(())
    }
}
