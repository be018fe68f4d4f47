//! Which kinds carry a pod template, and where in them it stands.

use std::borrow::Cow;

/// A kind whose objects make pods, matched by group and kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkloadKind {
    /// The API group; empty for the core group.
    pub group: Cow<'static, str>,
    /// The kind, such as `Deployment`.
    pub kind: Cow<'static, str>,
    /// The resource's name in URLs and RBAC, such as `deployments`.
    pub resource: Cow<'static, str>,
    /// The keys that lead to the pod template; empty for a Pod, which is its own template.
    pub template: Cow<'static, [Cow<'static, str>]>,
}

const fn key(key: &'static str) -> Cow<'static, str> {
    Cow::Borrowed(key)
}

const fn built_in(
    group: &'static str,
    kind: &'static str,
    resource: &'static str,
    template: &'static [Cow<'static, str>],
) -> WorkloadKind {
    WorkloadKind {
        group: Cow::Borrowed(group),
        kind: Cow::Borrowed(kind),
        resource: Cow::Borrowed(resource),
        template: Cow::Borrowed(template),
    }
}

const TEMPLATE: &[Cow<'static, str>] = &[key("template")];
const SPEC_TEMPLATE: &[Cow<'static, str>] = &[key("spec"), key("template")];
const JOB_TEMPLATE: &[Cow<'static, str>] =
    &[key("spec"), key("jobTemplate"), key("spec"), key("template")];

/// The workload kinds of Kubernetes itself.
pub static BUILT_IN: &[WorkloadKind] = &[
    built_in("", "Pod", "pods", &[]),
    built_in("apps", "Deployment", "deployments", SPEC_TEMPLATE),
    built_in("apps", "ReplicaSet", "replicasets", SPEC_TEMPLATE),
    built_in("apps", "StatefulSet", "statefulsets", SPEC_TEMPLATE),
    built_in("apps", "DaemonSet", "daemonsets", SPEC_TEMPLATE),
    built_in("", "ReplicationController", "replicationcontrollers", SPEC_TEMPLATE),
    built_in("batch", "Job", "jobs", SPEC_TEMPLATE),
    built_in("batch", "CronJob", "cronjobs", JOB_TEMPLATE),
    built_in("", "PodTemplate", "podtemplates", TEMPLATE),
];

impl WorkloadKind {
    /// A kind that a policy names, with the dotted path of its template.
    ///
    /// The resource's name follows the convention that kubebuilder and most operators keep:
    /// the kind in lower case, in the English plural.
    pub fn custom(group: &str, kind: &str, template: &str) -> Self {
        let keys = template.split('.').filter(|k| !k.is_empty());
        Self {
            group: Cow::Owned(group.to_owned()),
            kind: Cow::Owned(kind.to_owned()),
            resource: Cow::Owned(plural(&kind.to_ascii_lowercase())),
            template: keys.map(|k| Cow::Owned(k.to_owned())).collect(),
        }
    }

    /// Whether the pods run to completion, so that no probe says when they are ready.
    pub fn runs_to_completion(&self) -> bool {
        self.group == "batch"
    }

    /// Whether this is the Pod itself.
    pub fn is_pod(&self) -> bool {
        self.group.is_empty() && self.kind == "Pod"
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

    #[test]
    fn a_custom_kind_knows_its_template_and_its_resource() {
        let rollout = WorkloadKind::custom("argoproj.io", "Rollout", "spec.template");
        assert_eq!(rollout.template, BUILT_IN[1].template);
        assert_eq!(rollout.resource, "rollouts");
        assert_eq!(plural("policy"), "policies");
        assert_eq!(plural("batch"), "batches");
    }
}
