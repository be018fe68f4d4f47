//! Who restarts what hangs must not restart what is still starting.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{lasting, without_probe};
use crate::rules::{
    Checked, Context, Findings, Params, Rule, RuleDescription, Severity, Standard, Text,
};
use crate::subject::{ContainerRef, Pod, Pods};

#[doc = include_str!("startup_probe.md")]
pub(crate) struct StartupProbe;

/// Of which containers a startup probe is demanded.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct StartupProbeParams {
    /// Also of those without a liveness probe, which nobody restarts.
    pub without_liveness: bool,
}

impl Params for StartupProbeParams {}

impl StartupProbeParams {
    fn is_demanded_of(&self, c: &ContainerRef<'_, '_>) -> bool {
        self.without_liveness || c.spec.liveness_probe.is_some()
    }
}

impl Rule for StartupProbe {
    type On = Pods;
    type Params = StartupProbeParams;
    const DESCRIPTION: RuleDescription = RuleDescription {
        id: Text::Borrowed("startup-probe"),
        group: Text::Borrowed("health"),
        severity: Severity::Low,
        checklist: Text::Borrowed("No container is restarted because its start takes long."),
        rows: &["R14", "R16", "M27"],
        standards: &[Standard::Cwe(703)],
        page: Text::Borrowed(include_str!("startup_probe.md")),
    };

    fn applies(pod: &Pod<'_, '_>, params: &StartupProbeParams, _: &Context<'_>) -> bool {
        lasting(pod).any(|c| params.is_demanded_of(&c))
    }

    fn check(
        pod: &Pod<'_, '_>,
        params: &StartupProbeParams,
        _: &Context<'_>,
        found: &mut Findings<'_>,
    ) -> Checked {
        let is_fine =
            |c: &ContainerRef<'_, '_>| c.spec.startup_probe.is_some() || !params.is_demanded_of(c);
        without_probe(pod, "startupProbe", "startup", is_fine, found)
    }
}
