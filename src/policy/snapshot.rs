//! Everything in force at one moment.

use crate::inventory::Inventory;
use crate::subject::{BUILT_IN, WorkloadKind};

use super::BoundPolicy;

/// Policies and what is known of the surroundings; replaced whole, never changed.
#[derive(Default)]
pub struct Snapshot {
    /// The policies.
    pub policies: Vec<BoundPolicy>,
    /// The neighbours; none where nobody looked.
    pub inventory: Option<Inventory>,
}

impl Snapshot {
    /// The workload kind of group `group` and kind `kind`: built in, or added by a policy.
    pub fn workload_kind(&self, group: &str, kind: &str) -> Option<&WorkloadKind> {
        self.workload_kinds().find(|k| k.kind == kind && k.group == group)
    }

    /// The workload kind whose objects the resource `resource` of group `group` serves.
    pub fn workload_resource(&self, group: &str, resource: &str) -> Option<&WorkloadKind> {
        self.workload_kinds().find(|k| k.resource == resource && k.group == group)
    }

    /// Every workload kind, the built-in ones first.
    pub fn workload_kinds(&self) -> impl Iterator<Item = &WorkloadKind> {
        BUILT_IN.iter().chain(self.policies.iter().flat_map(|policy| &policy.kinds))
    }
}
