//! How Kubernetes learns that a container works.

pub(super) mod liveness_probe;
pub(super) mod readiness_probe;

use super::{Case, Finding, Remedy};
use crate::subject::{ContainerRef, Role};

/// Whether the pod is meant to run for good: Jobs, `CronJobs` and their pods are not.
fn runs_for_good(case: &Case<'_, '_>) -> bool {
    let restarts = matches!(case.pod.spec.restart_policy.as_deref(), None | Some("Always"));
    restarts && !case.subject.kind.runs_to_completion()
}

/// One finding for each lasting container without the probe `key`.
fn without_probe(
    case: &Case<'_, '_>,
    key: &'static str,
    word: &str,
    has: impl Fn(&ContainerRef<'_, '_>) -> bool,
) -> Vec<Finding> {
    let lasting = case.pod.containers().filter(|c| matches!(c.role, Role::Main | Role::Sidecar));
    let missing = lasting.filter(|c| !has(c));
    missing
        .map(|c| {
            let at = c.at(&[key]);
            let remedy = Remedy::Advice(format!("set {at}"));
            Finding::of(&c, at, format!("{c} has no {word} probe"), remedy)
        })
        .collect()
}
