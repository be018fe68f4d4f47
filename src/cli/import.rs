//! `plimsoll import`: policies of others as policies of this program.

use std::path::PathBuf;

use thiserror::Error;

use super::{ExitStatus, complain, print};
use crate::files::read_all;
use crate::text::error_chain;
use crate::vap::{Documents, import};

/// Turn policies of others into policies of this program.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    from: From,
}

#[derive(Debug, clap::Subcommand)]
enum From {
    /// The API server's own policies, with their bindings (`ValidatingAdmissionPolicy`).
    ///
    /// Prints a policy for each binding, and on standard error what could not be carried over.
    /// Exit status: 0 all was carried over, 1 not all, 2 something could not be read.
    Vap {
        /// Manifests (YAML or JSON), folders of them, or `-` for standard input: policies, bindings, the
        /// objects that these take their parameters from, and definitions of custom resources.
        #[arg(required = true, value_name = "PATH|-")]
        paths: Vec<PathBuf>,
    },
}

/// Why nothing was printed.
#[derive(Debug, Error)]
pub(super) enum ImportError {
    /// There is nothing to import.
    #[error("nothing to import: there is no ValidatingAdmissionPolicy in what was given")]
    Nothing,
    /// A policy that has no form in YAML.
    #[error("cannot write a policy as YAML: {0}")]
    Yaml(String),
    /// Standard output is closed.
    #[error(transparent)]
    Io(#[from] std::io::Error),
}

pub(super) fn run(args: &Args) -> Result<ExitStatus, ImportError> {
    let From::Vap { paths } = &args.from;
    let gathered = read_all(paths);
    let mut documents = Documents::default();
    let mut has_failed = !gathered.errors.is_empty();
    for error in &gathered.errors {
        complain(&error_chain(error));
    }
    for source in &gathered.sources {
        for unreadable in documents.add(&source.name, &source.text) {
            has_failed = true;
            complain(&unreadable.to_string());
        }
    }
    if documents.is_empty() {
        return if has_failed { Ok(ExitStatus::Failed) } else { Err(ImportError::Nothing) };
    }
    let imported = import(&documents);
    let yaml = |policy| {
        serde_saphyr::to_string(policy).map_err(|error| ImportError::Yaml(error.to_string()))
    };
    let texts: Result<Vec<String>, ImportError> = imported.policies.iter().map(yaml).collect();
    print(&texts?.join("---\n"))?;
    for lost in &imported.lost {
        complain(&lost.to_string());
    }
    Ok(if has_failed {
        ExitStatus::Failed
    } else if imported.lost.is_empty() {
        ExitStatus::Clean
    } else {
        ExitStatus::Violations
    })
}
