//! Without a readiness probe a Service sends requests to a program that is still starting.

use super::{lasting, without_probe};
use crate::rules::{Case, Checked, Findings, Meta, NoParams, Rule, Severity};

#[doc = include_str!("readiness_probe.md")]
pub struct ReadinessProbe;

impl Rule for ReadinessProbe {
    type Params = NoParams;
    const META: Meta = Meta {
        id: "readiness-probe",
        severity: Severity::High,
        checklist: "Every lasting container says when it can take requests.",
        rows: &["R14", "R16", "M27"],
        page: include_str!("readiness_probe.md"),
    };

    fn applies(case: &Case<'_, '_>) -> bool {
        lasting(case).next().is_some()
    }

    fn check(case: &Case<'_, '_>, _: &NoParams, found: &mut Findings<'_>) -> Checked {
        without_probe(
            case,
            "readinessProbe",
            "readiness",
            |c| c.spec.readiness_probe.is_some(),
            found,
        )
    }
}
