//! The pure core: rules by their pages, policies, the view, parity with outside cases, the shape.

#[path = "../support/committed.rs"]
mod committed;
mod page;
mod pages;
