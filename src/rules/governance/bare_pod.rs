//! A Pod that nobody looks after is gone with its node.

use crate::path::FieldPath;
use crate::rules::{
    Checked, Context, Evidence, Fact, Finding, Findings, NoParams, Reach, Remedy, Rule,
    RuleDescription, Severity, Text,
};
use crate::subject::{ObjectMeta, PodObjects};

#[doc = include_str!("bare_pod.md")]
pub(crate) struct BarePod;

impl Rule for BarePod {
    type On = PodObjects;
    type Params = NoParams;
    const DESCRIPTION: RuleDescription = RuleDescription {
        id: Text::Borrowed("bare-pod"),
        group: Text::Borrowed("governance"),
        severity: Severity::Medium,
        checklist: Text::Borrowed("Every Pod is looked after by a workload."),
        rows: &["R16"],
        standards: &[],
        page: Text::Borrowed(include_str!("bare_pod.md")),
    };

    fn check(
        metadata: &ObjectMeta<'_>,
        _: &NoParams,
        _: &Context<'_>,
        found: &mut Findings<'_>,
    ) -> Checked {
        if metadata.owner_references.iter().any(|owner| owner.controller == Some(true)) {
            return Ok(());
        }
        let at = FieldPath::root().keys(&["metadata", "ownerReferences"]);
        let message = "no controller looks after the Pod";
        let advice = "make it the template of a Deployment, a StatefulSet, a DaemonSet or a Job";
        let finding = Finding::new(at, message, Remedy::Advice(advice.to_owned()));
        found.add(finding, || Evidence::new([Fact::new(Reach::object(), ["bare"])]))
    }
}
