//! What a policy may set about a rule.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What every parameter type of a rule can do.
pub trait Params:
    for<'de> Deserialize<'de> + Serialize + JsonSchema + Clone + Send + Sync + 'static
{
    /// What is wrong with the values, where a type cannot say it: also one that nothing a rule
    /// looks at could ever have, as a rule that waits for it demands less than it says.
    fn problems(&self) -> Vec<BadValue> {
        Vec::new()
    }
}

/// A value that a parameter of a rule cannot have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadValue {
    /// The parameter.
    pub parameter: &'static str,
    /// Which element of it, where it is a list.
    pub element: Option<usize>,
    /// What is wrong with it, to be read after the field.
    pub reason: String,
}

impl BadValue {
    /// The elements of a list with which something is wrong; an empty list where `empty` says that
    /// there must be one.
    pub(super) fn in_list(
        parameter: &'static str,
        list: &[String],
        empty: Option<&str>,
        problem: impl Fn(&str) -> Option<String>,
    ) -> Vec<Self> {
        let none = empty.filter(|_| list.is_empty());
        let none = none.map(|reason| Self { parameter, element: None, reason: reason.to_owned() });
        let wrong = list.iter().enumerate().filter_map(|(index, value)| {
            Some(Self { parameter, element: Some(index), reason: problem(value)? })
        });
        none.into_iter().chain(wrong).collect()
    }
}

/// For rules that take no parameters.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NoParams {}

impl Params for NoParams {}
