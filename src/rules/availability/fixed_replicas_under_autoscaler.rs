//! A number in a manifest, and an autoscaler that decides about it, undo each other.

use crate::inventory::Neighbour;
use crate::path::FieldPath;
use crate::rules::{
    Checked, Context, Evidence, Fact, Finding, Findings, NoParams, Reach, Remedy, Rule,
    RuleDescription, Severity, Text,
};
use crate::subject::{self, Kind, Replicated};

#[doc = include_str!("fixed_replicas_under_autoscaler.md")]
pub(crate) struct FixedReplicasUnderAutoscaler;

impl Rule for FixedReplicasUnderAutoscaler {
    type On = Replicated;
    type Params = NoParams;
    const DESCRIPTION: RuleDescription = RuleDescription {
        id: Text::Borrowed("fixed-replicas-under-autoscaler"),
        group: Text::Borrowed("availability"),
        severity: Severity::Medium,
        checklist: Text::Borrowed(
            "No manifest sets the replicas that an autoscaler decides about.",
        ),
        rows: &["M36"],
        standards: &[],
        page: Text::Borrowed(include_str!("fixed_replicas_under_autoscaler.md")),
    };
    const NEEDS: &'static [Neighbour] = &[Neighbour::Autoscaler];

    fn applies(_: subject::Replicas<'_>, _: &NoParams, cx: &Context<'_>) -> bool {
        // In a cluster there always is a number, which nobody has to have written.
        !cx.is_defaulted
    }

    fn check(
        replicas: subject::Replicas<'_>,
        _: &NoParams,
        cx: &Context<'_>,
        found: &mut Findings<'_>,
    ) -> Checked {
        if replicas.count.is_none_or(|count| count < 1) {
            return Ok(());
        }
        let Kind { group, kind, .. } = cx.kind;
        if !cx.neighbours.is_scaled(group, kind, cx.namespace, cx.name)? {
            return Ok(());
        }
        let at = FieldPath::root().keys(&["spec", "replicas"]);
        let message = "an autoscaler decides about the replicas, and every apply resets them";
        let finding = Finding::new(at.clone(), message, Remedy::remove(at));
        let finding = if cx.is_write { finding.only_warns() } else { finding };
        found.add(finding, || Evidence::new([Fact::new(Reach::object(), ["fixed"])]))
    }
}
