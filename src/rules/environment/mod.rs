//! What a program is told by its environment.

mod contract_params;
mod contract_value;
mod contract_variable;
pub(super) mod cors_origins;
pub(super) mod debug_disabled;
mod debugging;
pub(super) mod environment_contract;
mod literal;
mod origin;
mod pattern;
pub(super) mod placeholder;
pub(super) mod placeholder_values;
