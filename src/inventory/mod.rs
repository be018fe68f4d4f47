//! What stands around a subject: the neighbours that some rule needs, as plain data.
//!
//! Built from the manifests given, never from values: of a Secret only the names of its keys are
//! kept. Where there is no inventory at all, a rule that needs one is undetermined.

#![deny(clippy::disallowed_methods)]

mod manifest;

use std::collections::{BTreeMap, BTreeSet};

/// The keys of a Secret or `ConfigMap`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Keys {
    /// Exactly these.
    Known(BTreeSet<String>),
    /// A controller fills it (External Secrets, Sealed Secrets, cert-manager): any may be there.
    Unknown,
}

impl Keys {
    /// Whether `key` is, or may be, among them.
    pub fn may_hold(&self, key: &str) -> bool {
        match self {
            Self::Known(keys) => keys.contains(key),
            Self::Unknown => true,
        }
    }
}

/// The kinds of object that pods take configuration from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// A `Secret`.
    Secret,
    /// A `ConfigMap`.
    ConfigMap,
}

impl Source {
    /// The kind as users write it.
    pub fn kind(self) -> &'static str {
        match self {
            Self::Secret => "Secret",
            Self::ConfigMap => "ConfigMap",
        }
    }
}

/// `ConfigMaps` that the controller manager, `OpenShift` and Istio put into every namespace.
const EVERYWHERE: [&str; 3] =
    ["kube-root-ca.crt", "openshift-service-ca.crt", "istio-ca-root-cert"];

/// The neighbours, by kind and name; several namespaces may hold the same name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Inventory {
    sources: BTreeMap<(Source, String), Vec<Held>>,
    namespaces: BTreeMap<String, NamespaceLabels>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Held {
    namespace: Option<String>,
    keys: Keys,
}

/// What is known of a label.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Label<'l> {
    /// It is there, with this value.
    Value(&'l str),
    /// It is not there.
    Absent,
    /// Manifests disagree about it, or one of them cannot be understood.
    Unknown,
}

/// The labels of a namespace, as all manifests of it together tell them.
///
/// `kubectl apply` merges what the manifests say, in the order in which they are applied, and leaves
/// alone what they do not say. So only what all of them say is known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NamespaceLabels {
    /// The value of each label that some manifest has; none where it is not known.
    stated: BTreeMap<String, Option<String>>,
    /// Whether a manifest has labels that are no mapping: then nothing is known.
    is_unreadable: bool,
}

impl NamespaceLabels {
    /// What is known of the label `key`.
    pub fn get(&self, key: &str) -> Label<'_> {
        match self.stated.get(key) {
            _ if self.is_unreadable => Label::Unknown,
            Some(Some(value)) => Label::Value(value),
            Some(None) => Label::Unknown,
            None => Label::Absent,
        }
    }

    /// The labels of two manifests together.
    fn and(mut self, mut other: Self) -> Self {
        for (key, value) in &mut self.stated {
            if other.stated.remove(key).as_ref() != Some(value) {
                *value = None;
            }
        }
        self.stated.extend(other.stated.into_keys().map(|key| (key, None)));
        self.is_unreadable |= other.is_unreadable;
        self
    }
}

impl Inventory {
    /// The keys of the object that a pod in `namespace` would find under `name`.
    ///
    /// A manifest without a namespace lands wherever it is applied, so it counts for any.
    /// Some `ConfigMaps` are put into every namespace by a controller ([`EVERYWHERE`]).
    pub fn keys(&self, source: Source, namespace: Option<&str>, name: &str) -> Option<&Keys> {
        if source == Source::ConfigMap && EVERYWHERE.contains(&name) {
            return Some(&Keys::Unknown);
        }
        let held = self.sources.get(&(source, name.to_owned()))?;
        let fits = |held: &&Held| match (held.namespace.as_deref(), namespace) {
            (Some(theirs), Some(ours)) => theirs == ours,
            _ => true,
        };
        held.iter().find(fits).map(|held| &held.keys)
    }

    /// The labels of a namespace, where a manifest of it is among those given.
    pub fn namespace_labels(&self, namespace: &str) -> Option<&NamespaceLabels> {
        self.namespaces.get(namespace)
    }

    fn hold(&mut self, source: Source, name: &str, namespace: Option<&str>, keys: Keys) {
        let held = Held { namespace: namespace.map(str::to_owned), keys };
        self.sources.entry((source, name.to_owned())).or_default().push(held);
    }
}
