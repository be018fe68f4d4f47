//! What stands around as far as it is what something was made from.

use std::sync::Arc;

use super::owner_kinds::OwnerKind;
use super::owners::Template;
use super::templates::Templates;
use super::{Inventory, Neighbour, Sight, Unseen};

impl Inventory {
    /// From now on this holds of what is made from the objects of a kind.
    pub fn see_owners(&mut self, kind: &OwnerKind, sight: Sight) {
        if let Some(owners) = self.owners.iter_mut().find(|o| o.templates.kind() == kind) {
            owners.sight = sight;
        }
    }

    /// Takes these for all that is made from objects of their kind.
    pub fn replace_templates(&mut self, templates: Templates) {
        let mut all = self.owners.iter_mut();
        if let Some(owners) = all.find(|o| o.templates.kind() == templates.kind()) {
            owners.templates = templates;
        }
    }

    /// What the owner of this kind and uid makes others from; of a `StatefulSet` at `revision`, where
    /// one is named that is there.
    ///
    /// What is known is told even where it may be old: a uid is never given twice, and what an owner
    /// makes others from is seldom changed.
    ///
    /// # Errors
    /// Where nobody looks at owners of the kind, or no longer.
    pub fn made_from(
        &self,
        kind: &OwnerKind,
        uid: &str,
        revision: Option<&str>,
    ) -> Result<Option<&Arc<Template>>, Unseen> {
        let of = |kind: &str| self.owners.iter().find(|o| o.templates.kind().kind == kind);
        let unseen = |since| Unseen { kind: Neighbour::Owner, since };
        let owners = of(kind.kind).ok_or(unseen(None))?;
        let mut all = vec![owners];
        let mut found = None;
        if let Some(name) = revision.filter(|_| kind.kind == "StatefulSet") {
            let revisions = of(OwnerKind::REVISION).ok_or(unseen(None))?;
            found = revisions.templates.of_revision(uid, name);
            all.push(revisions);
        }
        let found = found.or_else(|| owners.templates.of_owner(uid));
        match all.iter().fold(Sight::Known, |sight, owners| sight.and(owners.sight)) {
            Sight::NotLookedAt => Err(unseen(None)),
            Sight::StaleSince(moment) if found.is_none() => Err(unseen(Some(moment))),
            Sight::Known | Sight::StaleSince(_) => Ok(found),
        }
    }

    /// Whether anybody looks at what Pods are made from.
    pub fn looks_at_owners(&self) -> bool {
        self.owners.iter().any(|owners| owners.sight != Sight::NotLookedAt)
    }

    /// Whether owners are known: as well as those of every kind.
    pub(super) fn sight_of_owners(&self) -> Sight {
        self.owners.iter().map(|owners| owners.sight).fold(Sight::Known, Sight::and)
    }
}
