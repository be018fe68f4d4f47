//! Through a real API server and real kubectl: what users see, and upstream as the second judge.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    clippy::format_collect,
    unreachable_pub,
    reason = "a test fails by panicking"
)]

mod attacks;
mod audit;
mod audit_sample;
mod custom_kinds;
mod defaulting;
mod joined;
mod kubectl;
mod newer_fields;
mod objects;
mod one_writer;
mod other_kinds;
mod own_policies;
mod reading;
mod scale;
mod scale_serving;
mod second_judge;
mod two_systems;
mod yaml_generator;
