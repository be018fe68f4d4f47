//! `plimsoll audit`: what runs, held against the policies.

mod args;
mod error;
mod history;
mod look;
mod neighbours;
mod policies;
mod progress;
mod run;

pub(super) use args::Args;
pub(super) use error::AuditError;
pub(super) use look::LookArgs;
pub(super) use policies::Exceptions;
pub(super) use run::{Question, look};

use std::io::{self, BufWriter, Write as _};

use anstream::{AutoStream, ColorChoice};
use tokio::runtime::Builder;

use super::ExitStatus;
use super::output::WhileRead;
use crate::audit::{Audit, write};
use history::Before;

pub(super) fn run(args: &Args) -> Result<ExitStatus, AuditError> {
    let runtime = Builder::new_current_thread().enable_all().build().map_err(AuditError::Start)?;
    let mut before = Before { report: args.earlier()?, ..Before::default() };
    let Some(history) = args.history() else {
        let audit = runtime.block_on(run::run(args, before))?;
        print(args, &audit)?;
        return Ok(status(&audit));
    };
    let mut found = Ok(());
    if before.report.is_none() {
        found = history.newest(&args.look.scope()).map(|newest| before = newest);
    }
    let audit = runtime.block_on(run::run(args, before))?;
    // What becomes of the history is no reason to keep the report from whoever reads it now.
    let kept = found.and_then(|()| history.keep(&audit));
    print(args, &audit)?;
    kept?;
    Ok(status(&audit))
}

fn print(args: &Args, audit: &Audit) -> Result<(), AuditError> {
    let stdout = io::stdout();
    let colours = AutoStream::choice(&stdout);
    let form = args.format.form(colours != ColorChoice::Never);
    let out = WhileRead::new(AutoStream::new(stdout.lock(), colours));
    let mut out = BufWriter::new(out);
    write(audit, form, |piece| Ok::<(), AuditError>(out.write_all(piece.as_bytes())?))?;
    Ok(out.flush()?)
}

/// The exit status that an audit comes to.
pub(super) fn status(audit: &Audit) -> ExitStatus {
    if !audit.failures().is_empty() {
        ExitStatus::Failed
    } else if audit.sums().refused > 0 {
        ExitStatus::Violations
    } else {
        ExitStatus::Clean
    }
}
