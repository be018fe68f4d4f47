//! The pure core: rules by their pages, policies, the view, parity with outside cases, the shape.

mod architecture;
#[path = "../support/committed.rs"]
mod committed;
#[path = "../support/corpora.rs"]
mod corpora;
mod generated;
mod page;
mod pages;
mod parity;
mod policies;
mod probe;
mod view;
#[path = "../support/workloads.rs"]
mod workloads;
