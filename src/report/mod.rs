//! How a run over manifests reads: what it came to, and one file for each form.

mod json;
mod patches;
mod record;
pub mod records;
mod short;
mod text;
mod writer;

pub use patches::Patches;
pub use record::{Report, ReviewProblem, Reviewed, Sums, Unreviewed};
pub use writer::{Form, Piece, Writer};
