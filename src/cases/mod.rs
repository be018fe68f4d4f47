//! Cases of policies: what a policy is to make of a write, held against what it makes of it.
//!
//! Cases are documents of the kind `PolicyCases` in files that are called `*.cases.yaml`. It is the
//! name that a folder is searched by, and not the kind: so cases stand beside their policies without
//! being read as policies, nothing else in the folder has to be readable, and a list of the files
//! shows which are tests. That a file of another name holds cases is said all the same.

#![deny(clippy::disallowed_methods)]

mod case;
mod choice;
mod document;
mod error;
mod expectation;
mod form;
mod result;
mod run;
mod spec;
mod surroundings;

pub use choice::{chosen, is_called_cases};
pub use error::{CasesError, CasesProblem};
pub use form::{json, junit, text};
pub use result::{CaseResult, Difference, Failure, FileResult, Outcome, Sums};
pub use run::run;
pub use spec::KIND;
pub use surroundings::Surroundings;
