//! Plimsoll: a production deployment checklist that a cluster enforces.
//!
//! Three ways in, one decision, three ways out. Which module uses which stands in
//! `ARCHITECTURE.md`.

pub mod audit;
pub mod cases;
pub mod cel;
pub mod check;
pub mod cli;
pub mod cluster;
pub mod custom;
pub mod files;
pub mod inventory;
pub mod path;
pub mod policy;
pub mod report;
pub mod review;
pub mod rules;
pub mod serve;
pub mod subject;
pub mod text;
pub mod vap;
pub mod yaml;
