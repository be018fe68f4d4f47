//! A value that was to be replaced, and was not.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::literal::{lasting, literals};
use super::placeholder::{TIMES, is_placeholder, may_be_placeholder};
use crate::rules::{
    BadValue, Checked, Context, Evidence, Finding, Findings, Params, Remedy, Rule, RuleDescription,
    Severity, Text,
};
use crate::subject::{Pod, Pods};
use crate::text::{QUOTE_LIMIT, Wildcard, clipped};

#[doc = include_str!("placeholder_values.md")]
pub(crate) struct PlaceholderValues;

/// What else is a placeholder.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct PlaceholderValuesParams {
    /// Whole values that are placeholders as well, with `*` for any characters and `?` for one.
    #[schemars(length(max = 100), inner(length(min = 1, max = 253)))]
    pub patterns: Vec<String>,
}

impl Params for PlaceholderValuesParams {
    fn problems(&self) -> Vec<BadValue> {
        BadValue::in_list("patterns", &self.patterns, None, |pattern| {
            let shown = clipped(pattern, QUOTE_LIMIT);
            if pattern.trim() != pattern || pattern.is_empty() {
                return Some(format!("`{shown}` begins or ends with a blank, and is of no value"));
            }
            let is_all = pattern.chars().all(|c| matches!(c, '*' | '?'));
            is_all.then(|| format!("`{shown}` is every value"))
        })
    }
}

impl Rule for PlaceholderValues {
    type On = Pods;
    type Params = PlaceholderValuesParams;
    const DESCRIPTION: RuleDescription = RuleDescription {
        id: Text::Borrowed("placeholder-values"),
        group: Text::Borrowed("environment"),
        severity: Severity::Medium,
        checklist: Text::Borrowed("No environment variable holds a placeholder."),
        rows: &["R3"],
        standards: &[],
        page: Text::Borrowed(include_str!("placeholder_values.md")),
    };

    fn check(
        pod: &Pod<'_, '_>,
        params: &PlaceholderValuesParams,
        _: &Context<'_>,
        found: &mut Findings<'_>,
    ) -> Checked {
        let patterns: Vec<_> =
            params.patterns.iter().map(|p| (p.len(), Wildcard::new(p))).collect();
        let length: usize = patterns.iter().map(|(length, _)| length).sum();
        for variable in lasting(pod).flat_map(literals) {
            variable.spend(TIMES + length, found)?;
            let value = variable.value;
            let is_one = may_be_placeholder(variable.characters.1) && is_placeholder(value);
            if !is_one && !patterns.iter().any(|(_, pattern)| pattern.fits(value)) {
                continue;
            }
            let (c, at) = (&variable.container, variable.value_at());
            let message = format!("{variable} holds a placeholder");
            let remedy = Remedy::Advice(format!("write what is meant at {at}"));
            let evidence = || Evidence::of(c, ["env", variable.name, value]);
            found.add(Finding::of(c, at, message, remedy), evidence)?;
        }
        Ok(())
    }
}
