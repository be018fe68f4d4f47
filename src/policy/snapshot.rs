//! Everything in force at one moment.

use crate::inventory::Inventory;
use crate::rules::Mode;
use crate::subject::{BUILT_IN, WorkloadKind};

use super::BoundPolicy;

/// Policies and what is known of the surroundings; replaced whole, never changed.
pub struct Snapshot {
    policies: Vec<BoundPolicy>,
    /// The kinds that policies add, each once, with the templates that any of them names.
    kinds: Vec<WorkloadKind>,
    /// The most that any rule does, whatever its policy says.
    ceiling: Mode,
    /// The neighbours; none where nobody looked.
    pub inventory: Option<Inventory>,
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
        let mut kinds: Vec<WorkloadKind> = Vec::new();
        for kind in policies.iter().flat_map(|policy| &policy.kinds) {
            match kinds.iter_mut().find(|known| known.is(&kind.group, &kind.kind)) {
                Some(known) => known.learn(kind.templates()),
                None => kinds.push(kind.clone()),
            }
        }
        Self { policies, kinds, ceiling: Mode::Deny, inventory: None }
    }

    /// The same, with no rule doing more than `ceiling`.
    #[must_use]
    pub fn with_ceiling(self, ceiling: Mode) -> Self {
        Self { ceiling, ..self }
    }

    /// The most that any rule does.
    pub fn ceiling(&self) -> Mode {
        self.ceiling
    }

    /// Whether some rule refuses, or will: whatever the ceiling is today.
    pub fn may_deny(&self) -> bool {
        self.policies.iter().any(BoundPolicy::may_deny)
    }

    /// The policies, in the order in which they were read.
    pub fn policies(&self) -> &[BoundPolicy] {
        &self.policies
    }

    /// The workload kind of group `group` and kind `kind`: built in, or added by a policy.
    pub fn workload_kind(&self, group: &str, kind: &str) -> Option<&WorkloadKind> {
        self.workload_kinds().find(|k| k.is(group, kind))
    }

    /// The workload kind whose objects the resource `resource` of group `group` serves.
    pub fn workload_resource(&self, group: &str, resource: &str) -> Option<&WorkloadKind> {
        self.workload_kinds().find(|k| k.resource == resource && k.group == group)
    }

    /// Every workload kind, the built-in ones first.
    pub fn workload_kinds(&self) -> impl Iterator<Item = &WorkloadKind> {
        BUILT_IN.iter().chain(&self.kinds)
    }
}
