//! Load that nobody foresaw meets as many replicas as somebody once wrote down.

use crate::inventory::Neighbour;
use crate::path::FieldPath;
use crate::rules::{
    Checked, Context, Evidence, Fact, Finding, Findings, NoParams, Reach, Remedy, Rule,
    RuleDescription, Severity, Text,
};
use crate::subject::{self, Kind, Replicated, Shape};

#[doc = include_str!("autoscaling.md")]
pub(crate) struct Autoscaling;

impl Rule for Autoscaling {
    type On = Replicated;
    type Params = NoParams;
    const DESCRIPTION: RuleDescription = RuleDescription {
        id: Text::Borrowed("autoscaling"),
        group: Text::Borrowed("availability"),
        severity: Severity::Low,
        checklist: Text::Borrowed("An autoscaler decides how many replicas a Deployment has."),
        rows: &["M36"],
        standards: &[],
        page: Text::Borrowed(include_str!("autoscaling.md")),
    };
    const NEEDS: &'static [Neighbour] = &[Neighbour::Autoscaler];

    fn applies(_: subject::Replicas<'_>, _: &NoParams, cx: &Context<'_>) -> bool {
        cx.kind.shape == Shape::Deployment
    }

    fn check(
        _: subject::Replicas<'_>,
        _: &NoParams,
        cx: &Context<'_>,
        found: &mut Findings<'_>,
    ) -> Checked {
        let Kind { group, kind, .. } = cx.kind;
        if cx.neighbours.is_scaled(group, kind, cx.namespace, cx.name)? {
            return Ok(());
        }
        let at = FieldPath::root().keys(&["spec", "replicas"]);
        let message = "no HorizontalPodAutoscaler or ScaledObject decides about the replicas";
        let advice =
            "add a HorizontalPodAutoscaler, or KEDA's ScaledObject, whose scaleTargetRef names it";
        let finding = Finding::new(at, message, Remedy::Advice(advice.to_owned()));
        let finding = if cx.is_write { finding.only_warns() } else { finding };
        found.add(finding, || Evidence::new([Fact::new(Reach::object(), ["no autoscaler"])]))
    }
}
