//! Where the control plane runs, its keys are.

use crate::rules::{
    Checked, Context, Evidence, Fact, Finding, Findings, NoParams, Reach, Remedy, Rule,
    RuleDescription, Severity, Standard, Text,
};
use crate::subject::{Pod, Pods};

#[doc = include_str!("control_plane_toleration.md")]
pub(crate) struct ControlPlaneToleration;

/// The taints by which nodes of a control plane keep others away.
const TAINTS: [&str; 2] =
    ["node-role.kubernetes.io/control-plane", "node-role.kubernetes.io/master"];

impl Rule for ControlPlaneToleration {
    type On = Pods;
    type Params = NoParams;
    const DESCRIPTION: RuleDescription = RuleDescription {
        id: Text::Borrowed("control-plane-toleration"),
        group: Text::Borrowed("hardening"),
        severity: Severity::Medium,
        checklist: Text::Borrowed("No pod asks to run beside the control plane."),
        rows: &[],
        standards: &[Standard::Cwe(653)],
        page: Text::Borrowed(include_str!("control_plane_toleration.md")),
    };

    fn check(
        pod: &Pod<'_, '_>,
        _: &NoParams,
        _: &Context<'_>,
        found: &mut Findings<'_>,
    ) -> Checked {
        for (index, toleration) in pod.spec.tolerations.iter().enumerate() {
            found.visit(1)?;
            let effect = toleration.effect.as_deref().unwrap_or_default();
            // The taint keeps pods from being scheduled; what else it could do, it does not.
            if !["", "NoSchedule"].contains(&effect) {
                continue;
            }
            let key = toleration.key.as_deref().unwrap_or_default();
            let what = match TAINTS.iter().find(|taint| **taint == key) {
                Some(taint) => format!("the taint {taint}"),
                None if key.is_empty() => "every taint, that of the control plane too".to_owned(),
                None => continue,
            };
            let at = pod.at(&["tolerations"]).index(index);
            let message = format!("the pod tolerates {what}");
            let evidence = || Evidence::new([fact(pod, key)]);
            found.add(Finding::new(at.clone(), message, Remedy::remove(at)), evidence)?;
        }
        Ok(())
    }
}

/// Every taint is more than one of them.
fn fact(pod: &Pod<'_, '_>, key: &str) -> Fact {
    let one = Some(key).filter(|key| !key.is_empty());
    Fact::new(Reach::all(pod), ["tolerates"]).one_of_many(one)
}
