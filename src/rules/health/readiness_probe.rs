//! Without a readiness probe a Service sends requests to a program that is still starting.

use super::{lasting, without_probe};
use crate::rules::{
    Checked, Context, Findings, NoParams, Rule, RuleDescription, Severity, Standard, Text,
};
use crate::subject::{Pod, Pods};

#[doc = include_str!("readiness_probe.md")]
pub(crate) struct ReadinessProbe;

impl Rule for ReadinessProbe {
    type On = Pods;
    type Params = NoParams;
    const DESCRIPTION: RuleDescription = RuleDescription {
        id: Text::Borrowed("readiness-probe"),
        group: Text::Borrowed("health"),
        severity: Severity::High,
        checklist: Text::Borrowed("Every lasting container says when it can take requests."),
        rows: &["R14", "R16", "M27"],
        standards: &[Standard::Cwe(703)],
        page: Text::Borrowed(include_str!("readiness_probe.md")),
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
        without_probe(
            pod,
            "readinessProbe",
            "readiness",
            |c| c.spec.readiness_probe.is_some(),
            found,
        )
    }
}
