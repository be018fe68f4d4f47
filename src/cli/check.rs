//! `plimsoll check`: the webhook's verdict on manifests.

use std::path::PathBuf;

use clap::ValueEnum;
use jiff::Timestamp;
use thiserror::Error;

use super::policies::{PoliciesError, PolicyArgs};
use super::{Outcome, complain, print};
use crate::check::files::read_all;
use crate::check::{check, showable};
use crate::policy::Snapshot;
use crate::report;
use crate::text::error_chain;

/// Check manifests before they are pushed, with the webhook's own verdict.
///
/// Exit status: 0 nothing would be refused, 1 something would, 2 something could not be read.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    policies: PolicyArgs,
    /// How the report is written.
    #[arg(long, value_enum, default_value_t = Format::Text, env = "PLIMSOLL_FORMAT")]
    format: Format,
    /// Manifests (YAML or JSON), folders of them, or `-` for standard input.
    #[arg(required = true, value_name = "PATH|-")]
    paths: Vec<PathBuf>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    /// For people.
    Text,
    /// For programs: one record a violation, one a workload.
    Json,
    /// For editors and `grep`: `file:line:column`, one finding a line.
    Short,
}

#[derive(Debug, Error)]
pub(super) enum CheckError {
    #[error(transparent)]
    Policies(#[from] PoliciesError),
    #[error("nothing to check: there is no object in what was given")]
    Nothing,
    #[error("cannot write the report")]
    Write(#[from] std::io::Error),
    #[error("cannot write the report as JSON")]
    Json(#[from] serde_json::Error),
}

pub(super) fn run(args: &Args) -> Result<Outcome, CheckError> {
    let policies = args.policies.load()?;
    let gathered = read_all(&args.paths);
    let (sources, unread) = (&gathered.sources, &gathered.errors);
    if let Some(passed_over) = gathered.passed_over() {
        complain(&passed_over);
    }
    for error in unread {
        complain(&error_chain(error));
    }
    let snapshot = Snapshot::new(policies);
    let report = check(sources, &snapshot, Timestamp::now());
    let is_empty = report.reviewed.is_empty() && report.unreviewed.is_empty() && report.others == 0;
    if is_empty && unread.is_empty() {
        return Err(CheckError::Nothing);
    }
    match args.format {
        Format::Text => print(&report::text::render(&report, &showable(sources)))?,
        Format::Short => print(&report::short::render(&report))?,
        Format::Json => print(&format!("{}\n", report::json::render(&report)?))?,
    }
    Ok(if !unread.is_empty() || !report.unreviewed.is_empty() {
        Outcome::Failed
    } else if report.has_denials() {
        Outcome::Violations
    } else {
        Outcome::Clean
    })
}
