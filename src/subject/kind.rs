//! A kind of object: what is read of it, and how it is registered.

use std::borrow::Cow;

use super::shape::Shape;
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
    pub(super) templates: Cow<'static, [TemplatePath]>,
}

pub(super) const PROMETHEUS: &str = "monitoring.coreos.com";
pub(super) const GATEWAY: &str = "gateway.networking.k8s.io";

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

    /// A kind that a policy names of which nothing but the metadata is known; the same as a built-in one
    /// where there is one of that name.
    pub fn named(group: &str, kind: &str) -> Self {
        let template = Cow::Owned(Vec::new());
        Self {
            shape: Shape::Metadata,
            templates: template,
            ..Self::custom(group, kind, TemplatePath::ITSELF)
        }
    }

    /// The same, with this name in URLs and RBAC.
    #[must_use]
    pub fn served_as(self, resource: &str) -> Self {
        Self { resource: Cow::Owned(resource.to_owned()), ..self }
    }

    /// Its place in the table of all kinds; of a kind that is in none yet, no place.
    pub fn id(&self) -> KindId {
        self.id
    }

    /// Whether the kind is called so.
    pub fn is(&self, group: &str, kind: &str) -> bool {
        self.kind == kind && self.group == group
    }

    /// Whether the kind is known without being named by a policy.
    pub fn is_built_in(&self) -> bool {
        self.scope != Scope::Unknown
    }

    /// Whether every API server has it, which is so of the kinds of Kubernetes itself.
    pub fn is_everywhere(&self) -> bool {
        self.is_built_in() && ![PROMETHEUS, GATEWAY].contains(&&*self.group)
    }

    /// Whether this is the Pod itself.
    pub fn is_pod(&self) -> bool {
        self.shape == Shape::Pod
    }

    /// Whether most of its objects are made by controllers, from others: then what is said of their
    /// metadata is said where it comes from.
    pub fn is_made_from_others(&self) -> bool {
        matches!(self.shape, Shape::Pod | Shape::ReplicaSet)
    }

    /// Whether this is the Namespace.
    pub fn is_namespace(&self) -> bool {
        self.is("", "Namespace")
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
        if !templates.is_empty() && self.shape == Shape::Metadata {
            self.shape = Shape::PodTemplates;
        }
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
        _ if word.ends_with(['s', 'x', 'z']) || word.ends_with("ch") || word.ends_with("sh") => {
            format!("{word}es")
        }
        _ => format!("{word}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::subject::built_in_kind;

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
        assert_eq!(plural("logstash"), "logstashes");
        assert_eq!(rollout.served_as("rolls").resource, "rolls");
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
