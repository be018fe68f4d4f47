//! How a verdict reads: one file for each form.

pub mod admission;
pub mod json;
mod patches;
pub mod short;
pub mod text;
