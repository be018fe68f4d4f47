//! Cases as they are written: `PolicyCases`, a document beside the policies that it is about.

use jiff::Timestamp;
use serde::de::{Error as _, IgnoredAny};
use serde::{Deserialize, Deserializer};

/// The kind of documents that hold cases; their apiVersion is that of policies.
pub const KIND: &str = "PolicyCases";

/// A document of cases.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "two fields are only there to be known")]
pub(super) struct PolicyCases {
    api_version: IgnoredAny,
    kind: IgnoredAny,
    /// Files and folders from the document's own on, and names of built-in policies.
    pub(super) policies: Vec<String>,
    pub(super) cases: Vec<CaseSpec>,
}

/// A case: who writes what, beside what, when, and what becomes of it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct CaseSpec {
    pub(super) name: String,
    /// What is written.
    pub(super) resource: Option<IgnoredAny>,
    pub(super) resource_file: Option<String>,
    /// What stood in its place; then the write is an update.
    pub(super) old_resource: Option<IgnoredAny>,
    pub(super) old_resource_file: Option<String>,
    /// What else is in the cluster, as far as policies and rules look at it.
    #[serde(default)]
    #[expect(dead_code, reason = "they are read where they stand in the tree")]
    neighbours: Vec<IgnoredAny>,
    #[serde(default)]
    pub(super) neighbour_files: Vec<String>,
    /// Who writes.
    pub(super) user: Option<String>,
    /// The groups that whoever writes is in.
    #[serde(default)]
    pub(super) groups: Vec<String>,
    /// When.
    #[serde(default, deserialize_with = "moment")]
    pub(super) now: Option<Timestamp>,
    pub(super) expect: Expect,
}

fn moment<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
    let Some(text) = Option::<String>::deserialize(deserializer)? else { return Ok(None) };
    let problem = |_| D::Error::custom("no moment; write one such as `2026-12-01T00:00:00Z`");
    text.parse().map(Some).map_err(problem)
}

/// What is expected of a verdict; what is not written is not compared.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Expect {
    pub(super) allowed: Option<bool>,
    pub(super) denied: Option<Vec<String>>,
    pub(super) warned: Option<Vec<String>>,
    pub(super) audited: Option<Vec<String>>,
    pub(super) excused: Option<Vec<String>>,
    pub(super) undetermined: Option<Vec<String>>,
}
