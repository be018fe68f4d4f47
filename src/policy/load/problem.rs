//! What may be wrong with a policy, and where.

use std::fmt;

use thiserror::Error;

use crate::policy::exception::EXCEPTION_KIND;
use crate::policy::spec::{API_VERSION, KIND};
use crate::text::printable;
use crate::yaml::{self, Place};

/// The largest policy file that is read, in bytes.
pub const POLICY_SIZE_LIMIT: usize = 4 << 20;

/// Why a policy was not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyError {
    /// The file as it was named.
    pub file: String,
    /// Where in it.
    pub place: Place,
    /// What is wrong.
    pub problem: PolicyProblem,
}

impl std::error::Error for PolicyError {}

impl fmt::Display for PolicyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Place { line, column, .. } = self.place;
        write!(
            f,
            "{}:{line}:{column}: {}",
            printable(&self.file),
            printable(&self.problem.to_string())
        )
    }
}

/// What may be wrong with a policy.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PolicyProblem {
    /// The text is not YAML.
    #[error("{0}")]
    Yaml(#[from] yaml::DocumentProblem),
    /// A field that is not there, misspelt, or of another type.
    #[error("{0}")]
    Field(String),
    /// The document is of another kind.
    #[error(
        "not a policy: expected apiVersion `{API_VERSION}` and kind `{KIND}` or `{EXCEPTION_KIND}`"
    )]
    NotAPolicy,
    /// The document is an exception, where only policies are asked for.
    #[error("an exception, where only policies are asked for")]
    Exception,
    /// The file holds no document.
    #[error("holds no policy")]
    Empty,
    /// The file is larger than [`POLICY_SIZE_LIMIT`].
    #[error("larger than {POLICY_SIZE_LIMIT} bytes")]
    TooLarge,
}
