//! What a rule may look at beside what it is about.

use std::fmt;

use jiff::Timestamp;

use super::PodSecurityVersion;
use crate::inventory::{
    Backup, Held, Inventory, KeySource, Keys, Monitor, NamespaceLabels, Neighbour, Running,
    Selecting, Served, Unseen,
};
use crate::subject::{Kind, ObjectMeta, Subject, Trees};

/// What a rule may look at beside what it is about: who the object is, who writes it, and what
/// stands around it.
#[derive(Debug, Clone, Copy)]
pub struct Context<'c> {
    /// What kind of object it is.
    pub kind: &'c Kind,
    /// Its metadata.
    pub metadata: &'c ObjectMeta<'c>,
    /// Its namespace.
    pub namespace: Option<&'c str>,
    /// Its name; `prefix*` where the API server has yet to make one up.
    pub name: &'c str,
    /// Whether the API server has filled in what was left out.
    pub is_defaulted: bool,
    /// The user who writes it, where somebody does.
    pub requester: Option<&'c str>,
    /// Whether it is being written: then a neighbour that is not there may come a second later, and
    /// what rests on that refuses nothing.
    pub is_write: bool,
    /// The Kubernetes minor whose Pod Security Standards hold.
    pub version: PodSecurityVersion,
    /// The time of the review.
    pub now: Timestamp,
    /// The neighbours that the rule asks for.
    pub neighbours: Neighbours<'c>,
    /// The whole of the object, for rules that say that they read it.
    pub whole: &'c dyn Trees,
}

/// The neighbours that a rule says it asks for: any other is as if nobody looked at it, so that no
/// rule counts on what is not followed.
#[derive(Debug, Clone, Copy)]
pub struct Neighbours<'c> {
    inventory: &'c Inventory,
    asked_for: &'c [Neighbour],
}

impl<'c> Neighbours<'c> {
    /// None of these yet.
    pub fn of(inventory: &'c Inventory) -> Self {
        Self { inventory, asked_for: &[] }
    }

    /// Those that are asked for.
    #[must_use]
    pub fn asking_for(self, asked_for: &'c [Neighbour]) -> Self {
        Self { asked_for, ..self }
    }

    /// As [`Inventory::keys`].
    ///
    /// # Errors
    /// As there.
    pub fn keys(
        self,
        source: KeySource,
        namespace: Option<&'c str>,
        name: &'c str,
    ) -> Result<Option<&'c Keys>, Unseen> {
        self.asks_for(source.neighbour())?;
        self.inventory.keys(source, namespace, name)
    }

    /// As [`Inventory::value`].
    ///
    /// # Errors
    /// As there.
    pub fn value(
        self,
        source: KeySource,
        namespace: Option<&'c str>,
        name: &str,
        key: &str,
    ) -> Result<Option<&'c Held>, Unseen> {
        self.asks_for(source.value())?;
        self.inventory.value(source, namespace, name, key)
    }

    /// As [`Inventory::is_scaled`].
    ///
    /// # Errors
    /// As there.
    pub fn is_scaled(
        self,
        group: &str,
        kind: &str,
        namespace: Option<&str>,
        name: &str,
    ) -> Result<bool, Unseen> {
        self.asks_for(Neighbour::Autoscaler)?;
        self.inventory.is_scaled(group, kind, namespace, name)
    }

    /// As [`Inventory::service`].
    ///
    /// # Errors
    /// As there.
    pub fn service(
        self,
        namespace: Option<&'c str>,
        name: &'c str,
    ) -> Result<Option<&'c Served>, Unseen> {
        self.asks_for(Neighbour::Service)?;
        self.inventory.service(namespace, name)
    }

    /// As [`Inventory::services`].
    ///
    /// # Errors
    /// As there.
    pub fn services(
        self,
        namespace: Option<&'c str>,
    ) -> Result<impl Iterator<Item = &'c Served>, Unseen> {
        self.asks_for(Neighbour::Service)?;
        self.inventory.services(namespace)
    }

    /// As [`Inventory::is_there`].
    ///
    /// # Errors
    /// As there.
    pub fn is_there(
        self,
        neighbour: Neighbour,
        namespace: Option<&str>,
        name: &str,
    ) -> Result<bool, Unseen> {
        self.asks_for(neighbour)?;
        self.inventory.is_there(neighbour, namespace, name)
    }

    /// As [`Inventory::has_any`].
    ///
    /// # Errors
    /// As there.
    pub fn has_any(self, neighbour: Neighbour, namespace: Option<&str>) -> Result<bool, Unseen> {
        self.asks_for(neighbour)?;
        self.inventory.has_any(neighbour, namespace)
    }

    /// As [`Inventory::running`], [`Inventory::running_otherwise`] and [`Inventory::pods`] together.
    ///
    /// # Errors
    /// As there.
    pub fn all_running(
        self,
        namespace: Option<&'c str>,
    ) -> Result<impl Iterator<Item = &'c Running>, Unseen> {
        for kind in [Neighbour::Workload, Neighbour::OtherWorkload, Neighbour::Pod] {
            self.asks_for(kind)?;
        }
        let lasting = self.inventory.running(namespace)?;
        let others = self.inventory.running_otherwise(namespace)?;
        Ok(lasting.chain(others).chain(self.inventory.pods(namespace)?))
    }

    /// As [`Inventory::monitors`].
    ///
    /// # Errors
    /// As there.
    pub fn monitors(
        self,
        namespace: Option<&'c str>,
    ) -> Result<impl Iterator<Item = &'c Monitor>, Unseen> {
        self.asks_for(Neighbour::Monitor)?;
        self.inventory.monitors(namespace)
    }

    /// As [`Inventory::backups`].
    ///
    /// # Errors
    /// As there.
    pub fn backups(
        self,
        namespace: Option<&'c str>,
    ) -> Result<impl Iterator<Item = &'c Backup>, Unseen> {
        self.asks_for(Neighbour::Backup)?;
        self.inventory.backups(namespace)
    }

    /// As [`Inventory::hosting`].
    ///
    /// # Errors
    /// As there.
    pub fn hosting(self, host: &'c str) -> Result<impl Iterator<Item = &'c str>, Unseen> {
        self.asks_for(Neighbour::Ingress)?;
        self.inventory.hosting(host)
    }

    /// As [`Inventory::selecting`].
    ///
    /// # Errors
    /// As there.
    pub fn selecting(
        self,
        kind: Neighbour,
        namespace: Option<&'c str>,
    ) -> Result<impl Iterator<Item = &'c Selecting>, Unseen> {
        self.asks_for(kind)?;
        self.inventory.selecting(kind, namespace)
    }

    /// As [`Inventory::running`].
    ///
    /// # Errors
    /// As there.
    pub fn running(
        self,
        namespace: Option<&'c str>,
    ) -> Result<impl Iterator<Item = &'c Running>, Unseen> {
        self.asks_for(Neighbour::Workload)?;
        self.inventory.running(namespace)
    }

    /// As [`Inventory::runs`].
    ///
    /// # Errors
    /// As there.
    pub fn runs(self, kind: &str, namespace: Option<&str>, name: &str) -> Result<bool, Unseen> {
        self.asks_for(Neighbour::Workload)?;
        self.inventory.runs(kind, namespace, name)
    }

    fn asks_for(self, kind: Neighbour) -> Result<(), Unseen> {
        let is_asked_for = self.asked_for.contains(&kind);
        if is_asked_for { Ok(()) } else { Err(Unseen { kind, since: None }) }
    }
}

impl<'c> Context<'c> {
    /// The context of `subject`, whose write `requester` asks for where it is being written.
    pub fn of(
        subject: &'c Subject<'c>,
        requester: Option<Option<&'c str>>,
        version: PodSecurityVersion,
        now: Timestamp,
        inventory: &'c Inventory,
        whole: &'c dyn Trees,
    ) -> Self {
        Self {
            kind: subject.kind,
            metadata: &subject.object.metadata,
            namespace: subject.namespace.as_deref(),
            name: &subject.name,
            is_defaulted: subject.is_defaulted,
            requester: requester.flatten(),
            is_write: requester.is_some(),
            version,
            now,
            neighbours: Neighbours::of(inventory),
            whole,
        }
    }
}

impl<'c> Context<'c> {
    /// The labels of its namespace, as far as they are known.
    pub fn namespace_labels(&self) -> Option<&'c NamespaceLabels> {
        self.neighbours.inventory.namespace_labels(self.namespace?)
    }
}

/// Why a rule cannot say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Undetermined {
    /// It needs neighbours that are not known.
    Neighbours(Unseen),
    /// It needs to know who writes the object, and nobody does.
    Requester,
    /// Its expression asks for what nobody knows here.
    Expression(&'static str),
}

impl From<Unseen> for Undetermined {
    fn from(unseen: Unseen) -> Self {
        Self::Neighbours(unseen)
    }
}

impl fmt::Display for Undetermined {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Neighbours(unseen) => unseen.fmt(f),
            Self::Requester => f.write_str("nobody says who writes the object"),
            Self::Expression(what) => write!(f, "`{what}` is not known here"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_is_shown_no_neighbours_that_it_does_not_ask_for() {
        let inventory = Inventory::complete();
        let all = Neighbours::of(&inventory);
        let secrets = all.asking_for(&[Neighbour::Secret]);
        assert_eq!(secrets.keys(KeySource::Secret, None, "a"), Ok(None));
        let unseen = |kind| Unseen { kind, since: None };
        let keys =
            |neighbours: Neighbours<'_>| neighbours.keys(KeySource::ConfigMap, None, "a").err();
        assert_eq!(keys(secrets), Some(unseen(Neighbour::ConfigMap)));
        assert_eq!(all.is_scaled("", "", None, "a"), Err(unseen(Neighbour::Autoscaler)));
    }
}
