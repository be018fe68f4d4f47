//! `plimsoll explain`: the page of a rule.

use thiserror::Error;

use super::{ExitStatus, print};
use crate::rules::RuleDescription;
use crate::rules::catalog::{CATALOG, find};
use crate::text::nearest;

/// Explain a rule: what it checks, why, and how to fix what it finds.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The rule's id, as refusals and warnings name it.
    rule: String,
}

#[derive(Debug, Error)]
pub(super) enum ExplainError {
    #[error("no rule is called `{rule}`; {hint}")]
    Unknown { rule: String, hint: String },
    #[error("cannot write the page")]
    Write(#[from] std::io::Error),
}

pub(super) fn run(args: &Args) -> Result<ExitStatus, ExplainError> {
    let Some(meta) = find(&args.rule) else {
        let near = nearest(&args.rule, CATALOG.iter().map(|meta| meta.id.as_ref()));
        let hint = near.map_or_else(
            || "`plimsoll rules` lists them all".to_owned(),
            |near| format!("did you mean `{near}`?"),
        );
        return Err(ExplainError::Unknown { rule: args.rule.clone(), hint });
    };
    let title = format!("{} ({} severity)\n{}\n", meta.id, meta.severity.as_str(), meta.checklist);
    print(&format!("{title}\n{}{}", meta.page, references(meta)))?;
    Ok(ExitStatus::Clean)
}

/// What the rule answers of the two checklists and of published standards.
fn references(meta: &RuleDescription) -> String {
    let rows = (!meta.rows.is_empty())
        .then(|| format!("- Lines {} of the production checklists\n", meta.rows.join(", ")));
    let standards = meta.standards.iter().map(|standard| format!("- {standard}\n"));
    let all: String = rows.into_iter().chain(standards).collect();
    if all.is_empty() { all } else { format!("\n## Answers\n\n{all}") }
}
