//! The view of a `ControllerRevision` (`apps/v1`).

use serde::Deserialize;

use super::scalar::Raw;

/// What is read of a `ControllerRevision` beside its metadata.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct ControllerRevision<'a> {
    /// What the controller makes pods from, as it is written.
    #[serde(borrow)]
    pub data: Option<Raw<'a>>,
}
