//! The `plimsoll` program.

use clap::Parser;
use mimalloc::MiMalloc;
use plimsoll::cli::{self, Args, Outcome};

/// The static binary's libc has a slow allocator, and a review is many small allocations.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> Outcome {
    cli::run(Args::parse())
}
