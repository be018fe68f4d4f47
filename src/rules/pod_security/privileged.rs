//! Upstream's check `privileged` (baseline, 1.0).

use crate::rules::{Case, Finding, Meta, NoParams, Outcome, Remedy, Rule, Severity};

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

    fn check(case: &Case<'_, '_>, _: &NoParams) -> Outcome {
        let found =
            case.pod.containers().filter(|c| c.security().and_then(|s| s.privileged) == Some(true));
        Ok(found
            .map(|c| {
                let at = c.at(&["securityContext", "privileged"]);
                Finding::of(&c, at.clone(), format!("{c} is privileged"), Remedy::set(at, false))
            })
            .collect())
    }
}
