//! Credentials: out of manifests, by reference, and there.

mod assigned;
mod forms;
mod header_text;
mod headers;
mod names;
pub(super) mod secret_literals;
pub(super) mod secret_references;
mod values;
