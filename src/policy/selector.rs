//! Label selectors over labels that may not all be known.

use super::spec::{Operator, Selector};

/// What is known of a label: its value, that it is not there, or nothing.
pub(super) enum Known<'a> {
    /// The label is there with this value.
    Value(&'a str),
    /// The label is not there.
    Absent,
    /// It may or may not be there.
    Unknown,
}

impl Selector {
    /// Whether the selector fits; a label that is not known never makes it fail.
    pub(super) fn fits<'a>(&self, label: impl Fn(&str) -> Known<'a>) -> bool {
        let equal = self.match_labels.iter().all(|(key, wanted)| match label(key) {
            Known::Value(value) => value == wanted,
            Known::Absent => false,
            Known::Unknown => true,
        });
        equal
            && self.match_expressions.iter().all(|r| {
                let among = |value: &str| r.values.iter().any(|v| v == value);
                match (label(&r.key), r.operator) {
                    (Known::Unknown, _)
                    | (Known::Value(_), Operator::Exists)
                    | (Known::Absent, Operator::NotIn | Operator::DoesNotExist) => true,
                    (Known::Value(value), Operator::In) => among(value),
                    (Known::Value(value), Operator::NotIn) => !among(value),
                    (Known::Value(_), Operator::DoesNotExist)
                    | (Known::Absent, Operator::In | Operator::Exists) => false,
                }
            })
    }

    /// What the API server would say against the selector.
    pub(super) fn problem(&self) -> Option<String> {
        self.match_expressions.iter().find_map(|r| {
            let needs_values = matches!(r.operator, Operator::In | Operator::NotIn);
            match (needs_values, r.values.is_empty()) {
                (true, true) => {
                    Some(format!("operator `{:?}` on `{}` needs values", r.operator, r.key))
                }
                (false, false) => {
                    Some(format!("operator `{:?}` on `{}` takes no values", r.operator, r.key))
                }
                _ => None,
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::spec::Requirement;

    fn selector(operator: Operator, values: &[&str]) -> Selector {
        let values = values.iter().map(|v| (*v).to_owned()).collect();
        let expression = Requirement { key: "a".to_owned(), operator, values };
        Selector { match_expressions: vec![expression], ..Selector::default() }
    }

    #[test]
    fn operators_mean_what_they_mean_in_the_api() {
        let fits = |s: &Selector, value: Option<&'static str>| {
            s.fits(|_| value.map_or(Known::Absent, Known::Value))
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
            assert!(selector(operator, &["1"]).fits(|_| Known::Unknown));
        }
    }
}
