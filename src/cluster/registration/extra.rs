//! What an operator adds to the registration.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use k8s_openapi::api::admissionregistration::v1::{MatchCondition, RuleWithOperations};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use serde::Deserialize;
use thiserror::Error;

use crate::cluster::certificates::{FileError, read_small_file};

/// What is added to every entry, and to the object.
///
/// The selectors and conditions narrow what is sent, so that each takes something from what is
/// reviewed.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Extra {
    /// Which namespaces are sent, besides those that are left out anyway.
    pub namespace_selector: LabelSelector,
    /// Which objects are sent.
    pub object_selector: LabelSelector,
    /// CEL expressions that must all hold for what is sent.
    pub match_conditions: Vec<MatchCondition>,
    /// Resources that are sent although no policy reads them.
    pub extra_rules: Vec<RuleWithOperations>,
    /// Annotations of the object.
    pub annotations: BTreeMap<String, String>,
    /// Labels of the object.
    pub labels: BTreeMap<String, String>,
}

/// Why a file says nothing about the registration.
#[derive(Debug, Error)]
pub enum ExtraError {
    /// It cannot be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// It is no YAML, or holds something else.
    #[error("`{path}` says nothing about the registration: {problem}")]
    Wrong {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
}

impl Extra {
    /// Reads the file at `path`.
    ///
    /// # Errors
    /// [`ExtraError`], with the line where there is one.
    pub fn read(path: &Path) -> Result<Self, ExtraError> {
        let bytes = read_small_file(path)?;
        let wrong = |problem: String| ExtraError::Wrong { path: path.to_owned(), problem };
        let text = std::str::from_utf8(&bytes).map_err(|e| wrong(e.to_string()))?;
        let documents = crate::yaml::documents(text);
        let mut documents = documents.into_iter();
        let node = match (documents.next(), documents.next()) {
            (None, _) => return Ok(Self::default()),
            (Some(document), None) => {
                document.map_err(|e| wrong(format!("line {}: {}", e.place.line, e.problem)))?
            }
            (Some(_), Some(_)) => return Err(wrong("it holds several documents".to_owned())),
        };
        Self::deserialize(&node).map_err(|fault| {
            let place = node.locate(&fault.path);
            wrong(format!("line {}: {fault}", place.line))
        })
    }
}
