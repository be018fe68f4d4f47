//! The table of the kinds of Kubernetes itself that are reviewed.

use std::borrow::Cow;

use super::kind::{GATEWAY, Kind, PROMETHEUS, Scope};
use super::shape::Shape;
use super::template::TemplatePath;

const fn key(key: &'static str) -> Cow<'static, str> {
    Cow::Borrowed(key)
}

const TEMPLATE: &[Cow<'static, str>] = &[key("template")];
const SPEC_TEMPLATE: &[Cow<'static, str>] = &[key("spec"), key("template")];
const JOB_TEMPLATE: &[Cow<'static, str>] =
    &[key("spec"), key("jobTemplate"), key("spec"), key("template")];

const ITSELF: &[TemplatePath] = &[TemplatePath::ITSELF];
const AT_TEMPLATE: &[TemplatePath] = &[TemplatePath::of(TEMPLATE)];
const AT_SPEC_TEMPLATE: &[TemplatePath] = &[TemplatePath::of(SPEC_TEMPLATE)];
const AT_JOB_TEMPLATE: &[TemplatePath] = &[TemplatePath::of(JOB_TEMPLATE)];

const CORE: &str = "";
const APPS: &str = "apps";
const BATCH: &str = "batch";
const NETWORKING: &str = "networking.k8s.io";
const RBAC: &str = "rbac.authorization.k8s.io";
/// The kinds that are reviewed without being named by a policy: those of Kubernetes itself, workloads
/// first, and a few that many clusters define.
pub static BUILT_IN: &[Kind] = &TABLE;

static TABLE: [Kind; 28] = numbered([
    pods(),
    workload(APPS, "Deployment", "deployments", Shape::Deployment, AT_SPEC_TEMPLATE),
    workload(APPS, "ReplicaSet", "replicasets", Shape::ReplicaSet, AT_SPEC_TEMPLATE),
    workload(APPS, "StatefulSet", "statefulsets", Shape::StatefulSet, AT_SPEC_TEMPLATE),
    workload(APPS, "DaemonSet", "daemonsets", Shape::DaemonSet, AT_SPEC_TEMPLATE),
    workload(
        CORE,
        "ReplicationController",
        "replicationcontrollers",
        Shape::ReplicationController,
        AT_SPEC_TEMPLATE,
    ),
    workload(BATCH, "Job", "jobs", Shape::Job, AT_SPEC_TEMPLATE),
    workload(BATCH, "CronJob", "cronjobs", Shape::CronJob, AT_JOB_TEMPLATE),
    workload(CORE, "PodTemplate", "podtemplates", Shape::PodTemplate, AT_TEMPLATE),
    other(CORE, "Service", "services", Scope::Namespaced, Shape::Service),
    other(NETWORKING, "Ingress", "ingresses", Scope::Namespaced, Shape::Ingress),
    other(RBAC, "Role", "roles", Scope::Namespaced, Shape::Role),
    other(RBAC, "ClusterRole", "clusterroles", Scope::Cluster, Shape::ClusterRole),
    other(RBAC, "RoleBinding", "rolebindings", Scope::Namespaced, Shape::Binding),
    other(RBAC, "ClusterRoleBinding", "clusterrolebindings", Scope::Cluster, Shape::Binding),
    other(
        APPS,
        "ControllerRevision",
        "controllerrevisions",
        Scope::Namespaced,
        Shape::ControllerRevision,
    ),
    other(CORE, "Namespace", "namespaces", Scope::Cluster, Shape::Metadata),
    other(CORE, "Secret", "secrets", Scope::Namespaced, Shape::Secret),
    other(CORE, "ConfigMap", "configmaps", Scope::Namespaced, Shape::ConfigMap),
    other(
        "policy",
        "PodDisruptionBudget",
        "poddisruptionbudgets",
        Scope::Namespaced,
        Shape::PodDisruptionBudget,
    ),
    other(
        "autoscaling",
        "HorizontalPodAutoscaler",
        "horizontalpodautoscalers",
        Scope::Namespaced,
        Shape::HorizontalPodAutoscaler,
    ),
    other(
        CORE,
        "PersistentVolumeClaim",
        "persistentvolumeclaims",
        Scope::Namespaced,
        Shape::PersistentVolumeClaim,
    ),
    other(NETWORKING, "NetworkPolicy", "networkpolicies", Scope::Namespaced, Shape::NetworkPolicy),
    other(
        PROMETHEUS,
        "ServiceMonitor",
        "servicemonitors",
        Scope::Namespaced,
        Shape::ServiceMonitor,
    ),
    other(PROMETHEUS, "PodMonitor", "podmonitors", Scope::Namespaced, Shape::PodMonitor),
    other(
        PROMETHEUS,
        "PrometheusRule",
        "prometheusrules",
        Scope::Namespaced,
        Shape::PrometheusRule,
    ),
    other(GATEWAY, "Gateway", "gateways", Scope::Namespaced, Shape::Gateway),
    other(GATEWAY, "HTTPRoute", "httproutes", Scope::Namespaced, Shape::HttpRoute),
]);

/// The same, each with its place in the table.
#[expect(
    clippy::indexing_slicing,
    reason = "below the length; there is no other way in a constant"
)]
const fn numbered<const N: usize>(mut kinds: [Kind; N]) -> [Kind; N] {
    let mut id = 0;
    while id < N {
        kinds[id].id = id;
        id += 1;
    }
    kinds
}

const fn pods() -> Kind {
    Kind {
        id: 0,
        group: key(CORE),
        kind: key("Pod"),
        resource: key("pods"),
        scope: Scope::Namespaced,
        shape: Shape::Pod,
        subresources: &["ephemeralcontainers", "resize"],
        templates: Cow::Borrowed(ITSELF),
    }
}

const fn workload(
    group: &'static str,
    kind: &'static str,
    resource: &'static str,
    shape: Shape,
    templates: &'static [TemplatePath],
) -> Kind {
    Kind {
        id: 0,
        group: key(group),
        kind: key(kind),
        resource: key(resource),
        scope: Scope::Namespaced,
        shape,
        subresources: &[],
        templates: Cow::Borrowed(templates),
    }
}

const fn other(
    group: &'static str,
    kind: &'static str,
    resource: &'static str,
    scope: Scope,
    shape: Shape,
) -> Kind {
    Kind {
        id: 0,
        group: key(group),
        kind: key(kind),
        resource: key(resource),
        scope,
        shape,
        subresources: &[],
        templates: Cow::Borrowed(&[]),
    }
}

/// The kind of Kubernetes itself that is called so.
pub fn built_in_kind(group: &str, kind: &str) -> Option<&'static Kind> {
    BUILT_IN.iter().find(|known| known.is(group, kind))
}

/// The workload kinds of Kubernetes itself.
pub fn workloads() -> impl Iterator<Item = &'static Kind> {
    BUILT_IN.iter().filter(|kind| kind.is_workload())
}
