//! Who asks for a write, and for which.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

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
}

impl<'r> Requester<'r> {
    /// A user of no group, who makes an object.
    pub fn named(user: &'r str) -> Self {
        Self { user: Some(user), groups: &[], operation: Operation::Create }
    }
}
