//! Plimsoll: a production deployment checklist that a cluster enforces.
//!
//! Three ways in, one decision, three ways out. Each module uses only those above it:
//!
//! ```text
//! text  path  yaml            text that is safe to show, field paths, YAML with positions
//!   └ subject                 what is under review
//!       └ inventory           what stands around it
//!           └ rules           what must hold, one rule a file
//!               └ policy      which rules bind whom
//!                   └ review  the decision: no I/O, no clock, no async
//!                       └ check, report, serve       carry things to it and from it
//!                           └ cli
//! ```

pub mod check;
pub mod cli;
pub mod inventory;
pub mod path;
pub mod policy;
pub mod report;
pub mod review;
pub mod rules;
pub mod serve;
pub mod subject;
pub mod text;
pub mod yaml;
