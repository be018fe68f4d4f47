//! The checklist that a policy stands for: its lines in their order, and the rules that answer each.

use std::collections::BTreeSet;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::path::FieldPath;
use crate::rules::Armed;
use crate::text::{QUOTE_LIMIT, clipped, nearest};

/// Numbers of lines, such as `M25`.
const ROW: &str = r"^[A-Za-z0-9]([-.A-Za-z0-9]*[A-Za-z0-9])?$";

/// A line of a checklist.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ChecklistLine {
    /// Its number, such as `M25`.
    #[schemars(length(min = 1, max = 16), regex(pattern = ROW))]
    pub row: String,
    /// What it demands, in a few words.
    #[schemars(length(min = 1, max = 200))]
    pub demands: String,
    /// The rules of the policy that answer it: `resource-limits`, or of those that demand several things
    /// by name one of these, as `environment-contract/DATABASE_URL`. Without any it is answered by hand.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 100), inner(length(min = 1, max = 320)))]
    pub rules: Vec<String>,
}

impl ChecklistLine {
    /// The rules that answer it, each with the part of it that does.
    pub fn answers(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
        self.rules.iter().map(|name| part_of(name))
    }
}

/// `RULE/PART` as both; the id of a rule has no `/`.
fn part_of(name: &str) -> (&str, Option<&str>) {
    name.split_once('/').map_or((name, None), |(rule, part)| (rule, Some(part)))
}

/// What makes no sense about a checklist, beside rules that are set; of what `is_gone` nothing is said.
pub(super) fn problems(
    lines: &[ChecklistLine],
    rules: &[Arc<dyn Armed>],
    is_gone: impl Fn(&str) -> bool,
) -> Vec<(FieldPath, String)> {
    let mut problems = Vec::new();
    let mut rows = BTreeSet::new();
    for (index, line) in lines.iter().enumerate() {
        let at = FieldPath::root().keys(&["spec", "checklist"]).index(index);
        if !rows.insert(&line.row) {
            let text = "stands in another line already; give each a number of its own";
            problems.push((at.clone().key("row"), text.to_owned()));
        }
        for (index, name) in line.rules.iter().enumerate() {
            let (rule, part) = part_of(name);
            let wrong = (!is_gone(rule)).then(|| unanswered(rule, part, rules)).flatten();
            problems.extend(wrong.map(|text| (at.clone().key("rules").index(index), text)));
        }
    }
    problems
}

/// Why a rule, or a part of it, answers nothing in a policy with these rules.
fn unanswered(id: &str, part: Option<&str>, rules: &[Arc<dyn Armed>]) -> Option<String> {
    let shown = |text: &str| clipped(text, QUOTE_LIMIT).into_owned();
    let hint = |near: Option<&str>, otherwise: String| {
        near.map_or(otherwise, |near| format!("did you mean `{near}`?"))
    };
    let ids: Vec<String> = rules.iter().map(|rule| rule.rule().id.to_string()).collect();
    let Some(rule) = ids.iter().position(|known| known == id).and_then(|at| rules.get(at)) else {
        let near = nearest(id, ids.iter().map(String::as_str));
        let hint = hint(near, format!("set `{}` under `spec.rules`", shown(id)));
        return Some(format!("names `{}`, which the policy does not set; {hint}", shown(id)));
    };
    let part = part?;
    let parts = rule.parts();
    if parts.contains(&part) {
        return None;
    }
    let hint = hint(nearest(part, parts.into_iter()), format!("write `{id}` alone"));
    Some(format!("names `{}`, of which `{id}` demands nothing; {hint}", shown(part)))
}
