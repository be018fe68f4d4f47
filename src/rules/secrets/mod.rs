//! Credentials: out of manifests, by reference, and there.

mod detect;
mod forms;
pub(super) mod secret_literals;
pub(super) mod secret_references;
