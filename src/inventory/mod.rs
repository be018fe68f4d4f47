//! What stands around a subject: the neighbours that some rule needs, as plain data.
//!
//! Filled from the manifests given, or object by object as they change, never from values: of a
//! Secret only the names of its keys are kept. Of each kind it is known whether anybody looks at it:
//! a rule that needs one at which nobody does is undetermined.

#![deny(clippy::disallowed_methods)]

mod backups;
mod fields;
mod keys;
mod kinds;
mod labels;
mod looking;
mod made_from;
mod manifest;
mod monitors;
mod needs;
mod neighbour;
mod owner_kinds;
mod owners;
mod pod_fields;
mod ports;
mod running;
mod selecting;
mod table;
mod templates;
mod told;
mod tolerant;
mod trimmed;
mod values;

use rpds::HashTrieMapSync;

pub use backups::Backup;
pub use fields::Identity;
pub use keys::{KeyNames, KeySource, Keys};
pub use kinds::NeighbourKind;
pub use labels::{Label, NamespaceLabels};
pub use monitors::Monitor;
pub use needs::Need;
pub use neighbour::{Neighbour, Sight, Unseen};
pub use owner_kinds::{OwnerKind, is_controller};
pub use owners::{Owner, Template};
pub use ports::{Ports, Served};
pub use running::{DeclaredPorts, Running};
pub use selecting::Selecting;
pub use table::Table;
use templates::Owners;
pub use templates::Templates;
pub use told::ScaleTarget;
pub use trimmed::Trimmed;
pub use values::{Held, MapData, Values};

/// The neighbours. A copy shares all that is not changed.
#[derive(Debug, Clone)]
pub struct Inventory {
    sources: Vec<Source>,
    owners: Vec<Owners>,
    namespaces: Namespaces,
    values: Values,
    /// Whether the values of `ConfigMaps`, and those of Secrets, are looked at.
    values_sight: [Sight; 2],
}

/// What is known from the objects of one kind, and how well.
#[derive(Debug, Clone)]
struct Source {
    table: Table,
    sight: Sight,
}

/// The labels of namespaces, by name.
pub type Namespaces = HashTrieMapSync<String, NamespaceLabels>;

impl Default for Inventory {
    /// Of nothing anything is known.
    fn default() -> Self {
        let source = |kind| Source { table: Table::of(kind), sight: Sight::default() };
        let sources = NeighbourKind::all().map(source).collect();
        let owners = OwnerKind::all().map(Owners::of).collect();
        let (namespaces, values) = (HashTrieMapSync::new_sync(), Values::default());
        Self { sources, owners, namespaces, values, values_sight: [Sight::default(); 2] }
    }
}

impl Inventory {
    /// One in which there is nothing but what is put into it.
    pub fn complete() -> Self {
        let mut inventory = Self::default();
        inventory.sources.iter_mut().for_each(|source| source.sight = Sight::Known);
        inventory.values_sight = [Sight::Known; 2];
        inventory
    }

    /// From now on this holds of what is known from the objects of a kind.
    pub fn see(&mut self, kind: &NeighbourKind, sight: Sight) {
        if let Some(source) = self.source(kind) {
            source.sight = sight;
        }
    }

    /// Whether neighbours of a kind are known: as well as the objects of every kind that tell of them.
    pub fn sight(&self, neighbour: Neighbour) -> Sight {
        let [of_maps, of_secrets] = self.values_sight;
        match neighbour {
            Neighbour::ConfigMapValue => return of_maps,
            Neighbour::SecretValue => return of_secrets,
            Neighbour::Owner => return self.sight_of_owners(),
            _ => {}
        }
        let of_kinds = self.telling_of(neighbour).map(|source| source.sight);
        of_kinds.fold(Sight::Known, Sight::and)
    }

    /// What the object that a pod in `namespace` would find under `name` holds under `key`; none where
    /// there is no such object, or key, or where a controller fills it.
    ///
    /// # Errors
    /// Where nobody looks at the values of such objects.
    pub fn value(
        &self,
        source: KeySource,
        namespace: Option<&str>,
        name: &str,
        key: &str,
    ) -> Result<Option<&Held>, Unseen> {
        self.seen(source.value())?;
        Ok(self.values.get(source, namespace, name, key))
    }

    /// Takes these for the values of all `ConfigMaps`.
    pub fn replace_values(&mut self, values: Values) {
        self.values = values;
    }

    /// From now on this holds of the values of such objects.
    pub fn see_values(&mut self, source: KeySource, sight: Sight) {
        let [of_maps, of_secrets] = &mut self.values_sight;
        match source {
            KeySource::ConfigMap => *of_maps = sight,
            KeySource::Secret => *of_secrets = sight,
        }
    }

    /// The labels of a namespace, where it is known.
    pub fn namespace_labels(&self, namespace: &str) -> Option<&NamespaceLabels> {
        self.namespaces.get(namespace)
    }

    /// Takes note of an object, in place of what was known from it.
    pub fn apply(&mut self, kind: &NeighbourKind, object: &Trimmed) {
        if let Some(source) = self.source(kind) {
            source.table.apply(object);
        }
    }

    /// Takes these for all objects of their kind, which they are unless the table is full.
    pub fn replace(&mut self, table: Table) {
        if let Some(source) = self.source(table.kind()) {
            source.table = table;
        }
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

    fn source(&mut self, kind: &NeighbourKind) -> Option<&mut Source> {
        self.sources.iter_mut().find(|source| source.table.kind() == kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;

    #[test]
    fn f83_what_nobody_looks_at_or_no_longer_is_not_known() {
        let mut inventory = Inventory::complete();
        let secret_of = |inventory: &Inventory| {
            inventory.keys(KeySource::Secret, Some("shop"), "db").map(|keys| keys.is_some())
        };
        assert_eq!(secret_of(&inventory), Ok(false));
        // One kind of those that tell of Secrets is enough.
        let external = NeighbourKind::find("external-secrets.io", "ExternalSecret").expect("one");
        inventory.see(external, Sight::StaleSince(Timestamp::UNIX_EPOCH));
        let since = Some(Timestamp::UNIX_EPOCH);
        assert_eq!(secret_of(&inventory), Err(Unseen { kind: Neighbour::Secret, since }));
        inventory.see(external, Sight::NotLookedAt);
        assert_eq!(secret_of(&inventory), Err(Unseen { kind: Neighbour::Secret, since: None }));
        assert_eq!(inventory.keys(KeySource::ConfigMap, None, "db"), Ok(None), "another kind");
    }
}
