//! An autoscaler without a target scales nothing, and only its events say so.

use crate::inventory::Neighbour;
use crate::path::FieldPath;
use crate::rules::{
    Checked, Context, Evidence, Fact, Finding, Findings, NoParams, Reach, Remedy, Rule,
    RuleDescription, Severity, Text,
};
use crate::subject::{Autoscalers, HorizontalPodAutoscaler, ScaleTargetRef, Str};
use crate::text::Quoted;

#[doc = include_str!("autoscaler_target.md")]
pub(crate) struct AutoscalerTarget;

/// Kinds of Kubernetes that nothing can scale.
const FIXED: [(&str, &str); 4] =
    [("apps", "DaemonSet"), ("batch", "Job"), ("batch", "CronJob"), ("", "Pod")];

/// Kinds of `apps` that can be scaled.
const SCALABLE: [&str; 3] = ["Deployment", "StatefulSet", "ReplicaSet"];

/// Those of them that are known by name.
const KNOWN: [&str; 2] = ["Deployment", "StatefulSet"];

/// Groups in which Kubernetes once had these.
const OLD_GROUPS: [&str; 2] = ["", "extensions"];

impl Rule for AutoscalerTarget {
    type On = Autoscalers;
    type Params = NoParams;
    const DESCRIPTION: RuleDescription = RuleDescription {
        id: Text::Borrowed("autoscaler-target"),
        group: Text::Borrowed("availability"),
        severity: Severity::Medium,
        checklist: Text::Borrowed("Every autoscaler decides about something that is there."),
        rows: &["M36"],
        standards: &[],
        page: Text::Borrowed(include_str!("autoscaler_target.md")),
    };
    const NEEDS: &'static [Neighbour] = &[Neighbour::Workload];

    fn applies(autoscaler: &HorizontalPodAutoscaler<'_>, _: &NoParams, _: &Context<'_>) -> bool {
        target_of(autoscaler).is_some()
    }

    fn check(
        autoscaler: &HorizontalPodAutoscaler<'_>,
        _: &NoParams,
        cx: &Context<'_>,
        found: &mut Findings<'_>,
    ) -> Checked {
        let Some(target) = target_of(autoscaler) else { return Ok(()) };
        let text = |text: &Option<Str<'_>>| text.as_deref().unwrap_or_default().to_owned();
        let (version, kind, name) =
            (text(&target.api_version), text(&target.kind), text(&target.name));
        found.spend(version.len() + kind.len() + name.len())?;
        let group = version.split_once('/').map_or("", |(group, _)| group);
        let at = FieldPath::root().keys(&["spec", "scaleTargetRef"]);
        let fact = |what: &str| {
            Evidence::new([Fact::new(Reach::object(), [what, group, kind.as_str(), name.as_str()])])
        };
        if FIXED.contains(&(group, kind.as_str())) {
            let message = format!("a {kind} has no replicas that an autoscaler could decide about");
            let advice = "name a Deployment or a StatefulSet, or remove the autoscaler".to_owned();
            let finding = Finding::new(at.key("kind"), message, Remedy::Advice(advice));
            return found.add(finding, || fact("fixed"));
        }
        let is_of_apps = SCALABLE.contains(&kind.as_str());
        if is_of_apps && OLD_GROUPS.contains(&group) {
            let at = at.key("apiVersion");
            let message = match version.as_str() {
                "" => format!("the target is a {kind} of no group, and that is none"),
                version => format!("no API server has a {kind} of {}", Quoted(version)),
            };
            let finding = Finding::new(at.clone(), message, Remedy::set(at, "apps/v1"));
            return found.add(finding, || fact("no such kind"));
        }
        let is_known = group == "apps" && KNOWN.contains(&kind.as_str());
        if !is_known || cx.neighbours.runs(&kind, cx.namespace, &name)? {
            return Ok(());
        }
        let message = format!("there is no {kind} {} for the autoscaler to scale", Quoted(&name));
        let advice = format!("name one that is there in {at}, or remove the autoscaler");
        let finding = Finding::new(at.key("name"), message, Remedy::Advice(advice));
        let finding = if cx.is_write { finding.only_warns() } else { finding };
        found.add(finding, || fact("not there"))
    }
}

fn target_of<'s>(autoscaler: &'s HorizontalPodAutoscaler<'_>) -> Option<&'s ScaleTargetRef<'s>> {
    autoscaler.spec.as_deref()?.scale_target_ref.as_deref()
}
