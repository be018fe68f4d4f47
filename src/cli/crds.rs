//! `plimsoll crds`: what an API server has to know of policies and exceptions.

use thiserror::Error;

use super::{ExitStatus, print};
use crate::cluster::crds::definitions;

/// Print the CustomResourceDefinitions of policies and exceptions, for `kubectl apply`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {}

/// Why they were not printed.
#[derive(Debug, Error)]
pub(super) enum CrdsError {
    /// A schema that no definition can hold.
    #[error("cannot make the definitions: {0}")]
    Schema(#[from] serde_json::Error),
    /// They cannot be written.
    #[error("cannot write the definitions as YAML: {0}")]
    Yaml(String),
    /// Standard output is closed.
    #[error(transparent)]
    Io(#[from] std::io::Error),
}

pub(super) fn run(_: &Args) -> Result<ExitStatus, CrdsError> {
    print(&text()?)?;
    Ok(ExitStatus::Clean)
}

/// Both definitions, as two documents.
fn text() -> Result<String, CrdsError> {
    let yaml = |definition| {
        serde_saphyr::to_string(&definition).map_err(|error| CrdsError::Yaml(error.to_string()))
    };
    let documents: Result<Vec<String>, CrdsError> = definitions()?.into_iter().map(yaml).collect();
    Ok(documents?.join("---\n"))
}
