//! The table of kinds: what there is to review, what is read of it, and how it is registered.

use std::borrow::Cow;

use super::template::TemplatePath;

/// A kind of object that is reviewed, matched by group and kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kind {
    /// Its place in the table of all kinds.
    pub(super) id: KindId,
    /// The API group; empty for the core group.
    pub group: Cow<'static, str>,
    /// The kind, such as `Deployment`.
    pub kind: Cow<'static, str>,
    /// The resource's name in URLs and RBAC, such as `deployments`.
    pub resource: Cow<'static, str>,
    /// Whether its objects are in namespaces.
    pub scope: Scope,
    /// What is read of it.
    pub shape: Shape,
    /// The subresources through which what is read of it changes; others are of no concern.
    pub subresources: &'static [&'static str],
    templates: Cow<'static, [TemplatePath]>,
}

/// The place of a kind in the table; what is prepared for each kind stands at the same place.
pub type KindId = usize;

/// Whether the objects of a kind are in namespaces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// They are.
    Namespaced,
    /// They are not.
    Cluster,
    /// Nobody said so.
    Unknown,
}

impl Scope {
    /// The word for it in a webhook configuration.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Namespaced => "Namespaced",
            Self::Cluster => "Cluster",
            Self::Unknown => "*",
        }
    }
}

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
    Role,
    ClusterRole,
    /// `RoleBinding` and `ClusterRoleBinding`, which share their fields.
    Binding,
    ControllerRevision,
    /// Nothing.
    Metadata,
}

impl Shape {
    /// Whether it is a pod, or holds templates of pods.
    pub fn is_workload(self) -> bool {
        !matches!(
            self,
            Self::Service
                | Self::Role
                | Self::ClusterRole
                | Self::Binding
                | Self::ControllerRevision
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
            Self::ControllerRevision => &["apiVersion", "kind", "metadata", "data"],
            _ => &["apiVersion", "kind", "metadata", "spec"],
        }
    }

    /// Where in the object stands what is read of it beside pod templates and metadata.
    pub(super) fn own_fields(self) -> &'static [&'static [&'static str]] {
        match self {
            Self::Pod | Self::Service => &[&["spec"]],
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
            Self::ControllerRevision => &[&["data"]],
        }
    }
}

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
const RBAC: &str = "rbac.authorization.k8s.io";

/// The kinds of Kubernetes itself that are reviewed, workloads first.
pub static BUILT_IN: &[Kind] = &TABLE;

static TABLE: [Kind; 16] = numbered([
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

impl Kind {
    /// A kind that a policy names, with the path of its template.
    ///
    /// The resource's name follows the convention that kubebuilder and most operators keep:
    /// the kind in lower case, in the English plural.
    pub fn custom(group: &str, kind: &str, template: TemplatePath) -> Self {
        Self {
            id: KindId::MAX,
            group: Cow::Owned(group.to_owned()),
            kind: Cow::Owned(kind.to_owned()),
            resource: Cow::Owned(plural(&kind.to_ascii_lowercase())),
            scope: Scope::Unknown,
            shape: Shape::PodTemplates,
            subresources: &[],
            templates: Cow::Owned(vec![template]),
        }
    }

    /// Its place in the table of all kinds; of a kind that is in none yet, no place.
    pub fn id(&self) -> KindId {
        self.id
    }

    /// Whether the kind is called so.
    pub fn is(&self, group: &str, kind: &str) -> bool {
        self.kind == kind && self.group == group
    }

    /// Whether the kind is one of Kubernetes itself.
    pub fn is_built_in(&self) -> bool {
        self.shape != Shape::PodTemplates
    }

    /// Whether this is the Pod itself.
    pub fn is_pod(&self) -> bool {
        self.shape == Shape::Pod
    }

    /// Whether its objects are pods, or hold templates of pods.
    pub fn is_workload(&self) -> bool {
        self.shape.is_workload()
    }

    /// The paths of all its pod templates, in order, each once.
    pub fn templates(&self) -> &[TemplatePath] {
        &self.templates
    }

    /// Adds the templates that somebody else knows of the same kind.
    pub fn learn(&mut self, templates: &[TemplatePath]) {
        let all = self.templates.to_mut();
        all.extend_from_slice(templates);
        all.sort_unstable();
        all.dedup();
    }

    /// Whether one template stands inside another, so that no one pass can read both.
    pub(super) fn has_nested_templates(&self) -> bool {
        // In order, what stands inside a template comes right behind it.
        let pairs = self.templates.iter().zip(self.templates.iter().skip(1));
        pairs.into_iter().any(|(outer, inner)| inner.is_within(outer))
    }

    /// Whether the pods run to completion, so that no probe says when they are ready.
    pub fn runs_to_completion(&self) -> bool {
        self.group == "batch"
    }
}

fn plural(word: &str) -> String {
    match word.strip_suffix('y') {
        Some(stem) if !stem.ends_with(['a', 'e', 'i', 'o', 'u']) => format!("{stem}ies"),
        _ if word.ends_with(['s', 'x']) || word.ends_with("ch") => format!("{word}es"),
        _ => format!("{word}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(dotted: &str) -> TemplatePath {
        TemplatePath::parse(dotted).expect(dotted)
    }

    #[test]
    fn a_custom_kind_knows_its_template_and_its_resource() {
        let rollout = Kind::custom("argoproj.io", "Rollout", path("spec.template"));
        let deployment = built_in_kind("apps", "Deployment").expect("built in");
        assert_eq!(rollout.templates(), deployment.templates());
        assert_eq!(rollout.resource, "rollouts");
        assert_eq!(plural("policy"), "policies");
        assert_eq!(plural("batch"), "batches");
    }

    #[test]
    fn the_templates_of_a_kind_are_a_set_whoever_named_them() {
        let mut job = Kind::custom("a.example", "Job", path("spec.b"));
        job.learn(&[path("spec.b"), path("spec.a")]);
        assert_eq!(job.templates(), [path("spec.a"), path("spec.b")]);
        assert!(!job.has_nested_templates());
        job.learn(&[path("spec.a-b"), path("spec.a.template")]);
        assert!(job.has_nested_templates(), "{:?}", job.templates());
    }
}
