//! Which policies are in force, as the flags say.

use std::collections::BTreeSet;
use std::path::PathBuf;

use thiserror::Error;

use super::complain;
use crate::files::{FileError, read_all};
use crate::policy::{BoundPolicy, PRODUCTION, PolicyError, built_in, load};
use crate::text::error_chain;

/// The flag that several commands share.
#[derive(Debug, clap::Args)]
pub(super) struct PolicyArgs {
    /// A policy file, or a folder of them; may be given several times.
    ///
    /// Without it the built-in policy `production` is in force.
    #[arg(long = "policy", value_name = "FILE|DIR", env = "PLIMSOLL_POLICY")]
    policies: Vec<PathBuf>,
}

/// Why policies were not taken.
#[derive(Debug, Error)]
pub(super) enum PoliciesError {
    /// Files that cannot be read, or hold no policy that can be put in force.
    #[error("no policy is in force, because of\n{}", .0.join("\n"))]
    Files(Vec<String>),
    /// Two policies of one name: messages and reports could not tell them apart.
    #[error("two policies are called `{0}`; rename one")]
    SameName(String),
}

impl PolicyArgs {
    /// Whether the built-in policy is in force for want of another.
    pub(super) fn is_built_in(&self) -> bool {
        self.policies.is_empty()
    }

    /// Reads all of them, or says everything that is wrong.
    pub(super) fn load(&self) -> Result<Vec<BoundPolicy>, PoliciesError> {
        let said =
            |errors: Vec<PolicyError>| errors.iter().map(|e| format!("  {e}")).collect::<Vec<_>>();
        if self.is_built_in() {
            return built_in(PRODUCTION).map_err(|errors| PoliciesError::Files(said(errors)));
        }
        let gathered = read_all(&self.policies);
        if let Some(passed_over) = gathered.passed_over() {
            complain(&passed_over);
        }
        let unread = gathered.errors.iter();
        let mut problems: Vec<String> =
            unread.map(|error: &FileError| format!("  {}", error_chain(error))).collect();
        let mut policies: Vec<BoundPolicy> = Vec::new();
        for source in &gathered.sources {
            match load(&source.name, &source.text) {
                Ok(found) => policies.extend(found),
                Err(errors) => problems.extend(said(errors)),
            }
        }
        if !problems.is_empty() {
            return Err(PoliciesError::Files(problems));
        }
        let mut names = BTreeSet::new();
        if let Some(second) = policies.iter().find(|policy| !names.insert(&policy.name)) {
            return Err(PoliciesError::SameName(second.name.to_string()));
        }
        Ok(policies)
    }
}
