//! What a rule is about: a target picks its view out of a subject, or has nothing to do with it.

use super::ingress::Ingress;
use super::kind::Kind;
use super::rbac::{Binding, Role};
use super::revision::ControllerRevision;
use super::secret::{ConfigMap, Secret};
use super::service::Service;
use super::shape::Shape;
use super::upkeep::{HorizontalPodAutoscaler, PodDisruptionBudget};
use super::workload::{CronJobSpec, JobRef, Own, Replicas, Rollout, Selection};
use super::{Body, ObjectMeta, Pod, Subject};

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

    fn own(&self) -> Option<&'s Own<'s>> {
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

/// A target that is one body of one shape.
macro_rules! body {
    ($(#[$doc:meta])* $target:ident, $($shape:ident)|+, $view:ident) => {
        $(#[$doc])*
        #[derive(Debug)]
        pub enum $target {}

        impl Target for $target {
            type View<'s> = &'s $view<'s>;

            fn covers(kind: &Kind) -> bool {
                matches!(kind.shape, $(Shape::$shape)|+)
            }

            fn of<'s>(views: &'s Views<'s>) -> impl Iterator<Item = Self::View<'s>> {
                let view: Option<&'s $view<'s>> = match &views.subject.object.body {
                    Body::$view(view) => Some(view),
                    _ => None,
                };
                view.into_iter()
            }
        }
    };
}

body!(
    /// Services.
    Services, Service, Service
);
body!(
    /// Ingresses.
    Ingresses, Ingress, Ingress
);
body!(
    /// Roles and `ClusterRoles`.
    Roles, Role | ClusterRole, Role
);
body!(
    /// `RoleBindings` and `ClusterRoleBindings`.
    Bindings, Binding, Binding
);
body!(
    /// `ControllerRevisions`.
    ControllerRevisions, ControllerRevision, ControllerRevision
);

/// Pods, templates of pods, and Ingresses: what answers requests, and what lets them in.
#[derive(Debug)]
pub enum PodsAndIngresses {}

/// One of both.
#[derive(Debug, Clone, Copy)]
#[expect(missing_docs, reason = "the API's own kinds")]
pub enum PodOrIngress<'s> {
    Pod(&'s Pod<'s, 's>),
    Ingress(&'s Ingress<'s>),
}

impl Target for PodsAndIngresses {
    type View<'s> = PodOrIngress<'s>;

    fn covers(kind: &Kind) -> bool {
        Pods::covers(kind) || Ingresses::covers(kind)
    }

    fn of<'s>(views: &'s Views<'s>) -> impl Iterator<Item = Self::View<'s>> {
        let ingresses = Ingresses::of(views).map(PodOrIngress::Ingress);
        Pods::of(views).map(PodOrIngress::Pod).chain(ingresses)
    }

    fn elements(view: Self::View<'_>) -> usize {
        match view {
            PodOrIngress::Pod(pod) => Pods::elements(pod),
            PodOrIngress::Ingress(ingress) => Ingresses::elements(ingress),
        }
    }
}

body!(
    /// `ConfigMaps`.
    ConfigMaps, ConfigMap, ConfigMap
);
body!(
    /// `PodDisruptionBudgets`.
    DisruptionBudgets, PodDisruptionBudget, PodDisruptionBudget
);
body!(
    /// `HorizontalPodAutoscalers`.
    Autoscalers, HorizontalPodAutoscaler, HorizontalPodAutoscaler
);

/// Secrets, but for those that machines make for themselves.
#[derive(Debug)]
pub enum Secrets {}

impl Target for Secrets {
    type View<'s> = &'s Secret<'s>;

    fn covers(kind: &Kind) -> bool {
        kind.shape == Shape::Secret
    }

    fn of<'s>(views: &'s Views<'s>) -> impl Iterator<Item = Self::View<'s>> {
        let view: Option<&'s Secret<'s>> = match &views.subject.object.body {
            Body::Secret(secret) if !secret.is_of_machines() => Some(secret),
            _ => None,
        };
        view.into_iter()
    }
}

/// Every object that is reviewed, and of it the metadata: but for Secrets and `ConfigMaps`, which
/// are sent here for the sake of what is in them alone.
#[derive(Debug)]
pub enum Objects {}

impl Target for Objects {
    type View<'s> = &'s ObjectMeta<'s>;

    fn covers(kind: &Kind) -> bool {
        !matches!(kind.shape, Shape::Secret | Shape::ConfigMap)
    }

    fn of<'s>(views: &'s Views<'s>) -> impl Iterator<Item = Self::View<'s>> {
        let subject = views.subject;
        Self::covers(subject.kind).then_some(&subject.object.metadata).into_iter()
    }
}

/// Workloads as people write them, and of each the metadata: neither Pods nor `ReplicaSets`, which
/// most often are made from them.
#[derive(Debug)]
pub enum Workloads {}

impl Target for Workloads {
    type View<'s> = &'s ObjectMeta<'s>;

    fn covers(kind: &Kind) -> bool {
        kind.is_workload() && !kind.is_made_from_others()
    }

    fn of<'s>(views: &'s Views<'s>) -> impl Iterator<Item = Self::View<'s>> {
        let subject = views.subject;
        Self::covers(subject.kind).then_some(&subject.object.metadata).into_iter()
    }
}

/// Pods themselves, no templates of them, and of each the metadata.
#[derive(Debug)]
pub enum PodObjects {}

impl Target for PodObjects {
    type View<'s> = &'s ObjectMeta<'s>;

    fn covers(kind: &Kind) -> bool {
        kind.is_pod()
    }

    fn of<'s>(views: &'s Views<'s>) -> impl Iterator<Item = Self::View<'s>> {
        let subject = views.subject;
        Self::covers(subject.kind).then_some(&subject.object.metadata).into_iter()
    }

    fn elements(metadata: Self::View<'_>) -> usize {
        1 + metadata.owner_references.len()
    }
}

/// Namespaces, and of each the metadata.
#[derive(Debug)]
pub enum Namespaces {}

impl Target for Namespaces {
    type View<'s> = &'s ObjectMeta<'s>;

    fn covers(kind: &Kind) -> bool {
        kind.is_namespace()
    }

    fn of<'s>(views: &'s Views<'s>) -> impl Iterator<Item = Self::View<'s>> {
        let subject = views.subject;
        Self::covers(subject.kind).then_some(&subject.object.metadata).into_iter()
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

/// The version, such as `apps/v1`, that an object is written in: of kinds of Kubernetes itself that
/// have been served in others.
#[derive(Debug)]
pub enum Versions {}

impl Target for Versions {
    type View<'s> = &'s str;

    fn covers(kind: &Kind) -> bool {
        // The core group has had one version from the beginning.
        kind.is_built_in() && !kind.group.is_empty()
    }

    fn of<'s>(views: &'s Views<'s>) -> impl Iterator<Item = Self::View<'s>> {
        let subject = views.subject;
        let version = subject.object.api_version.as_deref();
        version.filter(|_| Self::covers(subject.kind)).into_iter()
    }
}
