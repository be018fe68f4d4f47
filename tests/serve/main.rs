//! The webhook's protocol, from the bytes of a request to the bytes of the answer, without a
//! socket. Numbers such as F-11 are those of the faults that a webhook must survive.

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

mod answers;
mod attacks;
mod bounds;
#[path = "../support/committed.rs"]
mod committed;
#[path = "../support/corpora.rs"]
mod corpora;
mod damage;
mod envelope;
mod fixture;
mod hostile;
mod http;
mod indirect;
mod kinds;
mod literals;
mod other_kinds;
#[path = "../support/page.rs"]
mod page;
mod ratchet;
mod ratchet_oracle;
mod ratchet_property;
mod registration;
#[path = "../support/review.rs"]
mod review;
mod runtime_rule;
mod semantics;
mod shipped;
mod templates;
mod two_ways;
mod types;
mod users;
mod warnings;
#[path = "../support/workloads.rs"]
mod workloads;
#[path = "../support/worse.rs"]
mod worse;
