//! What a program is told by its environment.

mod contract_params;
mod contract_value;
mod contract_variable;
pub(super) mod environment_contract;
mod pattern;
