//! `make test-install`: the chart, installed as a platform team would, into a cluster of two real nodes
//! on this machine, and then everything taken away from it that a cluster loses now and then.
//!
//! It needs root, for network namespaces, cgroups and mounts. What it makes on the machine is gone
//! when it ends, however that comes about: see [`guard`].

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::format_collect,
    clippy::format_push_string,
    clippy::missing_panics_doc,
    unreachable_pub,
    reason = "a test fails by panicking"
)]

mod api;
mod certificate;
mod cgroups;
mod cluster;
mod command;
mod component;
mod guard;
mod images;
mod needs;
mod network;
mod node;
mod scenario;
mod settings;
mod sweep;
mod wait;

use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.first().is_some_and(|first| first == guard::SWEEPER) {
        guard::sweep_when_left_alone();
        return ExitCode::SUCCESS;
    }
    if let Err(missing) = needs::all() {
        eprintln!("test-install cannot run here:\n{missing}");
        return ExitCode::FAILURE;
    }
    // What takes minutes to build is built only after that.
    if arguments.first().is_some_and(|first| first == "needs") {
        return ExitCode::SUCCESS;
    }
    if let Err(reason) = guard::enter() {
        eprintln!("test-install cannot run now: {reason}");
        return ExitCode::FAILURE;
    }
    std::panic::set_hook(Box::new(|panic| {
        // What is taken away from under it when somebody interrupts is no finding.
        if !guard::is_interrupted() {
            eprintln!("  FAIL {panic}");
        }
    }));
    let passed = std::panic::catch_unwind(|| scenario::play(&arguments)).unwrap_or(false);
    guard::leave();
    if passed { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
