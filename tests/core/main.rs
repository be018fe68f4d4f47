//! The pure core: rules by their pages, policies, the view, parity with outside cases, the shape.

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
    unreachable_pub,
    dead_code,
    reason = "a test fails by panicking, and uses the part of the shared support that it needs"
)]

mod architecture;
mod budget;
#[path = "../support/committed.rs"]
mod committed;
#[path = "../support/corpora.rs"]
mod corpora;
mod defaults;
mod generated;
mod numbers;
#[path = "../support/page.rs"]
mod page;
mod pages;
mod parity;
mod policies;
mod policy_index;
mod probe;
mod reports;
#[path = "../support/shapes.rs"]
mod shapes;
mod steps;
mod templates;
mod unmatchable;
mod uses;
mod view;
#[path = "../support/workloads.rs"]
mod workloads;
