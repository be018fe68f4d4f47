//! What a rule may look at beside what it is about.

use std::fmt;

use super::PodSecurityVersion;
use crate::inventory::{Inventory, Unseen};
use crate::subject::{Kind, ObjectMeta, Subject};

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
    /// The Kubernetes minor whose Pod Security Standards hold.
    pub version: PodSecurityVersion,
    /// The neighbours.
    pub inventory: &'c Inventory,
}

impl<'c> Context<'c> {
    /// The context of `subject`, whose write `requester` asks for.
    pub fn of(
        subject: &'c Subject<'c>,
        requester: Option<&'c str>,
        version: PodSecurityVersion,
        inventory: &'c Inventory,
    ) -> Self {
        Self {
            kind: subject.kind,
            metadata: &subject.object.metadata,
            namespace: subject.namespace.as_deref(),
            name: &subject.name,
            is_defaulted: subject.is_defaulted,
            requester,
            version,
            inventory,
        }
    }
}

/// Why a rule cannot say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Undetermined {
    /// It needs neighbours that are not known.
    Neighbours(Unseen),
    /// It needs to know who writes the object, and nobody does.
    Requester,
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
        }
    }
}
