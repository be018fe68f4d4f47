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
    reason = "a test fails by panicking"
)]

mod answers;
mod attacks;
mod bounds;
mod builder;
mod controllers;
mod custom;
mod damage;
mod envelope;
mod fixture;
mod hostile;
mod http;
mod impact;
mod indirect;
mod kinds;
mod labels;
mod literals;
mod losses;
mod namespaces;
mod neighbours;
mod objects;
mod other_kinds;
mod ratchet;
mod ratchet_oracle;
mod ratchet_property;
mod registration;
mod runtime_rule;
mod semantics;
mod shipped;
mod swaps;
mod templates;
mod two_ways;
mod types;
mod users;
mod warnings;
