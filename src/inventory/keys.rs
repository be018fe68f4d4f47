//! The names of keys, which are all that is ever kept of a Secret or `ConfigMap`.

use std::collections::BTreeSet;

use super::neighbour::Neighbour;

/// The keys of a Secret or `ConfigMap`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Keys {
    /// Exactly these.
    Known(KeyNames),
    /// A controller fills it (External Secrets, Sealed Secrets, cert-manager): any may be there.
    Unknown,
}

impl Keys {
    /// About how many bytes they take.
    pub(super) fn weight(&self) -> usize {
        match self {
            // Each is allocated by itself.
            Self::Known(keys) => keys.0.iter().map(|key| 32 + key.len()).sum(),
            Self::Unknown => 0,
        }
    }

    /// Whether `key` is, or may be, among them.
    pub fn may_hold(&self, key: &str) -> bool {
        match self {
            Self::Known(keys) => keys.contains(key),
            Self::Unknown => true,
        }
    }
}

/// Names of keys, in as little memory as they take.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeyNames(Box<[Box<str>]>);

impl KeyNames {
    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(AsRef::as_ref)
    }

    fn contains(&self, key: &str) -> bool {
        self.0.binary_search_by(|name| (**name).cmp(key)).is_ok()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromIterator<String> for KeyNames {
    fn from_iter<I: IntoIterator<Item = String>>(names: I) -> Self {
        let sorted: BTreeSet<String> = names.into_iter().collect();
        Self(sorted.into_iter().map(String::into_boxed_str).collect())
    }
}

/// The kinds of object that pods take configuration from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
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

    /// The neighbours that these are.
    pub fn neighbour(self) -> Neighbour {
        match self {
            Self::Secret => Neighbour::Secret,
            Self::ConfigMap => Neighbour::ConfigMap,
        }
    }

    /// What is asked for where its values are.
    pub fn value(self) -> Neighbour {
        match self {
            Self::Secret => Neighbour::SecretValue,
            Self::ConfigMap => Neighbour::ConfigMapValue,
        }
    }
}
