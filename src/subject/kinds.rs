//! Every kind that is known, found by its name or its resource.

use std::collections::HashMap;

use super::kind::{Kind, KindId};
use super::table::BUILT_IN;

/// The kinds of Kubernetes itself and those that policies add; found by hash, once a request.
#[derive(Debug)]
pub struct Kinds {
    all: Vec<Kind>,
    by_name: ByName,
    by_resource: ByName,
}

/// A place in the list by group, and by name in it.
type ByName = HashMap<String, HashMap<String, usize>>;

impl Default for Kinds {
    fn default() -> Self {
        Self::with([])
    }
}

impl Kinds {
    /// The built-in kinds and `added`, each once, with all templates that anybody names.
    ///
    /// Whoever errs about a path takes nothing from the others.
    pub fn with<'k>(added: impl IntoIterator<Item = &'k Kind>) -> Self {
        let mut kinds =
            Self { all: Vec::new(), by_name: ByName::new(), by_resource: ByName::new() };
        for kind in BUILT_IN.iter().chain(added) {
            match kinds.id(&kind.group, &kind.kind) {
                Some(id) if id >= BUILT_IN.len() => {
                    if let Some(known) = kinds.all.get_mut(id) {
                        known.learn(kind.templates());
                    }
                }
                Some(_) => {}
                None => kinds.push(kind.clone()),
            }
        }
        kinds
    }

    fn push(&mut self, mut kind: Kind) {
        let id = self.all.len();
        kind.id = id;
        let group = kind.group.as_ref();
        self.by_name.entry(group.to_owned()).or_default().insert(kind.kind.to_string(), id);
        let resources = self.by_resource.entry(group.to_owned()).or_default();
        resources.entry(kind.resource.to_string()).or_insert(id);
        self.all.push(kind);
    }

    fn id(&self, group: &str, kind: &str) -> Option<KindId> {
        self.by_name.get(group)?.get(kind).copied()
    }

    /// The kind of this group and name.
    pub fn find(&self, group: &str, kind: &str) -> Option<&Kind> {
        self.all.get(self.id(group, kind)?)
    }

    /// The kind whose objects the resource `resource` of group `group` serves.
    pub fn of_resource(&self, group: &str, resource: &str) -> Option<&Kind> {
        self.all.get(*self.by_resource.get(group)?.get(resource)?)
    }

    /// All of them in the order of their places, the built-in ones first.
    pub fn iter(&self) -> std::slice::Iter<'_, Kind> {
        self.all.iter()
    }
}

impl<'k> IntoIterator for &'k Kinds {
    type Item = &'k Kind;
    type IntoIter = std::slice::Iter<'k, Kind>;
    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}
