//! Everything in force at one moment.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::bound::{BoundPolicy, OldLabels};
use super::digest::Digest;
use super::enforcement::Enforcement;
use super::excuse::{Exceptions, Terms};
use super::index::{Applicable, PolicyIndex, Stance};
use super::load::Documents;
use crate::inventory::{Inventory, Neighbour};
use crate::subject::{Kind, Kinds, Subject};

/// Policies and what is known of the surroundings; replaced whole, never changed.
///
/// A copy is cheap: an event about a neighbour replaces the inventory, and shares all else.
#[derive(Clone)]
pub struct Snapshot {
    kinds: Arc<Kinds>,
    policies: Arc<PolicyIndex>,
    exceptions: Arc<Exceptions>,
    enforcement: Enforcement,
    inventory: Inventory,
}

impl Default for Snapshot {
    fn default() -> Self {
        Self::new(Vec::new())
    }
}

impl Snapshot {
    /// These policies, with no exceptions and no neighbours known.
    pub fn new(policies: Vec<BoundPolicy>) -> Self {
        let policies = policies.into_iter().map(Arc::new).collect();
        Self::of(Documents { policies, exceptions: Vec::new() }, Terms::default())
    }

    /// These policies, and the exceptions from them on these terms; with no neighbours known.
    ///
    /// A kind has all the templates that any policy names, and every policy judges each of them:
    /// whoever errs about a path takes nothing from the others.
    pub fn of(documents: Documents, terms: Terms) -> Self {
        let Documents { policies, exceptions } = documents;
        let kinds = Kinds::with(policies.iter().flat_map(|policy| &policy.kinds));
        let policies = PolicyIndex::of(policies, &kinds);
        Self {
            kinds: Arc::new(kinds),
            policies: Arc::new(policies),
            exceptions: Arc::new(Exceptions::new(exceptions, terms)),
            enforcement: Enforcement::default(),
            inventory: Inventory::default(),
        }
    }

    /// The same, with no more enforced than this.
    #[must_use]
    pub fn with_enforcement(self, enforcement: Enforcement) -> Self {
        Self { enforcement, ..self }
    }

    /// The same, with the policies and exceptions of another.
    #[must_use]
    pub fn with_policies_of(self, other: &Self) -> Self {
        let (kinds, policies) = (Arc::clone(&other.kinds), Arc::clone(&other.policies));
        let exceptions = Arc::clone(&other.exceptions);
        Self { kinds, policies, exceptions, ..self }
    }

    /// The exceptions from the policies.
    pub fn exceptions(&self) -> &Exceptions {
        &self.exceptions
    }

    /// The same, with these neighbours.
    #[must_use]
    pub fn with_inventory(self, inventory: Inventory) -> Self {
        Self { inventory, ..self }
    }

    /// What tells these policies and exceptions from others.
    pub fn digest(&self) -> Digest {
        let policies = self.policies().iter().map(|policy| ("", &*policy.name, policy.digest));
        let exceptions = self.exceptions.shared();
        let exceptions = exceptions.map(|e| (&*e.namespace, &*e.name, e.digest));
        Digest::of_all(policies.chain(exceptions))
    }

    /// How much of the policies acts.
    pub fn enforcement(&self) -> Enforcement {
        self.enforcement
    }

    /// The neighbours.
    pub fn inventory(&self) -> &Inventory {
        &self.inventory
    }

    /// Every kind that can be reviewed.
    pub fn kinds(&self) -> &Kinds {
        &self.kinds
    }

    /// The policies, in the order in which they were read.
    pub fn policies(&self) -> &[Arc<BoundPolicy>] {
        self.policies.policies()
    }

    /// The neighbours that the policies or some rule of them ask for.
    pub fn needs(&self) -> BTreeSet<Neighbour> {
        self.policies().iter().flat_map(|policy| policy.needs()).collect()
    }

    /// Whether some policy holds what controllers make against what they make it from.
    pub fn asks_for_owners(&self) -> bool {
        self.policies().iter().any(|policy| policy.asks_for_owners())
    }

    /// The policies that may bind an object that had these labels before, in their order.
    pub fn applicable(&self, subject: &Subject<'_>, before: OldLabels<'_>) -> Vec<Applicable<'_>> {
        self.policies.applicable(subject, before)
    }

    /// What the policies may do to objects of a kind, whatever the ceiling is today.
    pub fn stance(&self, kind: &Kind) -> Stance {
        self.policies.stance(kind)
    }

    /// Whether some policy looks at objects of the kind as a whole, which then have to be at hand.
    pub fn reads_whole(&self, kind: &Kind) -> bool {
        self.policies.reads_whole(kind)
    }

    /// Whether it depends on the labels of an object of this kind which policies bind it.
    pub fn selects_objects(&self, kind: &Kind) -> bool {
        self.policies.selects_objects(kind)
    }

    /// Whether anything depends on the labels of an object of this kind: which policies bind it, or
    /// what some rule finds.
    pub fn judges_labels(&self, kind: &Kind) -> bool {
        self.policies.judges_labels(kind)
    }
}
