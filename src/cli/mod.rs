//! The command line: one file a subcommand, exit codes as a type.

mod check;
mod completions;
mod explain;
mod log;
mod policies;
mod registration;
mod rules;
mod serve;

use std::error::Error;
use std::io::{self, Write};
use std::process::{ExitCode, Termination};

use clap::{Parser, Subcommand};

use crate::text::error_chain;

/// A production deployment checklist that a cluster enforces, `kubectl apply` explains, and CI
/// checks before you push.
#[derive(Debug, Parser)]
#[command(name = "plimsoll", version, max_term_width = 100)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Serve(Box<serve::Args>),
    Check(check::Args),
    Explain(explain::Args),
    Rules(rules::Args),
    Completions(completions::Args),
}

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing to complain about: exit status 0.
    Clean,
    /// Something would be refused: exit status 1.
    Violations,
    /// Something could not be done, and it says what: exit status 2.
    Failed,
}

impl Termination for Outcome {
    fn report(self) -> ExitCode {
        match self {
            Self::Clean => ExitCode::SUCCESS,
            Self::Violations => ExitCode::from(1),
            Self::Failed => ExitCode::from(2),
        }
    }
}

/// Runs the command; what went wrong is said on standard error.
pub fn run(args: Args) -> Outcome {
    let result: Result<Outcome, Box<dyn Error>> = match args.command {
        Command::Serve(args) => serve::run(&args).map_err(Into::into),
        Command::Check(args) => check::run(&args).map_err(Into::into),
        Command::Explain(args) => explain::run(&args).map_err(Into::into),
        Command::Rules(args) => rules::run(&args).map_err(Into::into),
        Command::Completions(args) => completions::run(&args).map_err(Into::into),
    };
    result.unwrap_or_else(|error| {
        complain(&error_chain(&*error));
        Outcome::Failed
    })
}

/// One line to standard error.
fn complain(text: &str) {
    // Nobody is left to tell when standard error is closed.
    let _ = writeln!(io::stderr().lock(), "plimsoll: {text}");
}

/// Writes to standard output, with colours where it is a terminal; a reader that has gone away
/// (`| head`) is no error.
fn print(text: &str) -> io::Result<()> {
    let mut stdout = anstream::AutoStream::auto(io::stdout().lock());
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written,
    }
}
