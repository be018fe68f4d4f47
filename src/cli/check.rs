//! `plimsoll check`: the webhook's verdict on manifests.

use std::io::{self, BufWriter};
use std::num::NonZero;
use std::path::PathBuf;
use std::thread;

use anstream::{AutoStream, ColorChoice};
use clap::ValueEnum;
use jiff::Timestamp;
use thiserror::Error;

use super::policies::{PoliciesError, PolicyArgs};
use super::{ExitStatus, WhileRead, complain};
use crate::check::Run;
use crate::files::{SourceText, read_all};
use crate::report::{Form, Report, Writer};
use crate::rules::Limits;
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

impl Format {
    fn form(self, is_coloured: bool) -> Form {
        match self {
            Self::Text => Form::Text { is_coloured },
            Self::Json => Form::Json,
            Self::Short => Form::Short,
        }
    }
}

pub(super) fn run(args: &Args) -> Result<ExitStatus, CheckError> {
    let snapshot = args.policies.snapshot()?;
    let gathered = read_all(&args.paths);
    let (sources, unread) = (&gathered.sources, &gathered.errors);
    if let Some(passed_over) = gathered.passed_over() {
        complain(&passed_over);
    }
    for error in unread {
        complain(&error_chain(error));
    }
    let stdout = io::stdout();
    let colours = AutoStream::choice(&stdout);
    let form = args.format.form(colours != ColorChoice::Never);
    let out = WhileRead::new(AutoStream::new(stdout.lock(), colours));
    let mut writer = Writer::new(form, BufWriter::new(out));
    let threads = thread::available_parallelism().map_or(1, NonZero::get);
    let run = Run { limits: Limits::default(), threads, now: Timestamp::now() };
    let render = |source: &SourceText, part: Report| form.piece(&part, &source.text);
    let take = |piece: Result<_, _>| Ok::<(), CheckError>(writer.take(piece?)?);
    run.check_each(sources, &snapshot, render, take)?;
    let sums = writer.sums();
    if sums.is_empty() && unread.is_empty() {
        return Err(CheckError::Nothing);
    }
    writer.end()?;
    Ok(if !unread.is_empty() || sums.unreviewed > 0 {
        ExitStatus::Failed
    } else if sums.denied > 0 {
        ExitStatus::Violations
    } else {
        ExitStatus::Clean
    })
}
