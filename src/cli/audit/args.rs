//! What the audit is told.

use std::path::PathBuf;

use clap::ValueEnum;

use super::error::AuditError;
use super::history::History;
use super::look::LookArgs;
use crate::audit::{Earlier, EarlierError, Form};

/// Hold what runs in a cluster against the policies, and change nothing.
///
/// Every object of a kind that some policy reads is judged as if it were made today. What a
/// controller made is judged through its owner and counted once: a Pod stands under its Deployment,
/// and is shown for what the Deployment does not have. Nothing but GET is sent to the API server; what
/// may not be read is said to be not looked at.
///
/// Exit status: 0 nothing would be refused, 1 something would, 2 something could not be done.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    #[command(flatten)]
    pub(super) look: LookArgs,
    /// How the report is written.
    #[arg(long, value_enum, default_value_t = Format::Text, env = "PLIMSOLL_FORMAT")]
    pub(super) format: Format,
    /// A report of before, as `--format json` wrote it: what has changed since then is told as well.
    #[arg(long, value_name = "REPORT", env = "PLIMSOLL_SINCE")]
    since: Option<PathBuf>,
    /// A folder in which the report is kept, and where the one of before is: without `--since`, what
    /// has changed since the newest one there is told as well.
    ///
    /// It is kept as `--format json` writes it, whatever is printed. One that could not do all is kept
    /// as well, and never compared with.
    #[arg(long, value_name = "DIR", env = "PLIMSOLL_HISTORY")]
    history: Option<PathBuf>,
    /// How many reports are kept there; older ones are deleted.
    #[arg(long, value_name = "NUMBER", default_value_t = 30, env = "PLIMSOLL_HISTORY_LIMIT",
          requires = "history", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    history_limit: u32,
}

/// The form of the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For people: a table, and each finding with what to do.
    Text,
    /// For programs: one record a violation, one a workload.
    Json,
    /// For `grep`: one finding a line, behind its object.
    Short,
    /// For those who sign: a sheet with a score, all that is open, and lines for their names.
    Markdown,
}

impl Format {
    pub(super) fn form(self, is_coloured: bool) -> Form {
        match self {
            Self::Text => Form::Text { is_coloured },
            Self::Json => Form::Json,
            Self::Short => Form::Short,
            Self::Markdown => Form::Sheet,
        }
    }
}

impl Args {
    /// Whether a report is written that shows patches.
    pub(super) fn has_patches(&self) -> bool {
        self.format == Format::Json || self.history.is_some()
    }

    /// Where reports are kept.
    pub(super) fn history(&self) -> Option<History<'_>> {
        let limit = usize::try_from(self.history_limit).unwrap_or(usize::MAX);
        self.history.as_deref().map(|folder| History { folder, limit })
    }

    /// The report that is named to be compared with.
    pub(super) fn earlier(&self) -> Result<Option<Earlier>, AuditError> {
        let Some(path) = &self.since else { return Ok(None) };
        let text = std::fs::read_to_string(path);
        let text = text.map_err(|source| AuditError::NoReport { path: path.clone(), source })?;
        Earlier::read(&text).map(Some).map_err(|error| self.not_compared(error))
    }

    /// Why it is not.
    pub(super) fn not_compared(&self, error: EarlierError) -> AuditError {
        AuditError::NotCompared { path: self.since.clone().unwrap_or_default(), error }
    }
}
