//! What has changed from one audit to the next.

use jiff::Timestamp;
use serde::Serialize;

/// A finding, as it is told from others.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Flaw {
    /// The namespace.
    pub namespace: Option<String>,
    /// The workload that it is counted under, as `Deployment/api`.
    pub workload: String,
    /// The kind of the object that has it.
    pub kind: String,
    /// The rule.
    pub rule: String,
    /// The container.
    pub container: Option<String>,
    /// What is the case.
    pub message: String,
    /// The field, without places in lists.
    pub field: String,
}

/// What has changed.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Changes {
    /// When the earlier report was made.
    pub time: Timestamp,
    /// Whether other policies were in force.
    pub other_policies: bool,
    /// What is there and was not, or was excused.
    pub new: Vec<Flaw>,
    /// What is not there any more, though the object is.
    pub fixed: Vec<Flaw>,
    /// What is excused and was not.
    pub excused: Vec<Flaw>,
    /// What went with its object.
    pub gone: Vec<Flaw>,
}
