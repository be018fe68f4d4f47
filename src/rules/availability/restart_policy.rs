//! A program that ends unexpectedly is started again.

use crate::rules::{
    Checked, Context, Evidence, Fact, Finding, Findings, NoParams, Reach, Remedy, Rule,
    RuleDescription, Severity, Text,
};
use crate::subject::{ContainerRole, Pod, Pods, Shape, Str};
use crate::text::Quoted;

#[doc = include_str!("restart_policy.md")]
pub(crate) struct RestartPolicy;

/// Which pods they are, as far as that matters for who starts what again.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Made {
    /// By something that keeps them running.
    ToLast,
    /// By something that counts how they end.
    ToEnd,
    /// By hand.
    ByHand,
    /// By something that is not known.
    Otherwise,
}

impl Made {
    fn of(cx: &Context<'_>) -> Self {
        let is_owned = cx.metadata.owner_references.iter().any(|o| o.controller == Some(true));
        match cx.kind.shape {
            Shape::Deployment
            | Shape::ReplicaSet
            | Shape::StatefulSet
            | Shape::DaemonSet
            | Shape::ReplicationController => Self::ToLast,
            Shape::Job | Shape::CronJob => Self::ToEnd,
            Shape::Pod if !is_owned => Self::ByHand,
            _ => Self::Otherwise,
        }
    }
}

impl Rule for RestartPolicy {
    type On = Pods;
    type Params = NoParams;
    const DESCRIPTION: RuleDescription = RuleDescription {
        id: Text::Borrowed("restart-policy"),
        group: Text::Borrowed("availability"),
        severity: Severity::Medium,
        checklist: Text::Borrowed("Every program that ends unexpectedly is started again."),
        rows: &[],
        standards: &[],
        page: Text::Borrowed(include_str!("restart_policy.md")),
    };

    fn applies(_: &Pod<'_, '_>, _: &NoParams, cx: &Context<'_>) -> bool {
        Made::of(cx) != Made::Otherwise
    }

    fn check(
        pod: &Pod<'_, '_>,
        _: &NoParams,
        cx: &Context<'_>,
        found: &mut Findings<'_>,
    ) -> Checked {
        found.visit(cx.metadata.owner_references.len())?;
        let made = Made::of(cx);
        let policy = pod.spec.restart_policy.as_ref().map_or("", Str::as_str);
        // Of nothing the API server makes `Always`.
        let (is_wrong, message, wanted) = match made {
            Made::ToLast => (
                !matches!(policy, "" | "Always"),
                "its pods are kept running, so they have to be restarted always",
                "Always",
            ),
            Made::ToEnd => (
                matches!(policy, "" | "Always"),
                "its pods are to end, so they must not be restarted always",
                "OnFailure",
            ),
            Made::ByHand => {
                (policy == "Never", "nobody starts the pod again when it fails", "OnFailure")
            }
            Made::Otherwise => return Ok(()),
        };
        if is_wrong {
            let at = pod.at(&["restartPolicy"]);
            let finding = Finding::new(at.clone(), message, Remedy::set(at, wanted));
            found.add(finding, || Evidence::new([Fact::new(Reach::pod(pod), [policy])]))?;
        }
        if made != Made::ToLast {
            return Ok(());
        }
        for c in pod.containers().filter(|c| c.role == ContainerRole::Main) {
            found.visit(1)?;
            let own = c.spec.restart_policy.as_ref().map_or("", Str::as_str);
            if !matches!(own, "Never" | "OnFailure") {
                continue;
            }
            let at = c.at(&["restartPolicy"]);
            let message = format!("{c} is not started again: its own policy is {}", Quoted(own));
            let finding = Finding::of(&c, at.clone(), message, Remedy::remove(at));
            found.add(finding, || Evidence::of(&c, [own]))?;
        }
        Ok(())
    }
}
