//! Which policies are in force, as the flags say.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use thiserror::Error;

use super::complain;
use crate::cases::is_called_cases;
use crate::files::{FileError, Gathered, SourceText, read_all};
use crate::policy::{
    Documents, MAX_DAYS, PRODUCTION, PolicyError, Snapshot, Terms, Unknown, built_in, load_with,
};
use crate::serve::Policies;
use crate::text::error_chain;

/// The flag that several commands share.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct PolicyArgs {
    /// A policy file, or a folder of them; may be given several times.
    ///
    /// Without it the built-in policy `production` is in force.
    #[arg(long = "policy", value_name = "FILE|DIR", env = "PLIMSOLL_POLICY")]
    policies: Vec<PathBuf>,
    /// The most days ahead that the end of an exception may lie; one beyond it excuses nothing.
    #[arg(long, value_name = "DAYS", default_value_t = MAX_DAYS,
          env = "PLIMSOLL_EXCEPTION_MAX_DAYS", value_parser = clap::value_parser!(u32).range(1..=3_650))]
    pub(super) exception_max_days: u32,
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
    /// Two exceptions of one name.
    #[error("two exceptions are called `{0}`; rename one")]
    SameException(String),
    /// There are exceptions, and nothing to except from.
    #[error("there are exceptions and no policy; name one with `--policy`")]
    None,
    /// A folder with nothing but cases, which would put nothing in force.
    #[error("no policy is in force: there are only cases of policies in what was given")]
    OnlyCases,
}

impl PolicyArgs {
    /// Those of a command that takes its policies from elsewhere where none is named.
    pub(super) fn of(policies: Vec<PathBuf>, exception_max_days: u32) -> Self {
        Self { policies, exception_max_days }
    }

    /// Whether the built-in policy is in force for want of another.
    pub(super) fn is_built_in(&self) -> bool {
        self.policies.is_empty()
    }

    /// Reads all of them, or says everything that is wrong.
    pub(super) fn load(&self) -> Result<Documents, PoliciesError> {
        if self.is_built_in() {
            let policies = built_in(PRODUCTION);
            let policies = policies.map_err(|errors| PoliciesError::Files(said(&errors)))?;
            let policies = policies.into_iter().map(Arc::new).collect();
            return Ok(Documents { policies, ..Documents::default() });
        }
        let all = loaded(&self.read_aloud()?, Unknown::IsWrong)?;
        if all.policies.is_empty() { Err(PoliciesError::None) } else { Ok(all) }
    }

    /// The same, in force.
    pub(super) fn snapshot(&self) -> Result<Snapshot, PoliciesError> {
        Ok(Snapshot::of(self.load()?, self.terms()))
    }

    /// On what terms exceptions are honoured; no objects are.
    pub(super) fn terms(&self) -> Terms {
        Terms { max_days: self.exception_max_days, ..Terms::default() }
    }

    /// The texts of all files that are named; says which folders were passed over.
    pub(super) fn read_aloud(&self) -> Result<Vec<SourceText>, PoliciesError> {
        let gathered = read_all(&self.policies);
        if let Some(passed_over) = gathered.passed_over() {
            complain(&passed_over);
        }
        texts(gathered)
    }

    /// Whether there is something to be read again: standard input and pipes are read once.
    pub(super) fn can_change(&self) -> bool {
        let is_there_again =
            |path: &PathBuf| path.as_os_str() != "-" && (path.is_file() || path.is_dir());
        !self.is_built_in() && self.policies.iter().all(is_there_again)
    }
}

/// What was read, or everything that is wrong with it.
///
/// Cases stand beside their policies, and are passed over in folders.
fn texts(mut gathered: Gathered) -> Result<Vec<SourceText>, PoliciesError> {
    let count = gathered.sources.len();
    gathered.sources.retain(|source| !(source.is_found && is_called_cases(&source.name)));
    if gathered.errors.is_empty() {
        if gathered.sources.is_empty() && count > 0 {
            return Err(PoliciesError::OnlyCases);
        }
        return Ok(gathered.sources);
    }
    // What is wrong with the others is said as well.
    let unread = gathered.errors.iter();
    let mut problems: Vec<String> =
        unread.map(|error: &FileError| format!("  {}", error_chain(error))).collect();
    for source in &gathered.sources {
        problems.extend(
            load_with(&source.name, &source.text, Unknown::IsWrong)
                .err()
                .iter()
                .flat_map(|errors| said(errors)),
        );
    }
    Err(PoliciesError::Files(problems))
}

fn said(errors: &[PolicyError]) -> Vec<String> {
    errors.iter().map(|error| format!("  {error}")).collect()
}

/// The policies of these texts, or everything that is wrong with them.
pub(super) fn loaded(sources: &[SourceText], unknown: Unknown) -> Result<Documents, PoliciesError> {
    distinct(parsed(sources, unknown)?)
}

fn parsed(sources: &[SourceText], unknown: Unknown) -> Result<Documents, PoliciesError> {
    let (mut all, mut problems) = (Documents::default(), Vec::new());
    for source in sources {
        match load_with(&source.name, &source.text, unknown) {
            Ok(found) => all.append(found),
            Err(errors) => problems.extend(said(&errors)),
        }
    }
    if !problems.is_empty() {
        return Err(PoliciesError::Files(problems));
    }
    Ok(all)
}

/// What is in force for cases: these built-in policies, and those of these files and folders.
pub(super) fn of_cases(built_ins: &[&str], paths: Vec<PathBuf>) -> Result<Snapshot, PoliciesError> {
    let mut all = Documents::default();
    for name in built_ins {
        let policies = built_in(name).map_err(|errors| PoliciesError::Files(said(&errors)))?;
        all.policies.extend(policies.into_iter().map(Arc::new));
    }
    if !paths.is_empty() {
        let args = PolicyArgs::of(paths, MAX_DAYS);
        all.append(parsed(&args.read_aloud()?, Unknown::IsWrong)?);
    }
    Ok(Snapshot::of(distinct(all)?, Terms::default()))
}

/// These, where no two have one name.
fn distinct(all: Documents) -> Result<Documents, PoliciesError> {
    let mut names = BTreeSet::new();
    if let Some(second) = all.policies.iter().find(|policy| !names.insert(&policy.name)) {
        return Err(PoliciesError::SameName(second.name.to_string()));
    }
    let mut titles = BTreeSet::new();
    if let Some(second) = all.exceptions.iter().find(|one| !titles.insert(one.title())) {
        return Err(PoliciesError::SameException(second.title().to_string()));
    }
    Ok(all)
}

/// Policies in files that are read again as they change.
pub(super) struct PolicyFiles {
    /// The files.
    pub(super) args: PolicyArgs,
    /// Whether there may be exceptions alone, as policies come from elsewhere too.
    pub(super) may_lack_policies: bool,
}

impl Policies for PolicyFiles {
    fn read(&self) -> Result<Vec<SourceText>, String> {
        texts(read_all(&self.args.policies)).map_err(|error| error.to_string())
    }

    fn load(&self, sources: &[SourceText]) -> Result<Documents, String> {
        let all = loaded(sources, Unknown::IsLeftOut).map_err(|error| error.to_string())?;
        if all.policies.is_empty() && !self.may_lack_policies {
            return Err(PoliciesError::None.to_string());
        }
        Ok(all)
    }
}
