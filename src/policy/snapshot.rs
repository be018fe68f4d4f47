//! Everything in force at one moment.

use std::sync::Arc;

use super::bound::{BoundPolicy, OldLabels};
use super::index::{Applicable, PolicyIndex, Stance};
use crate::inventory::Inventory;
use crate::rules::Mode;
use crate::subject::{Kind, Kinds, Subject};

/// Policies and what is known of the surroundings; replaced whole, never changed.
///
/// A copy is cheap: an event about a neighbour replaces the inventory, and shares all else.
#[derive(Clone)]
pub struct Snapshot {
    kinds: Arc<Kinds>,
    policies: Arc<PolicyIndex>,
    /// The most that any rule does, whatever its policy says.
    ceiling: Mode,
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
            ceiling: Mode::Deny,
            inventory: Inventory::default(),
        }
    }

    /// The same, with no rule doing more than `ceiling`.
    #[must_use]
    pub fn with_ceiling(self, ceiling: Mode) -> Self {
        Self { ceiling, ..self }
    }

    /// The same, with these neighbours.
    #[must_use]
    pub fn with_inventory(self, inventory: Inventory) -> Self {
        Self { inventory, ..self }
    }

    /// The most that any rule does.
    pub fn ceiling(&self) -> Mode {
        self.ceiling
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
