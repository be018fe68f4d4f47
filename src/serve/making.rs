//! What a controller of Kubernetes makes from something else: held against what it makes it from.

#![deny(clippy::disallowed_methods)]

use std::borrow::Cow;
use std::sync::Arc;

use super::salvage::salvage;
use crate::inventory::{Inventory, OwnerKind, Template};
use crate::subject::{Identity, Kind, Source, Subject};

/// What a template is looked up by, beside the owner: a Pod of a `StatefulSet` says of which of its
/// revisions it is.
const REVISION: &str = "controller-revision-hash";

/// The owner of what is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Owner {
    kind: &'static OwnerKind,
    uid: String,
    revision: Option<String>,
}

/// What is known of an owner.
#[derive(Debug)]
pub(super) enum Known {
    /// What it makes others from.
    Template(Arc<Template>),
    /// Nothing yet.
    Nothing,
    /// Nothing: nobody looks at owners of the kind, or no longer.
    Unseen(OwnerLookup),
}

/// How it went to look for the owner of what a controller made and a policy has something to say
/// about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OwnerLookup {
    /// It is known.
    Known,
    /// It is not known, although all are.
    Unknown,
    /// Owners are not looked at any more.
    Stale,
    /// Owners are not looked at.
    NotLookedAt,
}

impl OwnerLookup {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Known, Self::Unknown, Self::Stale, Self::NotLookedAt];

    /// The word for it in metrics and annotations.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Known => "known",
            Self::Unknown => "unknown",
            Self::Stale => "stale",
            Self::NotLookedAt => "not-looked-at",
        }
    }
}

/// An owner that may be known better in a moment, since it is milliseconds old, or was just changed.
#[derive(Debug)]
pub(super) struct Awaited {
    owner: Owner,
    seen: Option<Arc<Template>>,
}

impl Awaited {
    /// Whether more is known of it now, or something else.
    pub(super) fn is_news(&self, inventory: &Inventory) -> bool {
        match (self.owner.known(inventory), &self.seen) {
            (Known::Template(now), Some(seen)) => now != *seen,
            (Known::Template(_), None) => true,
            (Known::Nothing | Known::Unseen(_), _) => false,
        }
    }
}

impl Owner {
    /// The owner of the object of kind `kind` that `user` makes in the review in `body`: none where
    /// it names none that this user makes such objects from.
    pub(super) fn of(body: &[u8], kind: &Kind, user: &str, subject: &Subject<'_>) -> Option<Self> {
        let object = salvage(body)?.object("object")?;
        let reference = Identity::read(object)?.controller?;
        let of_kind = OwnerKind::find(&reference.group, &reference.kind)?;
        let is_made = of_kind.makes == kind.kind && kind.is_built_in() && of_kind.is_made_by(user);
        let revision = subject.object.metadata.labels.get(REVISION);
        is_made.then(|| Self {
            kind: of_kind,
            uid: reference.uid.as_str().to_owned(),
            revision: revision.map(|revision| revision.as_str().to_owned()),
        })
    }

    /// What is known of it.
    pub(super) fn known(&self, inventory: &Inventory) -> Known {
        match inventory.made_from(self.kind, &self.uid, self.revision.as_deref()) {
            Ok(Some(template)) => Known::Template(Arc::clone(template)),
            Ok(None) => Known::Nothing,
            Err(unseen) if unseen.since.is_some() => Known::Unseen(OwnerLookup::Stale),
            Err(_) => Known::Unseen(OwnerLookup::NotLookedAt),
        }
    }

    /// That this is to be looked at again.
    pub(super) fn awaited(self, seen: Option<Arc<Template>>) -> Awaited {
        Awaited { owner: self, seen }
    }
}

/// The object that `made` would be, were it as its template says; `json` is what is unpacked.
pub(super) fn as_of_template<'t>(made: &Subject<'t>, json: &'t [u8]) -> Option<Subject<'t>> {
    // What the API server has stored can be read; if not, nothing is known of it.
    let Ok(template) = Subject::read(made.kind, json) else { return None };
    let own = |text: &str| Cow::Owned(text.to_owned());
    let (namespace, name) = (made.namespace.as_deref().map(own), own(&made.name));
    Some(Subject { namespace, name, source: Source::Json(json), ..template })
}
