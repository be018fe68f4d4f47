//! Certificates: what is served, who vouches for it, and how both are renewed without a moment in
//! which a client trusts neither.
//!
//! A pair comes from files or from one Secret. Where the webhook is registered, a new pair is served
//! once what is registered trusts it, and has for a while; see [`trust`]. The Secret is kept by
//! [`keeper`], whose decisions are in [`rotation`].

mod authority_file;
pub mod expiry;
mod issue;
pub mod keeper;
mod leaf;
mod pair;
pub mod rotation;
mod small_file;
mod stored;
pub mod trust;

pub use authority_file::{AuthorityError, authority};
pub use issue::{Authority, CannotIssue};
pub use leaf::{Leaf, Malformed, Unusable};
pub use pair::PemPair;
pub use small_file::{FileError, read as read_small_file};
pub use stored::Stored;
