//! Pods that do not work keep nobody served, and still keep a node from being drained.

use crate::path::FieldPath;
use crate::rules::{
    Checked, Context, Evidence, Fact, Finding, Findings, NoParams, Reach, Remedy, Rule,
    RuleDescription, Severity, Text,
};
use crate::subject::{DisruptionBudgets, PodDisruptionBudget};

#[doc = include_str!("unhealthy_pod_eviction.md")]
pub(crate) struct UnhealthyPodEviction;

impl Rule for UnhealthyPodEviction {
    type On = DisruptionBudgets;
    type Params = NoParams;
    const DESCRIPTION: RuleDescription = RuleDescription {
        id: Text::Borrowed("unhealthy-pod-eviction"),
        group: Text::Borrowed("availability"),
        severity: Severity::Low,
        checklist: Text::Borrowed("A disruption budget lets pods go that do not work anyway."),
        rows: &[],
        standards: &[],
        page: Text::Borrowed(include_str!("unhealthy_pod_eviction.md")),
    };

    fn applies(budget: &PodDisruptionBudget<'_>, _: &NoParams, _: &Context<'_>) -> bool {
        budget.spec.is_some()
    }

    fn check(
        budget: &PodDisruptionBudget<'_>,
        _: &NoParams,
        _: &Context<'_>,
        found: &mut Findings<'_>,
    ) -> Checked {
        let policy =
            budget.spec.as_deref().and_then(|s| s.unhealthy_pod_eviction_policy.as_deref());
        if policy == Some("AlwaysAllow") {
            return Ok(());
        }
        let at = FieldPath::root().keys(&["spec", "unhealthyPodEvictionPolicy"]);
        let message = "pods that are not ready keep a node from being drained";
        let finding = Finding::new(at.clone(), message, Remedy::set(at, "AlwaysAllow"));
        found.add(finding, || Evidence::new([Fact::new(Reach::object(), ["unhealthy"])]))
    }
}
