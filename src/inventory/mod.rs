//! What stands around a subject: the neighbours that some rule needs, as plain data.
//!
//! Filled from the manifests given, or object by object as they change, never from values: of a
//! Secret only the names of its keys are kept. Of each kind it is known whether anybody looks at it:
//! a rule that needs one at which nobody does is undetermined.

#![deny(clippy::disallowed_methods)]

mod manifest;
mod neighbour;
mod table;

use std::collections::{BTreeMap, BTreeSet};

use rpds::HashTrieMapSync;

pub use neighbour::{Neighbour, Unseen};
use table::Table;
pub use table::{Origin, Sight};

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
pub enum KeySource {
    /// A `Secret`.
    Secret,
    /// A `ConfigMap`.
    ConfigMap,
}

impl KeySource {
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

/// The object that an autoscaler decides about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScaleTarget {
    /// The API group of its kind.
    pub group: String,
    /// Its kind.
    pub kind: String,
}

/// The neighbours. A copy shares all that is not changed.
#[derive(Debug, Clone)]
pub struct Inventory {
    secrets: Table<Keys>,
    config_maps: Table<Keys>,
    autoscalers: Table<ScaleTarget>,
    namespaces: Namespaces,
}

/// The labels of namespaces, by name.
pub type Namespaces = HashTrieMapSync<String, NamespaceLabels>;

impl Default for Inventory {
    /// Of nothing anything is known.
    fn default() -> Self {
        Self {
            secrets: Table::of(Neighbour::Secret),
            config_maps: Table::of(Neighbour::ConfigMap),
            autoscalers: Table::of(Neighbour::Autoscaler),
            namespaces: HashTrieMapSync::new_sync(),
        }
    }
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

    /// Exactly these.
    pub fn known(labels: impl IntoIterator<Item = (String, String)>) -> Self {
        let stated = labels.into_iter().map(|(key, value)| (key, Some(value))).collect();
        Self { stated, is_unreadable: false }
    }

    /// Such as cannot be read: any may be there.
    pub fn unreadable() -> Self {
        Self { is_unreadable: true, ..Self::default() }
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
    /// One in which there is nothing but what is put into it.
    pub fn complete() -> Self {
        let mut inventory = Self::default();
        for kind in Neighbour::ALL {
            inventory.see(kind, Sight::Known);
        }
        inventory
    }

    /// From now on this holds of what is known of a kind.
    pub fn see(&mut self, kind: Neighbour, sight: Sight) {
        match kind {
            Neighbour::Secret => self.secrets.sight = sight,
            Neighbour::ConfigMap => self.config_maps.sight = sight,
            Neighbour::Autoscaler => self.autoscalers.sight = sight,
        }
    }

    /// The keys of the object that a pod in `namespace` would find under `name`.
    ///
    /// Some `ConfigMaps` are put into every namespace by a controller ([`EVERYWHERE`]).
    ///
    /// # Errors
    /// Where nobody looks at the kind, or no longer.
    pub fn keys(
        &self,
        source: KeySource,
        namespace: Option<&str>,
        name: &str,
    ) -> Result<Option<&Keys>, Unseen> {
        if source == KeySource::ConfigMap && EVERYWHERE.contains(&name) {
            return Ok(Some(&Keys::Unknown));
        }
        Ok(self.sources(source).find(namespace, name)?.next())
    }

    /// Whether an autoscaler decides about the replicas of this object.
    ///
    /// # Errors
    /// Where nobody looks at autoscalers, or no longer.
    pub fn is_scaled(
        &self,
        group: &str,
        kind: &str,
        namespace: Option<&str>,
        name: &str,
    ) -> Result<bool, Unseen> {
        let mut found = self.autoscalers.find(namespace, name)?;
        Ok(found.any(|target| target.group == group && target.kind == kind))
    }

    /// The labels of a namespace, where it is known.
    pub fn namespace_labels(&self, namespace: &str) -> Option<&NamespaceLabels> {
        self.namespaces.get(namespace)
    }

    /// Takes note of the keys under names, in place of what was known from `origin`.
    pub fn apply_keys(
        &mut self,
        source: KeySource,
        origin: &Origin,
        known: impl IntoIterator<Item = (String, Keys)>,
    ) {
        match source {
            KeySource::Secret => self.secrets.apply(origin, known),
            KeySource::ConfigMap => self.config_maps.apply(origin, known),
        }
    }

    /// Takes note of what an autoscaler decides about, in place of what was known from it.
    pub fn apply_autoscaler(&mut self, origin: &Origin, name: String, target: ScaleTarget) {
        self.autoscalers.apply(origin, [(name, target)]);
    }

    /// Takes note of the labels of a namespace, in place of those that it had.
    pub fn apply_namespace(&mut self, name: String, labels: NamespaceLabels) {
        self.namespaces.insert_mut(name, labels);
    }

    /// Takes these namespaces for all that there are.
    pub fn replace_namespaces(&mut self, namespaces: Namespaces) {
        self.namespaces = namespaces;
    }

    /// Forgets a namespace that is gone.
    pub fn delete_namespace(&mut self, name: &str) {
        self.namespaces.remove_mut(name);
    }

    /// Forgets all that is known from an object that is gone.
    pub fn delete(&mut self, origin: &Origin) {
        self.secrets.delete(origin);
        self.config_maps.delete(origin);
        self.autoscalers.delete(origin);
    }

    fn sources(&self, source: KeySource) -> &Table<Keys> {
        match source {
            KeySource::Secret => &self.secrets,
            KeySource::ConfigMap => &self.config_maps,
        }
    }
}
