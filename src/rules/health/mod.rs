//! How Kubernetes learns that a container works.

pub(super) mod identical_probes;
pub(super) mod liveness_probe;
pub(super) mod probe_port;
pub(super) mod readiness_probe;
pub(super) mod startup_probe;

use super::{Checked, Evidence, Finding, Findings, Remedy};
use crate::subject::{ContainerRef, ContainerRole, Pod};

/// The containers that are meant to run for good.
///
/// A container's own `restartPolicy` counts before the pod's (Kubernetes 1.35). The pods of Jobs
/// and `CronJobs` end, and a sidecar ends with the containers that it stands by.
fn lasting<'s, 'a>(pod: &'s Pod<'s, 'a>) -> impl Iterator<Item = ContainerRef<'s, 'a>> {
    let pod_restarts = !pod.runs_to_completion
        && matches!(pod.spec.restart_policy.as_deref(), None | Some("" | "Always"));
    let is_lasting = move |c: &ContainerRef<'_, '_>| match c.spec.restart_policy.as_deref() {
        None | Some("") => pod_restarts,
        Some(own) => own == "Always",
    };
    let main = |c: &ContainerRef<'_, '_>| c.role == ContainerRole::Main;
    let any_lasts = pod.containers().filter(main).any(|c| is_lasting(&c));
    pod.containers().filter(move |c| match c.role {
        ContainerRole::Main => is_lasting(c),
        ContainerRole::Sidecar => any_lasts || pod_restarts,
        ContainerRole::Init | ContainerRole::Ephemeral => false,
    })
}

/// One finding for each lasting container without the probe `key`.
fn without_probe(
    pod: &Pod<'_, '_>,
    key: &'static str,
    word: &str,
    has: impl Fn(&ContainerRef<'_, '_>) -> bool,
    found: &mut Findings<'_>,
) -> Checked {
    for c in lasting(pod) {
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
