//! The real program: TLS, load, lifecycle, logs, and the command line.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::format_collect,
    clippy::format_push_string,
    unreachable_pub,
    dead_code,
    reason = "a test fails by panicking, and uses the part of the shared support that it needs"
)]

mod admin;
mod authority;
mod bounds;
mod busy;
mod canary;
mod certificates;
mod check_command;
#[path = "../support/committed.rs"]
mod committed;
mod cost;
mod endless;
mod flags;
#[path = "../support/https.rs"]
mod https;
mod lifecycle;
mod memory;
mod other_commands;
#[path = "../support/pki.rs"]
mod pki;
#[path = "../support/plimsoll.rs"]
mod plimsoll_process;
mod policies;
#[path = "../core/probe.rs"]
mod probe;
#[path = "../support/review.rs"]
mod review;
#[path = "../support/scratch.rs"]
mod scratch;
mod seats;
#[path = "../support/self_signed.rs"]
mod self_signed;
#[path = "../support/shapes.rs"]
mod shapes;
#[path = "../support/workloads.rs"]
mod workloads;

use std::path::Path;

use serde_json::Value;

/// The program under test.
fn program() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_plimsoll"))
}

/// One of the two Deployments under `tests/workloads`, as JSON.
fn deployment(name: &str) -> Value {
    let path = committed::repository().join("tests/workloads").join(name);
    let text = std::fs::read_to_string(path).unwrap();
    let node = plimsoll::yaml::documents(&text).remove(0).unwrap();
    serde_json::from_str(&node.to_json()).unwrap()
}
