//! A container that ends and is not started again is away, while its pod still looks alive.

use crate::rules::{
    Checked, Context, Evidence, Fact, Finding, Findings, NoParams, Reach, Remedy, Rule,
    RuleDescription, Severity, Text,
};
use crate::subject::{ContainerRef, ContainerRole, ObjectMeta, Pod, Pods, Shape};
use crate::text::Quoted;

#[doc = include_str!("restart_policy.md")]
pub(crate) struct RestartPolicy;

/// What Helm runs once, at a moment of a release.
const HOOK: &str = "helm.sh/hook";

impl Rule for RestartPolicy {
    type On = Pods;
    type Params = NoParams;
    const DESCRIPTION: RuleDescription = RuleDescription {
        id: Text::Borrowed("restart-policy"),
        group: Text::Borrowed("availability"),
        severity: Severity::Low,
        checklist: Text::Borrowed("Every container that is to keep running is started again."),
        rows: &[],
        standards: &[],
        page: Text::Borrowed(include_str!("restart_policy.md")),
    };

    fn applies(_: &Pod<'_, '_>, _: &NoParams, cx: &Context<'_>) -> bool {
        match cx.kind.shape {
            Shape::Deployment
            | Shape::ReplicaSet
            | Shape::StatefulSet
            | Shape::DaemonSet
            | Shape::ReplicationController => true,
            Shape::Pod => is_on_its_own(cx.metadata),
            _ => false,
        }
    }

    fn check(
        pod: &Pod<'_, '_>,
        _: &NoParams,
        _: &Context<'_>,
        found: &mut Findings<'_>,
    ) -> Checked {
        if pod.is_itself() && pod.spec.restart_policy.as_deref() == Some("Never") {
            of_pod(pod, found)?;
        }
        for c in pod.containers().filter(|c| c.role == ContainerRole::Main) {
            found.visit(1)?;
            of_container(pod, &c, found)?;
        }
        Ok(())
    }
}

/// Whether no controller makes another Pod for it, and nobody runs it once only.
fn is_on_its_own(metadata: &ObjectMeta<'_>) -> bool {
    let is_controlled = metadata.owner_references.iter().any(|o| o.controller == Some(true));
    !is_controlled && metadata.annotations.get(HOOK).is_none()
}

fn of_pod(pod: &Pod<'_, '_>, found: &mut Findings<'_>) -> Checked {
    let at = pod.at(&["restartPolicy"]);
    let message = "nothing starts the containers of the Pod again, even where they fail";
    let advice = format!("set {at}: OnFailure, or make it the template of a Job");
    let finding = Finding::new(at, message, Remedy::Advice(advice));
    found.add(finding, || Evidence::new([Fact::new(Reach::pod(pod), ["failed"])]))
}

fn of_container(pod: &Pod<'_, '_>, c: &ContainerRef<'_, '_>, found: &mut Findings<'_>) -> Checked {
    let Some(policy) = c.spec.0.restart_policy.as_deref() else { return Ok(()) };
    // What ends well in a Pod by itself is done; what a workload runs is to go on.
    let (is_wrong, right) = if pod.is_itself() {
        (policy == "Never", "OnFailure")
    } else {
        (policy != "Always", "Always")
    };
    if !is_wrong {
        return Ok(());
    }
    let at = c.at(&["restartPolicy"]);
    let message = format!("{c} has a restartPolicy of its own, {}", Quoted(policy));
    let finding = Finding::of(c, at.clone(), message, Remedy::set(at, right));
    let fact = |what| Fact::new(Reach::one(c), [what]);
    let failed = (policy != "OnFailure").then(|| fact("failed"));
    found.add(finding, || Evidence::new([fact("ended")].into_iter().chain(failed)))
}
