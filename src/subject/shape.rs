//! What is read of an object beside its metadata, and where that stands.

/// What is read of an object beside its metadata.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the API's own kinds")]
pub enum Shape {
    Pod,
    PodTemplate,
    Deployment,
    ReplicaSet,
    StatefulSet,
    DaemonSet,
    ReplicationController,
    Job,
    CronJob,
    /// Of a kind that a policy names: the pod templates where it says that they are.
    PodTemplates,
    Service,
    Ingress,
    Role,
    ClusterRole,
    /// `RoleBinding` and `ClusterRoleBinding`, which share their fields.
    Binding,
    ControllerRevision,
    Secret,
    ConfigMap,
    PodDisruptionBudget,
    HorizontalPodAutoscaler,
    PersistentVolumeClaim,
    NetworkPolicy,
    ServiceMonitor,
    PodMonitor,
    PrometheusRule,
    Gateway,
    HttpRoute,
    /// Nothing.
    Metadata,
}

impl Shape {
    /// Whether it is a pod, or holds templates of pods.
    pub fn is_workload(self) -> bool {
        !matches!(
            self,
            Self::Service
                | Self::Ingress
                | Self::Role
                | Self::ClusterRole
                | Self::Binding
                | Self::ControllerRevision
                | Self::Secret
                | Self::ConfigMap
                | Self::PodDisruptionBudget
                | Self::HorizontalPodAutoscaler
                | Self::PersistentVolumeClaim
                | Self::NetworkPolicy
                | Self::ServiceMonitor
                | Self::PodMonitor
                | Self::PrometheusRule
                | Self::Gateway
                | Self::HttpRoute
                | Self::Metadata
        )
    }

    /// The members of the object that are read; none where they are a policy's to say.
    pub(super) fn members(self) -> &'static [&'static str] {
        match self {
            Self::PodTemplates => &[],
            Self::Metadata => &["apiVersion", "kind", "metadata"],
            Self::PodTemplate => &["apiVersion", "kind", "metadata", "template"],
            Self::Role => &["apiVersion", "kind", "metadata", "rules"],
            Self::ClusterRole => &["apiVersion", "kind", "metadata", "rules", "aggregationRule"],
            Self::Binding => &["apiVersion", "kind", "metadata", "roleRef", "subjects"],
            Self::ControllerRevision | Self::ConfigMap => {
                &["apiVersion", "kind", "metadata", "data"]
            }
            Self::Secret => &["apiVersion", "kind", "metadata", "type", "data", "stringData"],
            _ => &["apiVersion", "kind", "metadata", "spec"],
        }
    }

    /// Where in the object stands what is read of it beside pod templates and metadata.
    pub(super) fn own_fields(self) -> &'static [&'static [&'static str]] {
        match self {
            Self::PodTemplate | Self::PodTemplates | Self::Metadata => &[],
            Self::Deployment => &[
                &["spec", "minReadySeconds"],
                &["spec", "progressDeadlineSeconds"],
                &["spec", "replicas"],
                &["spec", "revisionHistoryLimit"],
                &["spec", "selector"],
                &["spec", "strategy"],
            ],
            Self::ReplicaSet | Self::ReplicationController => {
                &[&["spec", "minReadySeconds"], &["spec", "replicas"], &["spec", "selector"]]
            }
            Self::StatefulSet => &[
                &["spec", "minReadySeconds"],
                &["spec", "replicas"],
                &["spec", "revisionHistoryLimit"],
                &["spec", "selector"],
                &["spec", "serviceName"],
                &["spec", "updateStrategy"],
                &["spec", "volumeClaimTemplates"],
            ],
            Self::DaemonSet => &[
                &["spec", "minReadySeconds"],
                &["spec", "revisionHistoryLimit"],
                &["spec", "selector"],
                &["spec", "updateStrategy"],
            ],
            Self::Job => &[
                &["spec", "activeDeadlineSeconds"],
                &["spec", "backoffLimit"],
                &["spec", "ttlSecondsAfterFinished"],
            ],
            Self::CronJob => &[
                &["spec", "concurrencyPolicy"],
                &["spec", "failedJobsHistoryLimit"],
                &["spec", "jobTemplate", "spec", "activeDeadlineSeconds"],
                &["spec", "jobTemplate", "spec", "backoffLimit"],
                &["spec", "jobTemplate", "spec", "ttlSecondsAfterFinished"],
                &["spec", "schedule"],
                &["spec", "startingDeadlineSeconds"],
                &["spec", "successfulJobsHistoryLimit"],
            ],
            Self::Role => &[&["rules"]],
            Self::ClusterRole => &[&["aggregationRule"], &["rules"]],
            Self::Binding => &[&["roleRef"], &["subjects"]],
            Self::ControllerRevision | Self::ConfigMap => &[&["data"]],
            Self::Secret => &[&["data"], &["stringData"], &["type"]],
            _ => &[&["spec"]],
        }
    }
}
