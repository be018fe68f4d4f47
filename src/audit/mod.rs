//! What runs: what a run over a cluster came to, by workload, and how that reads.
//!
//! What a controller made is judged through its owner and counted once: it is shown under its own
//! kind only for what its owner does not have, and forty pods that are alike are one.
//!
//! Of an owner no more is kept than a number for each of its findings, and of a finding what is
//! shown of it, each text once: memory grows with what is wrong, not with what there is.

#![deny(clippy::disallowed_methods)]

mod book;
mod changes;
mod checklist;
mod entry;
mod flaw;
mod form;
mod judged;
mod outcome;
mod plan;
mod pool;
mod preview;
mod record;
mod refused;
mod since;
mod unneeded;
mod workload;

pub use book::{Book, Object, Terms};
pub use changes::{Changes, Flaw};
pub use checklist::{Answer, Checklist, Line, checklists};
pub use form::{Form, write, write_preview, write_preview_as_json};
pub use outcome::Audit;
pub use plan::in_order;
pub use preview::{Preview, SOMEBODY};
pub use record::{Failure, NotLookedAt, PolicyInForce, RuleInForce, Scope, Sums};
pub use refused::{MadeAnew, Refused};
pub use since::{Earlier, EarlierError};
pub use unneeded::{Unneeded, rules_in_force};
