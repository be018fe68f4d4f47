//! Which kinds are looked at, and in which order.

use crate::policy::{Snapshot, Stance};
use crate::subject::{Body, Controller, Kind, Own, Shape, Subject, built_in_kind};

/// The kinds that some policy in force reads, owners before what they make.
pub fn in_order(snapshot: &Snapshot) -> Vec<&Kind> {
    let mut kinds: Vec<&Kind> = snapshot.kinds().iter().collect();
    kinds.retain(|kind| snapshot.stance(kind) != Stance::Unread);
    kinds.sort_by_key(|kind| rank(kind));
    kinds
}

/// A kind that a policy names may make any other, and all of them make Pods.
fn rank(kind: &Kind) -> u8 {
    match kind.shape {
        Shape::PodTemplates => 0,
        Shape::Deployment | Shape::StatefulSet | Shape::DaemonSet | Shape::CronJob => 1,
        Shape::ReplicaSet | Shape::ReplicationController | Shape::Job | Shape::PodTemplate => 2,
        Shape::Pod => 3,
        _ => 4,
    }
}

/// Whether objects of a kind are made anew, under names of their own, by whatever makes them: one
/// stands for all of an owner's.
pub(super) fn is_made_anew(kind: &Kind) -> bool {
    let shape = kind.shape;
    matches!(shape, Shape::Pod | Shape::ReplicaSet | Shape::Job | Shape::ReplicationController)
        || shape == Shape::ControllerRevision
}

/// Whether what makes an object is no workload of Kubernetes' own, so that no policy leaves it out
/// which leaves out the controllers of Kubernetes.
pub(super) fn is_foreign(maker: &Controller<'_>) -> bool {
    !built_in_kind(&maker.group, &maker.kind).is_some_and(Kind::is_workload)
}

/// Whether no pod is made of it any more: what a Deployment keeps of its past.
pub(super) fn is_history(subject: &Subject<'_>) -> bool {
    match &subject.object.body {
        Body::Workload(workload) => match &workload.own {
            Own::ReplicaSet(own) => own.replicas == Some(0),
            _ => false,
        },
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::{PRODUCTION, built_in};

    #[test]
    fn owners_are_read_before_what_they_make() {
        let snapshot = Snapshot::new(built_in(PRODUCTION).expect("it loads"));
        let order: Vec<&str> = in_order(&snapshot).iter().map(|kind| &*kind.kind).collect();
        let at = |kind| order.iter().position(|known| *known == kind).expect(kind);
        for (owner, made) in [
            ("Deployment", "ReplicaSet"),
            ("ReplicaSet", "Pod"),
            ("StatefulSet", "Pod"),
            ("DaemonSet", "Pod"),
            ("CronJob", "Job"),
            ("Job", "Pod"),
            ("ReplicationController", "Pod"),
        ] {
            assert!(at(owner) < at(made), "{order:?}");
        }
    }
}
