//! Label selectors over labels that may not all be known.

use std::collections::BTreeMap;

use super::spec::{Operator, Requirement, Selector};
use crate::inventory::Label;
use crate::path::FieldPath;
use crate::subject::{is_label_key, is_label_value};
use crate::text::{QUOTE_LIMIT, clipped};

/// A field of a policy and what is wrong with it.
pub(super) type FieldProblem = (FieldPath, String);

impl Selector {
    /// Whether the selector fits; a label that is not known never makes it fail.
    pub(super) fn fits<'a>(&self, label: impl Fn(&str) -> Label<'a>) -> bool {
        let equal = self.match_labels.iter().all(|(key, wanted)| match label(key) {
            Label::Value(value) => value == wanted,
            Label::Absent => false,
            Label::Unknown => true,
        });
        equal && self.match_expressions.iter().all(|r| r.fits(label(&r.key)))
    }

    /// What is wrong with the selector at `at`: what the API server would say against it, and
    /// requirements of which no label fulfils all.
    pub(super) fn problems(&self, at: &FieldPath) -> Vec<FieldProblem> {
        let labels = self.match_labels.iter().filter_map(|(key, value)| {
            let text = key_problem(key).or_else(|| value_problem(value))?;
            Some((at.clone().key("matchLabels").key(key.clone()), text))
        });
        let mut problems: Vec<FieldProblem> = labels.collect();
        for (index, requirement) in self.match_expressions.iter().enumerate() {
            problems.extend(requirement.problems(&at.clone().key("matchExpressions").index(index)));
        }
        if problems.is_empty()
            && let Some(key) = self.impossible()
        {
            let key = clipped(key, QUOTE_LIMIT);
            let text = format!("asks of the label `{key}` what no label fulfils at once");
            problems.push((at.clone(), text));
        }
        problems
    }

    /// A label that can neither be absent nor have any value so that all that is asked of it holds.
    fn impossible(&self) -> Option<&str> {
        let mut asked: BTreeMap<&str, Vec<&Requirement>> = BTreeMap::new();
        for requirement in &self.match_expressions {
            asked.entry(&requirement.key).or_default().push(requirement);
        }
        let is_possible = |key: &str, asked: &[&Requirement]| {
            let fits = |label: Label<'_>| asked.iter().all(|r| r.fits(label));
            match self.match_labels.get(key) {
                Some(value) => fits(Label::Value(value)),
                // One value that nobody names stands for all of those.
                None => {
                    fits(Label::Absent)
                        || fits(Label::Value("another value"))
                        || asked.iter().flat_map(|r| &r.values).any(|v| fits(Label::Value(v)))
                }
            }
        };
        asked.into_iter().find(|(key, asked)| !is_possible(key, asked)).map(|(key, _)| key)
    }
}

impl Requirement {
    /// Whether the label fulfils the requirement; one that is not known does.
    fn fits(&self, label: Label<'_>) -> bool {
        let among = |value: &str| self.values.iter().any(|v| v == value);
        match (label, self.operator) {
            (Label::Unknown, _)
            | (Label::Value(_), Operator::Exists)
            | (Label::Absent, Operator::NotIn | Operator::DoesNotExist) => true,
            (Label::Value(value), Operator::In) => among(value),
            (Label::Value(value), Operator::NotIn) => !among(value),
            (Label::Value(_), Operator::DoesNotExist)
            | (Label::Absent, Operator::In | Operator::Exists) => false,
        }
    }

    fn problems(&self, at: &FieldPath) -> Vec<FieldProblem> {
        let key = key_problem(&self.key).map(|text| (at.clone().key("key"), text));
        let needs_values = matches!(self.operator, Operator::In | Operator::NotIn);
        let shown = format!("operator `{:?}` on `{}`", self.operator, self.key);
        let number = match (needs_values, self.values.is_empty()) {
            (true, true) => Some((at.clone(), format!("is incomplete: {shown} needs values"))),
            (false, false) => {
                Some((at.clone().key("values"), format!("must go: {shown} takes none")))
            }
            _ => None,
        };
        let values = self.values.iter().enumerate().filter(|_| needs_values);
        let values = values.filter_map(|(index, value)| {
            Some((at.clone().key("values").index(index), value_problem(value)?))
        });
        key.into_iter().chain(number).chain(values).collect()
    }
}

fn key_problem(key: &str) -> Option<String> {
    let form = "letters, digits, `-`, `_` and `.`, at most 63, with a letter or digit at both \
                ends, and before that the domain of its owner and a `/` where it has one";
    let shown = clipped(key, QUOTE_LIMIT);
    (!is_label_key(key)).then(|| format!("`{shown}` is no key of a label; one has {form}"))
}

fn value_problem(value: &str) -> Option<String> {
    let form = "letters, digits, `-`, `_` and `.`, at most 63, with a letter or digit at both \
                ends; values are compared whole";
    let shown = clipped(value, QUOTE_LIMIT);
    (!is_label_value(value)).then(|| format!("`{shown}` is no value of a label; one has {form}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn selector(operator: Operator, values: &[&str]) -> Selector {
        let values = values.iter().map(|v| (*v).to_owned()).collect();
        let expression = Requirement { key: "a".to_owned(), operator, values };
        Selector { match_expressions: vec![expression], ..Selector::default() }
    }

    #[test]
    fn operators_mean_what_they_mean_in_the_api() {
        let fits = |s: &Selector, value: Option<&'static str>| {
            s.fits(|_| value.map_or(Label::Absent, Label::Value))
        };
        let within = selector(Operator::In, &["1", "2"]);
        assert!(fits(&within, Some("2")) && !fits(&within, Some("3")) && !fits(&within, None));
        let without = selector(Operator::NotIn, &["1"]);
        assert!(!fits(&without, Some("1")) && fits(&without, Some("3")) && fits(&without, None));
        assert!(fits(&selector(Operator::Exists, &[]), Some("")));
        assert!(!fits(&selector(Operator::Exists, &[]), None));
        assert!(fits(&selector(Operator::DoesNotExist, &[]), None));
    }

    #[test]
    fn a_label_nobody_knows_lets_nobody_off() {
        for operator in [Operator::In, Operator::NotIn, Operator::Exists, Operator::DoesNotExist] {
            assert!(selector(operator, &["1"]).fits(|_| Label::Unknown));
        }
    }

    #[test]
    fn requirements_of_which_no_label_fulfils_all_are_told_from_those_that_one_can() {
        let both = |a: (Operator, &[&str]), b: (Operator, &[&str])| {
            let mut both = selector(a.0, a.1);
            both.match_expressions.extend(selector(b.0, b.1).match_expressions);
            both.problems(&FieldPath::root()).is_empty()
        };
        assert!(!both((Operator::In, &["1"]), (Operator::In, &["2"])));
        assert!(!both((Operator::In, &["1"]), (Operator::NotIn, &["1", "2"])));
        assert!(!both((Operator::Exists, &[]), (Operator::DoesNotExist, &[])));
        assert!(both((Operator::In, &["1", "2"]), (Operator::NotIn, &["1"])));
        assert!(both((Operator::NotIn, &["1"]), (Operator::DoesNotExist, &[])));
        assert!(both((Operator::NotIn, &["1"]), (Operator::Exists, &[])));
    }
}
