//! What containers are told by their environment.

pub(super) mod cors_origins;
pub(super) mod debug_disabled;
mod debugging;
mod literal;
mod placeholder;
pub(super) mod placeholder_values;
