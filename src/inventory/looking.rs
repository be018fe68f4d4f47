//! What is found in the inventory, by whom it is looked for.

use super::backups::Backup;
use super::keys::{KeySource, Keys};
use super::monitors::Monitor;
use super::neighbour::{Neighbour, Sight, Unseen};
use super::ports::Served;
use super::running::Running;
use super::selecting::Selecting;
use super::table::Table;
use super::told::Told;
use super::{Inventory, Source};

/// `ConfigMaps` that the controller manager, `OpenShift` and Istio put into every namespace.
const EVERYWHERE: [&str; 3] =
    ["kube-root-ca.crt", "openshift-service-ca.crt", "istio-ca-root-cert"];

impl Inventory {
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
        Ok(self.find(source.neighbour(), namespace, name)?.find_map(Told::keys))
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
        let is_it = |told: &Told| {
            told.scales().is_some_and(|target| *target.group == *group && *target.kind == *kind)
        };
        Ok(self.find(Neighbour::Autoscaler, namespace, name)?.any(is_it))
    }

    /// The Service that is found under `name` in `namespace`.
    ///
    /// # Errors
    /// Where nobody looks at Services, or no longer.
    pub fn service<'i>(
        &'i self,
        namespace: Option<&'i str>,
        name: &'i str,
    ) -> Result<Option<&'i Served>, Unseen> {
        Ok(self.find(Neighbour::Service, namespace, name)?.find_map(Told::serves))
    }

    /// All Services of `namespace`.
    ///
    /// # Errors
    /// Where nobody looks at Services, or no longer.
    pub fn services<'i>(
        &'i self,
        namespace: Option<&'i str>,
    ) -> Result<impl Iterator<Item = &'i Served>, Unseen> {
        Ok(self.listed(Neighbour::Service, namespace)?.filter_map(Told::serves))
    }

    /// Whether there is anything of this kind under `name` in `namespace`.
    ///
    /// # Errors
    /// Where nobody looks at such objects, or no longer.
    pub fn is_there(
        &self,
        neighbour: Neighbour,
        namespace: Option<&str>,
        name: &str,
    ) -> Result<bool, Unseen> {
        Ok(self.find(neighbour, namespace, name)?.next().is_some())
    }

    /// Whether anything of this kind that is looked for by what it is about is in `namespace`.
    ///
    /// # Errors
    /// Where nobody looks at such objects, or no longer.
    pub fn has_any(&self, neighbour: Neighbour, namespace: Option<&str>) -> Result<bool, Unseen> {
        Ok(self.listed(neighbour, namespace)?.next().is_some())
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
        Ok(self.listed(neighbour, namespace)?.filter_map(Told::selects))
    }

    /// The same but for what an object of this name selects.
    ///
    /// # Errors
    /// As there.
    pub fn selecting_but<'i>(
        &'i self,
        neighbour: Neighbour,
        namespace: Option<&'i str>,
        name: &'i str,
    ) -> Result<impl Iterator<Item = &'i Selecting>, Unseen> {
        self.seen(neighbour)?;
        let tables = self.telling_of(neighbour).map(|source| &source.table);
        let namespace = namespace.unwrap_or_default();
        let told = tables.flat_map(move |table| table.all_within_but(namespace, name));
        Ok(told.filter_map(Told::selects))
    }

    /// All that runs a number of pods in `namespace`.
    ///
    /// # Errors
    /// Where nobody looks at such objects, or no longer.
    pub fn running<'i>(
        &'i self,
        namespace: Option<&'i str>,
    ) -> Result<impl Iterator<Item = &'i Running>, Unseen> {
        Ok(self.listed(Neighbour::Workload, namespace)?.filter_map(Told::runs))
    }

    /// All else that runs pods in `namespace`.
    ///
    /// # Errors
    /// Where nobody looks at such objects, or no longer.
    pub fn running_otherwise<'i>(
        &'i self,
        namespace: Option<&'i str>,
    ) -> Result<impl Iterator<Item = &'i Running>, Unseen> {
        Ok(self.listed(Neighbour::OtherWorkload, namespace)?.filter_map(Told::runs))
    }

    /// All Pods in `namespace` that none of these made.
    ///
    /// # Errors
    /// Where nobody looks at such objects, or no longer.
    pub fn pods<'i>(
        &'i self,
        namespace: Option<&'i str>,
    ) -> Result<impl Iterator<Item = &'i Running>, Unseen> {
        Ok(self.listed(Neighbour::Pod, namespace)?.filter_map(Told::runs))
    }

    /// All monitors that look into `namespace`, wherever they are.
    ///
    /// # Errors
    /// Where nobody looks at such objects, or no longer.
    pub fn monitors<'i>(
        &'i self,
        namespace: Option<&'i str>,
    ) -> Result<impl Iterator<Item = &'i Monitor>, Unseen> {
        let own =
            self.listed(Neighbour::Monitor, namespace)?.filter(|told| !told.looks_elsewhere());
        let all = own.chain(self.elsewhere(Neighbour::Monitor)).filter_map(Told::monitors);
        Ok(all.filter(move |monitor| monitor.looks_into(namespace)))
    }

    /// All that backs up volumes of `namespace`, or may, wherever it is.
    ///
    /// # Errors
    /// Where nobody looks at such objects, or no longer.
    pub fn backups<'i>(
        &'i self,
        namespace: Option<&'i str>,
    ) -> Result<impl Iterator<Item = &'i Backup>, Unseen> {
        let own = self.listed(Neighbour::Backup, namespace)?.filter(|told| !told.looks_elsewhere());
        let all = own.chain(self.elsewhere(Neighbour::Backup)).filter_map(Told::backs_up);
        Ok(all.filter(move |backup| backup.looks_into(namespace)))
    }

    /// Whether there is an object of this kind of `apps` and name that runs a number of pods.
    ///
    /// # Errors
    /// Where nobody looks at such objects, or no longer.
    pub fn runs(&self, kind: &str, namespace: Option<&str>, name: &str) -> Result<bool, Unseen> {
        let is_it = |told: &Told| told.runs().is_some_and(|running| running.kind == kind);
        Ok(self.find(Neighbour::Workload, namespace, name)?.any(is_it))
    }

    /// All that objects tell about the namespaces of others.
    fn elsewhere(&self, neighbour: Neighbour) -> impl Iterator<Item = &Told> {
        self.telling_of(neighbour).flat_map(|source| source.table.all_elsewhere())
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
            let landing = namespace.into_iter().flat_map(move |_| table.all_within(""));
            namespace.into_iter().flat_map(|namespace| table.all_within(namespace)).chain(landing)
        });
        let anywhere = tables.filter(move |_| namespace.is_none());
        Ok(within.chain(anywhere.flat_map(Table::all_anywhere)))
    }

    /// Whether somebody looks at this kind.
    pub(super) fn seen(&self, kind: Neighbour) -> Result<(), Unseen> {
        match self.sight(kind) {
            Sight::Known => Ok(()),
            Sight::NotLookedAt => Err(Unseen { kind, since: None }),
            Sight::StaleSince(moment) => Err(Unseen { kind, since: Some(moment) }),
        }
    }

    /// What is known of this kind, by the kinds of object that tell of it.
    pub(super) fn telling_of(&self, neighbour: Neighbour) -> impl Iterator<Item = &Source> + Clone {
        self.sources.iter().filter(move |source| source.table.kind().tells_of(neighbour))
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
