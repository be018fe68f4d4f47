//! What stands around a subject: the neighbours that some rule needs, as plain data.
//!
//! Filled from the manifests given, or object by object as they change, never from values: of a
//! Secret only the names of its keys are kept. Of each kind it is known whether anybody looks at it:
//! a rule that needs one at which nobody does is undetermined.

#![deny(clippy::disallowed_methods)]

mod keys;
mod kinds;
mod labels;
mod made_from;
mod manifest;
mod neighbour;
mod owner_kinds;
mod owners;
mod ports;
mod running;
mod selecting;
mod table;
mod templates;
mod tolerant;
mod trimmed;
mod values;

use rpds::HashTrieMapSync;

pub use keys::{KeyNames, KeySource, Keys};
use kinds::Told;
pub use kinds::{NeighbourKind, ScaleTarget};
pub use labels::{Label, NamespaceLabels};
pub use neighbour::{Neighbour, Sight, Unseen};
pub use owner_kinds::{OwnerKind, is_controller};
pub use owners::{Owner, Template};
pub use ports::Ports;
pub use running::Running;
pub use selecting::Selecting;
pub use table::Table;
use templates::Owners;
pub use templates::Templates;
pub use trimmed::{Identity, Trimmed};
pub use values::{Held, MapData, Values};

/// `ConfigMaps` that the controller manager, `OpenShift` and Istio put into every namespace.
const EVERYWHERE: [&str; 3] =
    ["kube-root-ca.crt", "openshift-service-ca.crt", "istio-ca-root-cert"];

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

    /// The keys of the object that a pod in `namespace` would find under `name`.
    ///
    /// Some `ConfigMaps` are put into every namespace by a controller ([`EVERYWHERE`]).
    ///
    /// # Errors
    /// Where nobody looks at the kind, or no longer.
    pub fn keys<'i>(
        &'i self,
        source: KeySource,
        namespace: Option<&'i str>,
        name: &'i str,
    ) -> Result<Option<&'i Keys>, Unseen> {
        if source == KeySource::ConfigMap && EVERYWHERE.contains(&name) {
            return Ok(Some(&Keys::Unknown));
        }
        let keys = |told: &'i Told| match told {
            Told::Keys(keys) => Some(keys),
            Told::Scales(_) | Told::Selects(_) | Told::Serves(_) | Told::Runs(_) | Told::Hosts => {
                None
            }
        };
        Ok(self.find(source.neighbour(), namespace, name)?.find_map(keys))
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
        let is_it = |told: &Told| match told {
            Told::Scales(target) => *target.group == *group && *target.kind == *kind,
            Told::Keys(_) | Told::Selects(_) | Told::Serves(_) | Told::Runs(_) | Told::Hosts => {
                false
            }
        };
        Ok(self.find(Neighbour::Autoscaler, namespace, name)?.any(is_it))
    }

    /// The ports of the Service that is found under `name` in `namespace`; none where there is no such
    /// Service.
    ///
    /// # Errors
    /// Where nobody looks at Services, or no longer.
    pub fn ports<'i>(
        &'i self,
        namespace: Option<&'i str>,
        name: &'i str,
    ) -> Result<Option<&'i Ports>, Unseen> {
        let ports = |told: &'i Told| match told {
            Told::Serves(ports) => Some(ports),
            Told::Keys(_) | Told::Scales(_) | Told::Selects(_) | Told::Runs(_) | Told::Hosts => {
                None
            }
        };
        Ok(self.find(Neighbour::Service, namespace, name)?.find_map(ports))
    }

    /// The namespaces in which an Ingress takes the requests for a host; those that are in none yet are
    /// nobody's.
    ///
    /// # Errors
    /// Where nobody looks at Ingresses, or no longer.
    pub fn hosting<'i>(&'i self, host: &'i str) -> Result<impl Iterator<Item = &'i str>, Unseen> {
        self.seen(Neighbour::Ingress)?;
        let tables = self.telling_of(Neighbour::Ingress).map(|source| &source.table);
        let namespaces = tables.flat_map(move |table| table.namespaces(host));
        Ok(namespaces.filter(|namespace| !namespace.is_empty()))
    }

    /// All that selects pods of `namespace` for this.
    ///
    /// # Errors
    /// Where nobody looks at such objects, or no longer.
    pub fn selecting<'i>(
        &'i self,
        neighbour: Neighbour,
        namespace: Option<&'i str>,
    ) -> Result<impl Iterator<Item = &'i Selecting>, Unseen> {
        Ok(self.listed(neighbour, namespace)?.filter_map(|told| match told {
            Told::Selects(selecting) => Some(&**selecting),
            Told::Keys(_) | Told::Scales(_) | Told::Runs(_) | Told::Serves(_) | Told::Hosts => None,
        }))
    }

    /// All that runs a number of pods in `namespace`.
    ///
    /// # Errors
    /// Where nobody looks at such objects, or no longer.
    pub fn running<'i>(
        &'i self,
        namespace: Option<&'i str>,
    ) -> Result<impl Iterator<Item = &'i Running>, Unseen> {
        Ok(self.listed(Neighbour::Workload, namespace)?.filter_map(|told| match told {
            Told::Runs(running) => Some(&**running),
            Told::Keys(_) | Told::Scales(_) | Told::Selects(_) | Told::Serves(_) | Told::Hosts => {
                None
            }
        }))
    }

    /// Whether there is an object of this kind of `apps` and name that runs a number of pods.
    ///
    /// # Errors
    /// Where nobody looks at such objects, or no longer.
    pub fn runs(&self, kind: &str, namespace: Option<&str>, name: &str) -> Result<bool, Unseen> {
        let is_it = |told: &Told| matches!(told, Told::Runs(running) if running.kind == kind);
        Ok(self.find(Neighbour::Workload, namespace, name)?.any(is_it))
    }

    /// All that the objects in `namespace` tell.
    fn listed<'i>(
        &'i self,
        neighbour: Neighbour,
        namespace: Option<&'i str>,
    ) -> Result<impl Iterator<Item = &'i Told>, Unseen> {
        self.seen(neighbour)?;
        let tables = self.telling_of(neighbour).map(|source| &source.table);
        let within = tables.clone().flat_map(move |table| {
            let landing = namespace.into_iter().flat_map(move |_| table.selecting(""));
            namespace.into_iter().flat_map(|namespace| table.selecting(namespace)).chain(landing)
        });
        let anywhere = tables.filter(move |_| namespace.is_none());
        Ok(within.chain(anywhere.flat_map(Table::selecting_anywhere)))
    }

    fn seen(&self, kind: Neighbour) -> Result<(), Unseen> {
        match self.sight(kind) {
            Sight::Known => Ok(()),
            Sight::NotLookedAt => Err(Unseen { kind, since: None }),
            Sight::StaleSince(moment) => Err(Unseen { kind, since: Some(moment) }),
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

    fn telling_of(&self, neighbour: Neighbour) -> impl Iterator<Item = &Source> + Clone {
        self.sources.iter().filter(move |source| source.table.kind().fills == neighbour)
    }

    /// All that somebody in `namespace` would find under `name`, the nearest first.
    ///
    /// A manifest without a namespace lands wherever it is applied, so it counts for any, and to a
    /// workload without one anything may be a neighbour.
    ///
    /// # Errors
    /// Where nobody looks at the kind, or no longer.
    fn find<'i>(
        &'i self,
        neighbour: Neighbour,
        namespace: Option<&'i str>,
        name: &'i str,
    ) -> Result<impl Iterator<Item = &'i Told>, Unseen> {
        self.seen(neighbour)?;
        let tables = self.telling_of(neighbour).map(|source| &source.table);
        let within = tables.clone().flat_map(move |table| {
            namespace.into_iter().flat_map(move |namespace| table.within(namespace, name))
        });
        let landing = tables.clone().filter(move |_| namespace.is_some());
        let landing = landing.flat_map(move |table| table.within("", name));
        let anywhere = tables.filter(move |_| namespace.is_none());
        Ok(within.chain(landing).chain(anywhere.flat_map(move |table| table.anywhere(name))))
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
