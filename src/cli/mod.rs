//! The command line: one file a subcommand, exit codes as a type.

mod audit;
mod check;
mod completions;
mod crds;
mod explain;
mod import;
mod log;
mod output;
mod policies;
mod preview;
mod registration;
mod rules;
mod serve;
mod test;
mod unregister;

pub use output::ExitStatus;

use std::error::Error;

use clap::{CommandFactory, Parser, Subcommand};

use crate::text::error_chain;
use output::{WhileRead, complain, print};

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
    Audit(audit::Args),
    Preview(preview::Args),
    Test(test::Args),
    Explain(explain::Args),
    Import(import::Args),
    Rules(rules::Args),
    Crds(crds::Args),
    Unregister(unregister::Args),
    Completions(completions::Args),
}

/// Runs the command; what went wrong is said on standard error.
pub fn run(args: Args) -> ExitStatus {
    let result: Result<ExitStatus, Box<dyn Error>> = match args.command {
        Command::Serve(args) => serve::run(&args).map_err(Into::into),
        Command::Check(args) => check::run(&args).map_err(Into::into),
        Command::Audit(args) => audit::run(&args).map_err(Into::into),
        Command::Preview(args) => preview::run(&args).map_err(Into::into),
        Command::Test(args) => test::run(&args).map_err(Into::into),
        Command::Import(args) => import::run(&args).map_err(Into::into),
        Command::Explain(args) => explain::run(&args).map_err(Into::into),
        Command::Rules(args) => rules::run(&args).map_err(Into::into),
        Command::Crds(args) => crds::run(&args).map_err(Into::into),
        Command::Unregister(args) => unregister::run(&args).map_err(Into::into),
        Command::Completions(args) => completions::run(&args, Args::command()).map_err(Into::into),
    };
    result.unwrap_or_else(|error| {
        complain(&error_chain(&*error));
        ExitStatus::Failed
    })
}
