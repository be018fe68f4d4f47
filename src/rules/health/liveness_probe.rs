//! A hung process that nobody restarts is an outage with a green light.

use super::{lasting, without_probe};
use crate::rules::{Case, Checked, Findings, Meta, NoParams, Rule, Severity};

#[doc = include_str!("liveness_probe.md")]
pub struct LivenessProbe;

impl Rule for LivenessProbe {
    type Params = NoParams;
    const META: Meta = Meta {
        id: "liveness-probe",
        severity: Severity::Medium,
        checklist: "Every lasting container says when it has to be restarted.",
        rows: &["R14", "R16", "M27"],
        page: include_str!("liveness_probe.md"),
    };

    fn applies(case: &Case<'_, '_>) -> bool {
        lasting(case).next().is_some()
    }

    fn check(case: &Case<'_, '_>, _: &NoParams, found: &mut Findings<'_>) -> Checked {
        without_probe(case, "livenessProbe", "liveness", |c| c.spec.liveness_probe.is_some(), found)
    }
}
