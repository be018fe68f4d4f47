//! How Kubernetes learns that a container works.

pub(super) mod liveness_probe;
pub(super) mod readiness_probe;

use super::{Case, Checked, Evidence, Finding, Findings, Remedy};
use crate::subject::{ContainerRef, Role};

/// The containers that are meant to run for good.
///
/// A container's own `restartPolicy` counts before the pod's (Kubernetes 1.35). The pods of Jobs
/// and `CronJobs` end, and a sidecar ends with the containers that it stands by.
fn lasting<'s, 'a>(case: &Case<'s, 'a>) -> impl Iterator<Item = ContainerRef<'s, 'a>> {
    let pod_restarts = !case.subject.kind.runs_to_completion()
        && matches!(case.pod.spec.restart_policy.as_deref(), None | Some("" | "Always"));
    let is_lasting = move |c: &ContainerRef<'_, '_>| match c.spec.restart_policy.as_deref() {
        None | Some("") => pod_restarts,
        Some(own) => own == "Always",
    };
    let main = |c: &ContainerRef<'_, '_>| c.role == Role::Main;
    let any_lasts = case.pod.containers().filter(main).any(|c| is_lasting(&c));
    case.pod.containers().filter(move |c| match c.role {
        Role::Main => is_lasting(c),
        Role::Sidecar => any_lasts || pod_restarts,
        Role::Init | Role::Ephemeral => false,
    })
}

/// One finding for each lasting container without the probe `key`.
fn without_probe(
    case: &Case<'_, '_>,
    key: &'static str,
    word: &str,
    has: impl Fn(&ContainerRef<'_, '_>) -> bool,
    found: &mut Findings<'_>,
) -> Checked {
    for c in lasting(case) {
        found.visit(1)?;
        if !has(&c) {
            let at = c.at(&[key]);
            let remedy = Remedy::Advice(format!("set {at}"));
            let message = format!("{c} has no {word} probe");
            found.add(Finding::of(&c, at, message, remedy), || Evidence::of(&c, []))?;
        }
    }
    Ok(())
}
