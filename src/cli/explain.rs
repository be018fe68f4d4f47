//! `plimsoll explain`: the page of a rule.

use std::sync::Arc;

use thiserror::Error;

use super::policies::{PoliciesError, PolicyArgs};
use super::{ExitStatus, print};
use crate::rules::catalog::{CATALOG, find};
use crate::rules::{Armed, RuleDescription};
use crate::text::{nearest, printable};

/// Explain a rule: what it checks, why, and how to fix what it finds.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The rule's id, as refusals and warnings name it.
    rule: String,
    /// For custom rules, the policies that hold them.
    #[command(flatten)]
    policies: PolicyArgs,
}

#[derive(Debug, Error)]
pub(super) enum ExplainError {
    #[error("no rule is called `{rule}`; {hint}")]
    Unknown { rule: String, hint: String },
    #[error(transparent)]
    Policies(#[from] PoliciesError),
    #[error("cannot write the page")]
    Write(#[from] std::io::Error),
}

pub(super) fn run(args: &Args) -> Result<ExitStatus, ExplainError> {
    if let Some(meta) = find(&args.rule) {
        print(&text(meta))?;
        return Ok(ExitStatus::Clean);
    }
    let policies = args.policies.load()?.policies;
    let rules: Vec<&Arc<dyn Armed>> = policies.iter().flat_map(|policy| &policy.rules).collect();
    if let Some(rule) = rules.iter().map(|rule| rule.rule()).find(|rule| rule.id == args.rule) {
        print(&text(&rule))?;
        return Ok(ExitStatus::Clean);
    }
    let own: Vec<String> = rules.iter().map(|rule| rule.rule().id.to_string()).collect();
    let all = CATALOG.iter().map(|meta| meta.id.as_ref()).chain(own.iter().map(String::as_str));
    let hint = match nearest(&args.rule, all) {
        Some(near) => format!("did you mean `{near}`?"),
        None if args.policies.is_built_in() => {
            "`plimsoll rules` lists them all, and a custom rule is \
             explained with `--policy` and the file that it is in"
                .to_owned()
        }
        None => "`plimsoll rules` lists them all".to_owned(),
    };
    Err(ExplainError::Unknown { rule: args.rule.clone(), hint })
}

fn text(meta: &RuleDescription) -> String {
    let (id, severity) = (&meta.id, meta.severity.as_str());
    let title = format!("{id} ({severity} severity)\n{}\n", printable(&meta.checklist));
    // What others write has lines, and nothing else that a terminal would act on.
    let page: Vec<_> = meta.page.lines().map(printable).collect();
    format!("{title}\n{}\n{}", page.join("\n"), references(meta))
}

/// What the rule answers of the two checklists and of published standards.
fn references(meta: &RuleDescription) -> String {
    let rows = (!meta.rows.is_empty())
        .then(|| format!("- Lines {} of the production checklists\n", meta.rows.join(", ")));
    let standards = meta.standards.iter().map(|standard| format!("- {standard}\n"));
    let all: String = rows.into_iter().chain(standards).collect();
    if all.is_empty() { all } else { format!("\n## Answers\n\n{all}") }
}
