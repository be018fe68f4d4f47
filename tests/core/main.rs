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
    reason = "a test fails by panicking"
)]

mod adoption;
mod any_expression;
mod any_object;
mod architecture;
mod budget;
mod cases;
mod cel;
mod defaults;
mod definitions;
mod documents;
mod exceptions;
mod generated;
mod matching;
mod numbers;
mod pages;
mod parity;
mod peers;
mod policies;
mod policy_index;
mod reports;
mod rotation;
mod runbooks;
mod steps;
mod templates;
mod unmatchable;
mod updates;
mod uses;
mod view;
