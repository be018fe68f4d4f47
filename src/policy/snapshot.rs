//! Everything in force at one moment.

use std::sync::Arc;

use super::bound::{BoundPolicy, OldLabels};
use super::enforcement::Enforcement;
use super::index::{Applicable, PolicyIndex, Stance};
use crate::inventory::Inventory;
use crate::subject::{Kind, Kinds, Subject};

/// Policies and what is known of the surroundings; replaced whole, never changed.
///
/// A copy is cheap: an event about a neighbour replaces the inventory, and shares all else.
#[derive(Clone)]
pub struct Snapshot {
    kinds: Arc<Kinds>,
    policies: Arc<PolicyIndex>,
    enforcement: Enforcement,
    inventory: Inventory,
}

impl Default for Snapshot {
    fn default() -> Self {
        Self::new(Vec::new())
    }
}

impl Snapshot {
    /// These policies, with no neighbours known.
    ///
    /// A kind has all the templates that any policy names, and every policy judges each of them:
    /// whoever errs about a path takes nothing from the others.
    pub fn new(policies: Vec<BoundPolicy>) -> Self {
        let kinds = Kinds::with(policies.iter().flat_map(|policy| &policy.kinds));
        let policies = PolicyIndex::of(policies, &kinds);
        Self {
            kinds: Arc::new(kinds),
            policies: Arc::new(policies),
            enforcement: Enforcement::default(),
            inventory: Inventory::default(),
        }
    }

    /// The same, with no more enforced than this.
    #[must_use]
    pub fn with_enforcement(self, enforcement: Enforcement) -> Self {
        Self { enforcement, ..self }
    }

    /// The same, with the policies of another.
    #[must_use]
    pub fn with_policies_of(self, other: &Self) -> Self {
        let (kinds, policies) = (Arc::clone(&other.kinds), Arc::clone(&other.policies));
        Self { kinds, policies, ..self }
    }

    /// The same, with these neighbours.
    #[must_use]
    pub fn with_inventory(self, inventory: Inventory) -> Self {
        Self { inventory, ..self }
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
    pub fn policies(&self) -> &[BoundPolicy] {
        self.policies.policies()
    }

    /// The policies that may bind an object that had these labels before, in their order.
    pub fn applicable(&self, subject: &Subject<'_>, before: OldLabels<'_>) -> Vec<Applicable<'_>> {
        self.policies.applicable(subject, before)
    }

    /// What the policies may do to objects of a kind, whatever the ceiling is today.
    pub fn stance(&self, kind: &Kind) -> Stance {
        self.policies.stance(kind)
    }

    /// Whether it depends on the labels of an object of this kind which policies bind it.
    pub fn selects_objects(&self, kind: &Kind) -> bool {
        self.policies.selects_objects(kind)
    }
}
