//! The `plimsoll` program.

use clap::Parser;
use plimsoll::cli::{self, Args, Outcome};

fn main() -> Outcome {
    cli::run(Args::parse())
}
