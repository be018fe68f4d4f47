//! Through a real API server and real kubectl: what users see, and upstream as the second judge.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    clippy::format_collect,
    unreachable_pub,
    dead_code,
    reason = "a test fails by panicking, and uses the part of the shared support that it needs"
)]

mod attacks;
#[path = "../support/control_plane.rs"]
mod control_plane;
#[path = "../support/corpora.rs"]
mod corpora;
mod custom_kinds;
mod defaulting;
mod kubectl;
mod one_writer;
mod other_kinds;
#[path = "../support/plimsoll.rs"]
mod plimsoll_process;
mod reading;
mod second_judge;
#[path = "../support/self_signed.rs"]
mod self_signed;
#[path = "../support/workloads.rs"]
mod workloads;
#[path = "../support/worse.rs"]
mod worse;
