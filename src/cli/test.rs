//! `plimsoll test`: policies held against their cases.

use std::path::{Path, PathBuf};

use clap::ValueEnum;
use jiff::Timestamp;
use thiserror::Error;

use super::policies::of_cases;
use super::{ExitStatus, complain, print};
use crate::cases::{self, FileResult, Sums, Surroundings};
use crate::files::{SourceText, read_all};
use crate::policy::Snapshot;
use crate::text::error_chain;

/// Test policies: hold them against cases of what they refuse, warn about and let in.
///
/// Exit status: 0 every case comes out as expected, 1 some case does not, 2 something could not be
/// read.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// How the report is written.
    #[arg(long, value_enum, default_value_t = Format::Text, env = "PLIMSOLL_FORMAT")]
    format: Format,
    /// Files of cases, folders that are searched for `*.cases.yaml`, or `-` for standard input.
    #[arg(required = true, value_name = "PATH|-")]
    paths: Vec<PathBuf>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    /// For people.
    Text,
    /// For CI: XML as JUnit writes it.
    Junit,
    /// For programs: one record a case.
    Json,
}

#[derive(Debug, Error)]
pub(super) enum TestError {
    #[error("nothing to test: no file in what was given is called `*.cases.yaml`")]
    Nothing,
    #[error("cannot write the report")]
    Write(#[from] std::io::Error),
    #[error("cannot write the report as JUnit does")]
    Junit(#[from] quick_junit::SerializeError),
    #[error("cannot write the report as JSON")]
    Json(#[from] serde_json::Error),
}

pub(super) fn run(args: &Args) -> Result<ExitStatus, TestError> {
    let gathered = read_all(&args.paths);
    if let Some(passed_over) = gathered.passed_over() {
        complain(&passed_over);
    }
    for error in &gathered.errors {
        complain(&error_chain(error));
    }
    let (chosen, misnamed) = cases::chosen(gathered.sources);
    if chosen.is_empty() && misnamed.is_empty() {
        // What cannot be read has been named.
        return if gathered.errors.is_empty() {
            Err(TestError::Nothing)
        } else {
            Ok(ExitStatus::Failed)
        };
    }
    let clock = Timestamp::now();
    let run = |source: &SourceText| cases::run(source, &Beside::of(&source.name), clock);
    let mut files: Vec<FileResult> = chosen.iter().map(run).collect();
    files.extend(misnamed.into_iter().map(|problem| {
        let file = problem.file.clone();
        FileResult { file, problems: vec![problem], cases: Vec::new() }
    }));
    print(&match args.format {
        Format::Text => cases::text(&files),
        Format::Junit => cases::junit(&files)?,
        Format::Json => cases::json(&files)?,
    })?;
    let Sums { failed, errors, .. } = Sums::of(&files);
    Ok(if !gathered.errors.is_empty() || errors > 0 {
        ExitStatus::Failed
    } else if failed > 0 {
        ExitStatus::Violations
    } else {
        ExitStatus::Clean
    })
}

/// The files beside a file of cases.
struct Beside<'f> {
    folder: &'f Path,
}

impl<'f> Beside<'f> {
    fn of(file: &'f str) -> Self {
        Self { folder: Path::new(file).parent().unwrap_or(Path::new("")) }
    }

    fn path(&self, written: &str) -> PathBuf {
        let path = self.folder.join(written);
        // A file of that name is meant, and not standard input.
        if path.as_os_str() == "-" { Path::new(".").join(path) } else { path }
    }
}

impl Surroundings for Beside<'_> {
    fn policies(&self, built_in: &[&str], paths: &[&str]) -> Result<Snapshot, String> {
        let paths = paths.iter().map(|path| self.path(path)).collect();
        of_cases(built_in, paths).map_err(|error| error.to_string())
    }

    fn manifests(&self, path: &str) -> Result<Vec<SourceText>, String> {
        let gathered = read_all(&[self.path(path)]);
        match gathered.errors.first() {
            Some(error) => Err(error_chain(error)),
            None => Ok(gathered.sources),
        }
    }
}
