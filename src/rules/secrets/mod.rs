//! Credentials: out of manifests, by reference, and there.

mod assigned;
pub(super) mod certificate_expiry;
mod entries;
mod forms;
mod header_text;
mod headers;
mod names;
pub(super) mod secret_age;
pub(super) mod secret_in_config_map;
pub(super) mod secret_in_environment;
pub(super) mod secret_literals;
pub(super) mod secret_references;
pub(super) mod secret_strength;
mod strength;
mod values;
