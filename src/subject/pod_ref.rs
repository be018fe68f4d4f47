//! A pod, or the template of one, where it stands in its object.

use super::borrowed::{Secretive, Str};
use super::index::Index;
use super::pod::{PodSpec, TemplateMeta};
use super::template::TemplatePath;
use crate::path::FieldPath;

/// Where a Pod's own template stands.
static ITSELF: TemplatePath = TemplatePath::ITSELF;

/// A pod, or the template of one, and where it stands in its object.
#[derive(Debug, Clone)]
pub struct Pod<'s, 'a> {
    /// Where its template stands.
    pub template: &'s TemplatePath,
    /// Whether the workload that makes it waits for its end.
    pub runs_to_completion: bool,
    /// Labels and annotations of the pod.
    pub metadata: Option<&'s TemplateMeta<'a>>,
    /// What runs in it.
    pub spec: &'s PodSpec<'a>,
    pub(super) index: Index,
}

impl<'s, 'a> Pod<'s, 'a> {
    /// The pod of a template that stands at this path; a Pod's own where there is none.
    pub(super) fn new(
        template: Option<&'s TemplatePath>,
        runs_to_completion: bool,
        metadata: Option<&'s TemplateMeta<'a>>,
        spec: &'s PodSpec<'a>,
    ) -> Self {
        let template = template.unwrap_or(&ITSELF);
        Self { template, runs_to_completion, metadata, spec, index: Index::default() }
    }
}

impl Pod<'_, '_> {
    /// The path of the field `keys` of the pod's spec.
    pub fn at(&self, keys: &[&'static str]) -> FieldPath {
        self.root().key("spec").keys(keys)
    }

    /// The path of the annotation `key` of the pod.
    pub fn annotation_at(&self, key: &str) -> FieldPath {
        self.root().keys(&["metadata", "annotations"]).found_key(key)
    }

    /// The path of the label `key` of the pod.
    pub fn label_at(&self, key: &str) -> FieldPath {
        self.labels_at().found_key(key)
    }

    fn root(&self) -> FieldPath {
        self.template.into()
    }

    /// Whether it is a Pod, and no template of one.
    pub fn is_itself(&self) -> bool {
        self.template.keys().is_empty()
    }

    /// Whether the pod says that it runs on Windows, where Linux' security fields mean nothing.
    pub fn is_windows(&self) -> bool {
        let os = self.spec.os.as_ref().and_then(|os| os.name.as_ref());
        os.is_some_and(|name| name.as_str() == "windows")
    }

    /// Whether the pod has a user namespace of its own, in which root is not the node's root.
    pub fn has_user_namespace(&self) -> bool {
        self.spec.host_users == Some(false)
    }

    /// The account whose token the pod gets.
    pub fn service_account(&self) -> &str {
        let spellings = [&self.spec.service_account_name, &self.spec.service_account];
        let named = spellings.into_iter().flatten().find(|name| !name.is_empty());
        named.map_or("default", |name| name.as_str())
    }

    /// What the field `path` says (`fieldRef`), where the pod itself says it and not the cluster.
    pub fn field(&self, path: &str) -> Option<&str> {
        let key = |list: &str| path.strip_prefix(list)?.strip_prefix("['")?.strip_suffix("']");
        if path == "spec.serviceAccountName" {
            return Some(self.service_account());
        }
        if let Some(key) = key("metadata.annotations") {
            return Some(self.annotation(key).unwrap_or_default());
        }
        let labels = self.metadata.map(|metadata| &metadata.labels);
        let label = |key| labels?.get(key).map(Str::as_str);
        key("metadata.labels").map(|key| label(key).unwrap_or_default())
    }

    /// The path of the pod's labels.
    pub fn labels_at(&self) -> FieldPath {
        self.root().keys(&["metadata", "labels"])
    }

    /// The pod's label `key`.
    pub fn label(&self, key: &str) -> Option<&str> {
        self.metadata?.labels.get(key).map(Str::as_str)
    }

    /// The pod's annotation `key`.
    pub fn annotation(&self, key: &str) -> Option<&str> {
        self.metadata?.annotations.get(key).map(Secretive::as_str)
    }
}
