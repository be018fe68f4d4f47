//! Which kinds carry a pod template, and where in them it stands.

use std::borrow::Cow;
use std::fmt;

use thiserror::Error;

use crate::path::{FieldPath, Segment};

/// Where in an object a pod template stands: the keys that lead to it, none for a Pod, which is
/// its own template.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct TemplatePath(Cow<'static, [Cow<'static, str>]>);

/// Why no pod template can stand at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum InvalidTemplatePath {
    /// Brackets, wildcards, blanks, an empty key.
    #[error("is no path of plain field names, such as `spec.template`")]
    NotPlain,
    /// What every object has there is no template.
    #[error(
        "leads into what every object has; a template stands elsewhere, such as `spec.template`"
    )]
    Common,
    /// Deeper than any object that is read.
    #[error("has more than {KEY_LIMIT} keys, deeper than any object that is read")]
    TooDeep,
}

/// The most keys of a path: JSON is read to 128 levels, and a pod has some below its template.
const KEY_LIMIT: usize = 100;

impl TemplatePath {
    /// The path of what is its own template.
    pub(super) const ITSELF: Self = path(&[]);

    /// Reads a dotted path, such as `spec.template`.
    ///
    /// # Errors
    /// A path at which no object has a template.
    pub fn parse(dotted: &str) -> Result<Self, InvalidTemplatePath> {
        let is_plain = |key: &str| {
            key.bytes().next().is_some_and(|b| b.is_ascii_alphabetic() || b == b'_')
                && key.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'))
        };
        let keys: Vec<&str> = dotted.split('.').collect();
        if !keys.iter().copied().all(is_plain) {
            return Err(InvalidTemplatePath::NotPlain);
        }
        if matches!(keys.first(), Some(&("apiVersion" | "kind" | "metadata"))) {
            return Err(InvalidTemplatePath::Common);
        }
        if keys.len() > KEY_LIMIT {
            return Err(InvalidTemplatePath::TooDeep);
        }
        Ok(Self(keys.into_iter().map(|key| Cow::Owned(key.to_owned())).collect()))
    }

    /// The keys, from the object to the template.
    pub fn keys(&self) -> &[Cow<'static, str>] {
        &self.0
    }

    /// Whether the path leads to or through what stands at `other`.
    fn is_within(&self, other: &Self) -> bool {
        self.0.starts_with(&other.0)
    }
}

impl fmt::Display for TemplatePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("."))
    }
}

impl From<&TemplatePath> for FieldPath {
    fn from(path: &TemplatePath) -> Self {
        Self::from_segments(path.0.iter().cloned().map(Segment::Key).collect())
    }
}

/// A kind whose objects make pods, matched by group and kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkloadKind {
    /// The API group; empty for the core group.
    pub group: Cow<'static, str>,
    /// The kind, such as `Deployment`.
    pub kind: Cow<'static, str>,
    /// The resource's name in URLs and RBAC, such as `deployments`.
    pub resource: Cow<'static, str>,
    templates: Cow<'static, [TemplatePath]>,
}

const fn key(key: &'static str) -> Cow<'static, str> {
    Cow::Borrowed(key)
}

const fn path(keys: &'static [Cow<'static, str>]) -> TemplatePath {
    TemplatePath(Cow::Borrowed(keys))
}

const fn built_in(
    group: &'static str,
    kind: &'static str,
    resource: &'static str,
    templates: &'static [TemplatePath],
) -> WorkloadKind {
    WorkloadKind {
        group: Cow::Borrowed(group),
        kind: Cow::Borrowed(kind),
        resource: Cow::Borrowed(resource),
        templates: Cow::Borrowed(templates),
    }
}

const TEMPLATE: &[Cow<'static, str>] = &[key("template")];
const SPEC_TEMPLATE: &[Cow<'static, str>] = &[key("spec"), key("template")];
const JOB_TEMPLATE: &[Cow<'static, str>] =
    &[key("spec"), key("jobTemplate"), key("spec"), key("template")];

const ITSELF: &[TemplatePath] = &[TemplatePath::ITSELF];
const AT_TEMPLATE: &[TemplatePath] = &[path(TEMPLATE)];
const AT_SPEC_TEMPLATE: &[TemplatePath] = &[path(SPEC_TEMPLATE)];
const AT_JOB_TEMPLATE: &[TemplatePath] = &[path(JOB_TEMPLATE)];

/// The workload kinds of Kubernetes itself.
pub static BUILT_IN: &[WorkloadKind] = &[
    built_in("", "Pod", "pods", ITSELF),
    built_in("apps", "Deployment", "deployments", AT_SPEC_TEMPLATE),
    built_in("apps", "ReplicaSet", "replicasets", AT_SPEC_TEMPLATE),
    built_in("apps", "StatefulSet", "statefulsets", AT_SPEC_TEMPLATE),
    built_in("apps", "DaemonSet", "daemonsets", AT_SPEC_TEMPLATE),
    built_in("", "ReplicationController", "replicationcontrollers", AT_SPEC_TEMPLATE),
    built_in("batch", "Job", "jobs", AT_SPEC_TEMPLATE),
    built_in("batch", "CronJob", "cronjobs", AT_JOB_TEMPLATE),
    built_in("", "PodTemplate", "podtemplates", AT_TEMPLATE),
];

impl WorkloadKind {
    /// A kind that a policy names, with the path of its template.
    ///
    /// The resource's name follows the convention that kubebuilder and most operators keep:
    /// the kind in lower case, in the English plural.
    pub fn custom(group: &str, kind: &str, template: TemplatePath) -> Self {
        Self {
            group: Cow::Owned(group.to_owned()),
            kind: Cow::Owned(kind.to_owned()),
            resource: Cow::Owned(plural(&kind.to_ascii_lowercase())),
            templates: Cow::Owned(vec![template]),
        }
    }

    /// Whether the kind is called so.
    pub fn is(&self, group: &str, kind: &str) -> bool {
        self.kind == kind && self.group == group
    }

    /// Whether the kind is one of Kubernetes itself.
    pub fn is_built_in(&self) -> bool {
        BUILT_IN.iter().any(|known| known.is(&self.group, &self.kind))
    }

    /// The paths of all its pod templates: at least one, in order, each once.
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

    fn path(dotted: &str) -> TemplatePath {
        TemplatePath::parse(dotted).expect(dotted)
    }

    #[test]
    fn a_custom_kind_knows_its_template_and_its_resource() {
        let rollout = WorkloadKind::custom("argoproj.io", "Rollout", path("spec.template"));
        assert_eq!(rollout.templates(), BUILT_IN[1].templates());
        assert_eq!(rollout.resource, "rollouts");
        assert_eq!(plural("policy"), "policies");
        assert_eq!(plural("batch"), "batches");
    }

    #[test]
    fn the_templates_of_a_kind_are_a_set_whoever_named_them() {
        let mut job = WorkloadKind::custom("a.example", "Job", path("spec.b"));
        job.learn(&[path("spec.b"), path("spec.a")]);
        assert_eq!(job.templates(), [path("spec.a"), path("spec.b")]);
        assert!(!job.has_nested_templates());
        job.learn(&[path("spec.a-b"), path("spec.a.template")]);
        assert!(job.has_nested_templates(), "{:?}", job.templates());
    }

    #[test]
    fn a_path_is_made_of_plain_keys_and_leads_where_a_template_can_be() {
        for dotted in ["spec", "template", "spec.worker_2.pod-template", "spec.Worker.template"] {
            assert_eq!(path(dotted).to_string(), dotted);
        }
        for (dotted, why) in [
            ("", InvalidTemplatePath::NotPlain),
            (".spec", InvalidTemplatePath::NotPlain),
            ("spec..template", InvalidTemplatePath::NotPlain),
            ("spec.tasks[0].template", InvalidTemplatePath::NotPlain),
            ("spec.*.template", InvalidTemplatePath::NotPlain),
            ("spec.0.template", InvalidTemplatePath::NotPlain),
            ("spec/template", InvalidTemplatePath::NotPlain),
            ("spec. template", InvalidTemplatePath::NotPlain),
            ("metadata.template", InvalidTemplatePath::Common),
            ("kind", InvalidTemplatePath::Common),
        ] {
            assert_eq!(TemplatePath::parse(dotted), Err(why), "{dotted}");
        }
        let deep = vec!["a"; 101].join(".");
        assert_eq!(TemplatePath::parse(&deep), Err(InvalidTemplatePath::TooDeep));
    }
}
