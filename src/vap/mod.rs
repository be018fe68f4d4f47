//! The API server's own policies (`ValidatingAdmissionPolicy`) read into policies of this program, and
//! what of them cannot be carried over.

#![deny(clippy::disallowed_methods)]

mod documents;
mod kinds;
mod matching;
mod policy;

pub use documents::{Documents, Unreadable};
pub use policy::{Imported, NotCarried, import};
