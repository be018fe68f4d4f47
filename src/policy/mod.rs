//! Which rules bind which workloads: policies as written ([`spec`]) and as in force ([`BoundPolicy`]).

#![deny(clippy::disallowed_methods)]

mod bound;
mod built_in;
mod enforcement;
mod index;
mod load;
mod matching;
mod reading;
mod selector;
mod snapshot;
pub mod spec;
mod wording;

pub use bound::{BoundPolicy, OldLabels};
pub use built_in::{BUILT_IN_POLICIES, PRODUCTION, built_in};
pub use enforcement::{Enforcement, HeldBack};
pub use index::{Applicable, Stance};
pub use load::{POLICY_SIZE_LIMIT, PolicyError, PolicyProblem, Unknown, load, load_with};
pub use reading::read_strictly;
pub use snapshot::Snapshot;
pub use wording::nearest;
