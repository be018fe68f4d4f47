//! A hung process that nobody restarts is an outage with a green light.

use super::{lasting, without_probe};
use crate::rules::{
    Checked, Context, Findings, NoParams, Rule, RuleDescription, Severity, Standard, Text,
};
use crate::subject::{Pod, Pods};

#[doc = include_str!("liveness_probe.md")]
pub(crate) struct LivenessProbe;

impl Rule for LivenessProbe {
    type On = Pods;
    type Params = NoParams;
    const DESCRIPTION: RuleDescription = RuleDescription {
        id: Text::Borrowed("liveness-probe"),
        group: Text::Borrowed("health"),
        severity: Severity::Medium,
        checklist: Text::Borrowed("Every lasting container says when it has to be restarted."),
        rows: &["R14", "R16", "M27"],
        standards: &[Standard::Cwe(703)],
        page: Text::Borrowed(include_str!("liveness_probe.md")),
    };

    fn applies(pod: &Pod<'_, '_>, _: &NoParams, _: &Context<'_>) -> bool {
        lasting(pod).next().is_some()
    }

    fn check(
        pod: &Pod<'_, '_>,
        _: &NoParams,
        _: &Context<'_>,
        found: &mut Findings<'_>,
    ) -> Checked {
        without_probe(pod, "livenessProbe", "liveness", |c| c.spec.liveness_probe.is_some(), found)
    }
}
