//! What a rule is about: a target picks its view out of a subject, or has nothing to do with it.

use super::kind::Kind;
use super::shape::Shape;
use super::workload::{CronJobSpec, JobRef, Own, Replicas, Rollout, Selection, StatefulSetRef};
use super::{Body, Pod, Subject};

/// What rules may be about.
///
/// A rule names one target and is shown nothing else, so that a rule about Services cannot ask for
/// a pod:
///
/// ```compile_fail
/// use plimsoll::subject::{Services, Target, Views};
///
/// fn check(service: <Services as Target>::View<'_>) -> usize {
///     service.pods().count()
/// }
/// ```
///
/// while one about pods can:
///
/// ```
/// use plimsoll::subject::{Pods, Target, Views};
///
/// fn check(pod: <Pods as Target>::View<'_>) -> usize {
///     pod.containers().count()
/// }
/// ```
pub trait Target: 'static {
    /// What a rule about it is shown.
    type View<'s>: Copy;

    /// Whether objects of such a kind have anything of it: what is registered, and which policies
    /// are looked at for a kind, follow from this.
    fn covers(kind: &Kind) -> bool;

    /// What there is of it in a subject.
    fn of<'s>(views: &'s Views<'s>) -> impl Iterator<Item = Self::View<'s>>;

    /// How many elements a rule comes to in one of them, whatever it looks at there.
    fn elements(_view: Self::View<'_>) -> usize {
        1
    }
}

/// A subject, and what is made of it once for all rules.
#[derive(Debug)]
pub struct Views<'s> {
    subject: &'s Subject<'s>,
    pods: Vec<Pod<'s, 's>>,
}

impl<'s> Views<'s> {
    /// The views of `subject`.
    pub fn of(subject: &'s Subject<'s>) -> Self {
        Self { subject, pods: subject.pods().collect() }
    }

    /// The subject.
    pub fn subject(&self) -> &'s Subject<'s> {
        self.subject
    }

    /// The pods that it is or would make, in the order of their templates' paths.
    pub fn pods(&self) -> &[Pod<'s, 's>] {
        &self.pods
    }

    /// What its kind has beside pod templates, where it is a workload.
    pub(super) fn own(&self) -> Option<&'s Own<'s>> {
        match &self.subject.object.body {
            Body::Workload(workload) => Some(&workload.own),
            _ => None,
        }
    }
}

/// Pods, and templates of pods, of whatever workload.
#[derive(Debug)]
pub enum Pods {}

impl Target for Pods {
    type View<'s> = &'s Pod<'s, 's>;

    fn covers(kind: &Kind) -> bool {
        kind.is_workload()
    }

    fn of<'s>(views: &'s Views<'s>) -> impl Iterator<Item = Self::View<'s>> {
        views.pods.iter()
    }

    fn elements(pod: Self::View<'_>) -> usize {
        1 + pod.container_count()
    }
}

/// Workloads of which somebody decides how many pods there are.
#[derive(Debug)]
pub enum Replicated {}

impl Target for Replicated {
    type View<'s> = Replicas<'s>;

    fn covers(kind: &Kind) -> bool {
        matches!(kind.shape, Shape::Deployment | Shape::StatefulSet | Shape::ReplicationController)
    }

    fn of<'s>(views: &'s Views<'s>) -> impl Iterator<Item = Self::View<'s>> {
        views.own().and_then(|own| own.replicas(views.pods.first())).into_iter()
    }
}

/// `StatefulSets`.
#[derive(Debug)]
pub enum StatefulSets {}

impl Target for StatefulSets {
    type View<'s> = StatefulSetRef<'s>;

    fn covers(kind: &Kind) -> bool {
        kind.shape == Shape::StatefulSet
    }

    fn of<'s>(views: &'s Views<'s>) -> impl Iterator<Item = Self::View<'s>> {
        views.own().and_then(|own| own.stateful_set(views.pods.first())).into_iter()
    }
}

/// Workloads that replace their pods by newer ones.
#[derive(Debug)]
pub enum Rollouts {}

impl Target for Rollouts {
    type View<'s> = Rollout<'s>;

    fn covers(kind: &Kind) -> bool {
        matches!(kind.shape, Shape::Deployment | Shape::StatefulSet | Shape::DaemonSet)
    }

    fn of<'s>(views: &'s Views<'s>) -> impl Iterator<Item = Self::View<'s>> {
        views.own().and_then(Own::rollout).into_iter()
    }
}

/// Jobs, and those that `CronJobs` make.
#[derive(Debug)]
pub enum Jobs {}

impl Target for Jobs {
    type View<'s> = JobRef<'s>;

    fn covers(kind: &Kind) -> bool {
        matches!(kind.shape, Shape::Job | Shape::CronJob)
    }

    fn of<'s>(views: &'s Views<'s>) -> impl Iterator<Item = Self::View<'s>> {
        views.own().and_then(|own| own.job(views.pods.first())).into_iter()
    }
}

/// `CronJobs`.
#[derive(Debug)]
pub enum CronJobs {}

impl Target for CronJobs {
    type View<'s> = &'s CronJobSpec<'s>;

    fn covers(kind: &Kind) -> bool {
        kind.shape == Shape::CronJob
    }

    fn of<'s>(views: &'s Views<'s>) -> impl Iterator<Item = Self::View<'s>> {
        views.own().and_then(Own::schedule).into_iter()
    }
}

/// Workloads that find their pods by a selector.
#[derive(Debug)]
pub enum Selecting {}

impl Target for Selecting {
    type View<'s> = Selection<'s>;

    fn covers(kind: &Kind) -> bool {
        matches!(
            kind.shape,
            Shape::Deployment
                | Shape::ReplicaSet
                | Shape::StatefulSet
                | Shape::DaemonSet
                | Shape::ReplicationController
        )
    }

    fn of<'s>(views: &'s Views<'s>) -> impl Iterator<Item = Self::View<'s>> {
        let labels = views.pods.first().and_then(|pod| pod.metadata).map(|m| &m.labels);
        views.own().and_then(|own| own.selection(labels)).into_iter()
    }
}
