//! The chart: what it renders, what it refuses, what its alerts and its dashboard say.
//!
//! These need helm, which `tests/chart/helm` builds where there is none, and promtool and prometheus,
//! which the Debian package `prometheus` holds. One that is missing is a failure.

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

mod alerts;
mod api_server;
mod audit;
mod dashboard;
mod generated;
mod helm;
mod metrics;
mod objects;
mod operation;
mod own_policy;
mod prometheus;
mod refusals;
mod registration;
mod rights;
mod sets;
mod unregister;
mod values;
mod world;
