//! What the tests, the benches and the demonstration share: workloads and reviews of them, a client,
//! certificates, the real program as a process, and a real API server.
//!
//! A program of cargo's is known to its own tests only: whoever starts one passes its path.

#![warn(missing_docs)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::print_stderr,
    clippy::format_collect,
    clippy::format_push_string,
    clippy::missing_panics_doc,
    clippy::new_without_default,
    reason = "a test fails by panicking"
)]

pub mod balancer;
pub mod committed;
pub mod control_plane;
pub mod corpora;
pub mod edit;
pub mod https;
pub mod page;
pub mod pki;
pub mod plimsoll_process;
pub mod probe;
pub mod review;
pub mod rules;
pub mod scratch;
pub mod self_signed;
pub mod shapes;
pub mod workloads;
pub mod worse;
