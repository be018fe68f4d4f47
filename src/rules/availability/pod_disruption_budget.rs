//! Without a budget, whoever drains nodes may take all replicas away at once.

use crate::inventory::Neighbour;
use crate::rules::{
    Checked, Context, Evidence, Fact, Finding, Findings, NoParams, Reach, Remedy, Rule,
    RuleDescription, Severity, Text,
};
use crate::subject::{Pod, Pods, Shape};

#[doc = include_str!("pod_disruption_budget.md")]
pub(crate) struct PodDisruptionBudget;

impl Rule for PodDisruptionBudget {
    type On = Pods;
    type Params = NoParams;
    const DESCRIPTION: RuleDescription = RuleDescription {
        id: Text::Borrowed("pod-disruption-budget"),
        group: Text::Borrowed("availability"),
        severity: Severity::Low,
        checklist: Text::Borrowed("A disruption budget says how many replicas may be away."),
        rows: &[],
        standards: &[],
        page: Text::Borrowed(include_str!("pod_disruption_budget.md")),
    };
    const NEEDS: &'static [Neighbour] = &[Neighbour::DisruptionBudget];

    fn applies(_: &Pod<'_, '_>, _: &NoParams, cx: &Context<'_>) -> bool {
        matches!(cx.kind.shape, Shape::Deployment | Shape::StatefulSet)
    }

    fn check(
        pod: &Pod<'_, '_>,
        _: &NoParams,
        cx: &Context<'_>,
        found: &mut Findings<'_>,
    ) -> Checked {
        for budget in cx.neighbours.selecting(Neighbour::DisruptionBudget, cx.namespace)? {
            found.visit(1)?;
            if budget.selects(|key| pod.label(key)) {
                return Ok(());
            }
        }
        let at = pod.labels_at();
        let advice = format!("add a PodDisruptionBudget whose selector fits the labels at {at}");
        let message =
            "no PodDisruptionBudget selects the pods: a drain may take all of them at once";
        let finding = Finding::new(at, message, Remedy::Advice(advice));
        let finding = if cx.is_write { finding.only_warns() } else { finding };
        found.add(finding, || Evidence::new([Fact::new(Reach::pod(pod), ["no budget"])]))
    }
}
