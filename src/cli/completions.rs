//! `plimsoll completions`: for the shell.

use clap::CommandFactory;
use clap_complete::Shell;

use super::{Outcome, print};

/// Print a completion script for a shell.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The shell.
    #[arg(value_enum)]
    shell: Shell,
}

pub(super) fn run(args: &Args) -> std::io::Result<Outcome> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut super::Args::command(), "plimsoll", &mut script);
    print(&String::from_utf8_lossy(&script))?;
    Ok(Outcome::Clean)
}
