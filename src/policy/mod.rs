//! Which rules bind which workloads: policies as written ([`spec`]) and as in force ([`BoundPolicy`]).

#![deny(clippy::disallowed_methods)]

mod bind;
mod bound;
mod built_in;
mod checklist;
mod digest;
mod enforcement;
mod except;
pub mod exception;
mod excuse;
mod field_pattern;
mod index;
mod limits;
mod load;
mod matching;
mod metadata;
mod reading;
mod requester;
mod selector;
mod snapshot;
pub mod spec;
mod wording;

pub use bound::{BoundPolicy, OldLabels};
pub use built_in::{BUILT_IN_POLICIES, PRODUCTION, built_in};
pub use checklist::ChecklistLine;
pub use digest::Digest;
pub use enforcement::{Enforcement, HeldBack};
pub use excuse::{Exception, Exceptions, Excuse, Excusing, MAX_DAYS, Standing, Terms};
pub use index::{Applicable, Stance};
pub use load::{
    Documents, POLICY_SIZE_LIMIT, PolicyError, PolicyProblem, Unknown, load, load_object, load_with,
};
pub use metadata::DocumentMetadata;
pub use reading::read_strictly;
pub use requester::{Controllers, Making, Operation, Requester, is_by_controller};
pub use snapshot::Snapshot;
