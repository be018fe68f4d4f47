//! Who asks for a write, and for which.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::inventory::is_controller;
use crate::subject::Kind;

/// What is done to an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum Operation {
    /// It is made.
    Create,
    /// It is changed.
    Update,
}

/// Who asks for a write, and for which.
#[derive(Debug, Clone, Copy)]
pub struct Requester<'r> {
    /// The user's name; none where it is not known.
    pub user: Option<&'r str>,
    /// The groups that the user is in.
    pub groups: &'r [&'r str],
    /// What is to be done.
    pub operation: Operation,
    /// Whether a controller of Kubernetes makes it from something else.
    pub making: Making,
}

/// Whether a controller of Kubernetes makes an object from another one, its owner, and what is known
/// of that.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Making {
    /// It does not.
    #[default]
    No,
    /// It does, or may, and what it makes it from is not known.
    FromUnknown,
    /// It does, and what it makes it from is known.
    FromKnown,
}

impl Making {
    /// Where nobody looks at what controllers make things of this kind from.
    pub fn unseen(user: Option<&str>, kind: &Kind) -> Self {
        if is_by_controller(user, kind) { Self::FromUnknown } else { Self::No }
    }
}

/// Whether a controller of Kubernetes writes a workload: it makes it from another, or notes in it how
/// far it got. Whatever else they write, such as the claims of a `StatefulSet`, is somebody's wish.
pub fn is_by_controller(user: Option<&str>, kind: &Kind) -> bool {
    kind.is_workload() && user.is_some_and(is_controller)
}

/// What a policy holds what Kubernetes' own controllers make of workloads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize, JsonSchema)]
pub enum Controllers {
    /// Nothing beyond what they make it from: what stood in the template of its owner is known, and
    /// what came in on the way is refused. Without a cluster to look owners up in, as `Ignore`.
    #[default]
    Owner,
    /// All that anybody is held to.
    Judge,
    /// Nothing: their requests are not bound.
    Ignore,
}

impl<'r> Requester<'r> {
    /// A user of no group, who makes an object.
    pub fn named(user: &'r str) -> Self {
        Self { user: Some(user), groups: &[], operation: Operation::Create, making: Making::No }
    }
}
