//! What cases came to, as it is written: one file for each form.

mod json;
mod junit;
mod text;

pub use json::json;
pub use junit::junit;
pub use text::text;
