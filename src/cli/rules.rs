//! `plimsoll rules`: every rule there is.

use std::fmt::Write as _;

use super::{ExitStatus, print};
use crate::rules::catalog::CATALOG;

/// List every rule with its severity and what must hold.
#[derive(Debug, clap::Args)]
pub(super) struct Args {}

pub(super) fn run(_: &Args) -> std::io::Result<ExitStatus> {
    let width = CATALOG.iter().map(|meta| meta.id.len()).max().unwrap_or(0);
    let mut text = String::new();
    for meta in CATALOG {
        let severity = meta.severity.as_str();
        let _ = writeln!(text, "{:width$}  {severity:8}  {}", meta.id, meta.checklist);
    }
    print(&text)?;
    Ok(ExitStatus::Clean)
}
