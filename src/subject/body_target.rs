//! Targets that are what an object itself says, of one kind or another.

use super::Body;
use super::Pod;
use super::claim::ClaimRef;
use super::gateway::{Gateway, HttpRoute};
use super::ingress::Ingress;
use super::kind::Kind;
use super::network_policy::NetworkPolicy;
use super::prometheus::{Monitor, PrometheusRule};
use super::rbac::{Binding, Role};
use super::revision::ControllerRevision;
use super::secret::{ConfigMap, Secret};
use super::service::Service;
use super::shape::Shape;
use super::target::{Pods, Target, Views};
use super::upkeep::{HorizontalPodAutoscaler, PodDisruptionBudget};
use super::workload::Own;

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
                let view: Option<&'s $view<'s>> = match &views.subject().object.body {
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

/// What lets requests in from outside: Ingresses, and Gateways with their routes.
#[derive(Debug)]
pub enum Entrances {}

/// One of them.
#[derive(Debug, Clone, Copy)]
#[expect(missing_docs, reason = "the API's own kinds")]
pub enum Entrance<'s> {
    Ingress(&'s Ingress<'s>),
    Gateway(&'s Gateway<'s>),
    HttpRoute(&'s HttpRoute<'s>),
}

impl Target for Entrances {
    type View<'s> = Entrance<'s>;

    fn covers(kind: &Kind) -> bool {
        matches!(kind.shape, Shape::Ingress | Shape::Gateway | Shape::HttpRoute)
    }

    fn of<'s>(views: &'s Views<'s>) -> impl Iterator<Item = Self::View<'s>> {
        let view = match &views.subject().object.body {
            Body::Ingress(ingress) => Some(Entrance::Ingress(ingress)),
            Body::Gateway(gateway) => Some(Entrance::Gateway(gateway)),
            Body::HttpRoute(route) => Some(Entrance::HttpRoute(route)),
            _ => None,
        };
        view.into_iter()
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

/// `PersistentVolumeClaims`, and what `StatefulSets` make some from.
#[derive(Debug)]
pub enum VolumeClaims {}

impl Target for VolumeClaims {
    type View<'s> = ClaimRef<'s>;

    fn covers(kind: &Kind) -> bool {
        matches!(kind.shape, Shape::PersistentVolumeClaim | Shape::StatefulSet)
    }

    fn of<'s>(views: &'s Views<'s>) -> impl Iterator<Item = Self::View<'s>> {
        let itself = match &views.subject().object.body {
            Body::PersistentVolumeClaim(claim) => Some(ClaimRef::itself(claim)),
            _ => None,
        };
        let templates = match views.own() {
            Some(Own::StatefulSet(set)) => &set.volume_claim_templates[..],
            _ => &[],
        };
        let templates = templates.iter().enumerate();
        let templates = templates.map(|(index, template)| ClaimRef::of_template(index, template));
        itself.into_iter().chain(templates)
    }
}

body!(
    /// `NetworkPolicies`.
    NetworkPolicies, NetworkPolicy, NetworkPolicy
);
body!(
    /// `ServiceMonitors` and `PodMonitors`.
    Monitors, ServiceMonitor | PodMonitor, Monitor
);
body!(
    /// `PrometheusRules`.
    PrometheusRules, PrometheusRule, PrometheusRule
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
        let view: Option<&'s Secret<'s>> = match &views.subject().object.body {
            Body::Secret(secret) if !secret.is_of_machines() => Some(secret),
            _ => None,
        };
        view.into_iter()
    }
}
