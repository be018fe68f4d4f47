//! What is known of the labels of namespaces.

use std::collections::BTreeMap;

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
    pub(super) stated: BTreeMap<String, Option<String>>,
    /// Whether a manifest has labels that are no mapping: then nothing is known.
    pub(super) is_unreadable: bool,
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

    /// All of them, where all are known.
    pub fn all(&self) -> Option<impl Iterator<Item = (&str, &str)>> {
        let is_known = !self.is_unreadable && self.stated.values().all(Option::is_some);
        let stated = self.stated.iter();
        let all = stated.filter_map(|(key, value)| Some((key.as_str(), value.as_deref()?)));
        is_known.then_some(all)
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
    pub(super) fn and(mut self, mut other: Self) -> Self {
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
