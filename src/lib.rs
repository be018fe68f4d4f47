//! Plimsoll: a production deployment checklist that a cluster enforces.
pub mod inventory;
pub mod path;
pub mod policy;
pub mod review;
pub mod rules;
pub mod subject;
pub mod text;
pub mod yaml;
