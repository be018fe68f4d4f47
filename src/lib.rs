//! Plimsoll: a production deployment checklist that a cluster enforces.
pub mod path;
pub mod subject;
pub mod text;
pub mod yaml;
