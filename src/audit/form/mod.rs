//! How an audit reads: one file for each form.

mod checklist;
mod json;
mod markdown;
mod preview;
mod sheet;
mod short;
mod table;
mod text;

use super::outcome::Audit;
use super::preview::Preview;

/// How an audit is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// For people, with colours or without.
    Text {
        /// Whether colours are written, as escape codes.
        is_coloured: bool,
    },
    /// For programs: one record a violation, one a workload.
    Json,
    /// For `grep`: one finding a line.
    Short,
    /// The sheet that people sign, as Markdown.
    Sheet,
}

/// Writes an audit piece by piece, so that no more than a workload's is held at a time.
///
/// # Errors
/// What `out` says first.
pub fn write<E: From<serde_json::Error>>(
    audit: &Audit,
    form: Form,
    mut out: impl FnMut(&str) -> Result<(), E>,
) -> Result<(), E> {
    match form {
        Form::Text { is_coloured } => text::write(audit, is_coloured, &mut out),
        Form::Json => json::write(audit, None, &mut out),
        Form::Short => short::write(audit, &mut out),
        Form::Sheet => sheet::write(audit, &mut out),
    }
}

/// Writes a preview as a table for people.
///
/// # Errors
/// What `out` says first.
pub fn write_preview<E>(
    preview: &Preview,
    mut out: impl FnMut(&str) -> Result<(), E>,
) -> Result<(), E> {
    preview::write(preview, &mut out)
}

/// The same for programs: the records of an audit, and what is refused by namespace and rule.
///
/// # Errors
/// What `out` says first.
pub fn write_preview_as_json<E: From<serde_json::Error>>(
    preview: &Preview,
    mut out: impl FnMut(&str) -> Result<(), E>,
) -> Result<(), E> {
    json::write(&preview.audit, Some(preview), &mut out)
}
