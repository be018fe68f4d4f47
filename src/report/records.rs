//! The records of a report for programs, whatever was looked at: manifests or what runs.

use std::borrow::Cow;
use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use crate::rules::Standard;

/// A violation.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the report's own field names")]
pub struct ViolationRecord<'r, P> {
    pub rule: &'r str,
    pub policy: &'r str,
    pub policies: Vec<&'r str>,
    pub mode: &'static str,
    pub severity: &'static str,
    /// The lines of the two checklists that the rule covers.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub rows: &'static [&'static str],
    /// What the rule answers of published standards.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub standards: &'static [Standard],
    pub kind: &'r str,
    pub namespace: Option<&'r str>,
    pub name: &'r str,
    /// What the object is counted under, such as `Deployment/api`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<Cow<'r, str>>,
    /// How many objects of the owner have it, of which `name` is the first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub objects: Option<usize>,
    pub container: Option<&'r str>,
    pub path: String,
    pub message: &'r str,
    pub fix: String,
    pub patch: Option<P>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<&'r str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<usize>,
    pub note: Option<&'r str>,
    pub link: Option<&'r str>,
    pub excused_by: Option<&'r str>,
    pub excused_until: Option<Timestamp>,
}

/// An object that was reviewed.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the report's own field names")]
pub struct SubjectRecord<'r> {
    pub kind: &'r str,
    pub namespace: Option<&'r str>,
    pub name: &'r str,
    /// What the object is counted under, such as `Deployment/api`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<Cow<'r, str>>,
    /// How many objects of the owner these are, of which `name` is the first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub objects: Option<usize>,
    pub allowed: bool,
    pub passed: usize,
    pub total: usize,
    pub complete: bool,
    pub undetermined: Vec<&'r str>,
    /// By rule.
    pub undetermined_because: BTreeMap<&'r str, Cow<'r, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<&'r str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<usize>,
}

/// Something that could not be reviewed.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the report's own field names")]
pub struct ErrorRecord<'r> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<&'r str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub namespace: Option<&'r str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<&'r str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<Cow<'r, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<usize>,
    pub message: &'r str,
}

/// What stands between two records of one list.
pub const SEPARATOR: &str = ",\n    ";

/// Records of one list, each as it stands in the report.
#[derive(Debug, Default)]
pub struct Records {
    text: String,
}

impl Records {
    /// Adds one.
    ///
    /// # Errors
    /// None in practice: every record has a form in JSON.
    pub fn add(&mut self, record: &impl Serialize) -> Result<(), serde_json::Error> {
        if !self.text.is_empty() {
            self.text.push_str(SEPARATOR);
        }
        // There is no line break in JSON text but between its tokens.
        let lines = serde_json::to_string_pretty(record)?;
        for line in lines.split_inclusive('\n') {
            self.text.push_str(line);
            if line.ends_with('\n') {
                self.text.push_str("    ");
            }
        }
        Ok(())
    }

    /// All of them, with what stands between them.
    pub fn into_text(self) -> String {
        self.text
    }
}

/// Records with what stands around them.
pub fn list(records: &str) -> String {
    match records {
        "" => "[]".to_owned(),
        records => format!("[\n    {records}\n  ]"),
    }
}
