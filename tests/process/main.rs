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
    reason = "a test fails by panicking"
)]

mod admin;
mod audit;
mod authority;
mod bounds;
mod busy;
mod canary;
mod certificates;
mod check_command;
mod cost;
mod custom_rules;
mod endless;
mod flags;
mod leaks;
mod lifecycle;
mod log_format;
mod memory;
mod other_commands;
mod policies;
mod profile;
mod seats;
mod test_command;
mod traces;
mod two_systems;

use std::path::Path;

use serde_json::Value;

/// The program under test.
fn program() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_plimsoll"))
}

/// One of the two Deployments under `tests/workloads`, as JSON.
fn deployment(name: &str) -> Value {
    let path = support::committed::repository().join("tests/workloads").join(name);
    let text = std::fs::read_to_string(path).unwrap();
    let node = plimsoll::yaml::documents(&text).remove(0).unwrap();
    serde_json::from_str(&node.to_json()).unwrap()
}
