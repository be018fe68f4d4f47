//! What the API server takes, will take tomorrow, and makes of it.

pub(super) mod deprecated_api;
pub(super) mod deprecated_field;
pub(super) mod selector_mismatch;
