//! `plimsoll completions`: for the shell.

use clap::Command;
use clap_complete::Shell;

use super::output::{ExitStatus, print};

/// Print a completion script for a shell.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The shell.
    #[arg(value_enum)]
    shell: Shell,
}

/// Prints the script for `program`.
pub(super) fn run(args: &Args, mut program: Command) -> std::io::Result<ExitStatus> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut program, "plimsoll", &mut script);
    print(&String::from_utf8_lossy(&script))?;
    Ok(ExitStatus::Clean)
}
