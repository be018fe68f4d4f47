//! The `plimsoll` program.

use clap::Parser;
use mimalloc::MiMalloc;
use plimsoll::cli::{self, Args, ExitStatus};

/// The static binary's libc has a slow allocator, and a review is many small allocations.
///
/// Version 2 of it, as that gives back within moments what a large review took; version 3 keeps it
/// for a second, which adds up.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitStatus {
    cli::run(Args::parse())
}
