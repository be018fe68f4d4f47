//! Regular expressions of a policy.

use std::borrow::Cow;

use regex::{Regex, RegexBuilder};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// How much memory a compiled expression may take, in bytes.
const SIZE: usize = 256 << 10;

/// A regular expression, and what it is written as; one that is none fits nothing, and is a problem
/// of the policy.
///
/// The syntax is that of the crate `regex`, which is RE2's: no look-around, no back-references, and so
/// no text that takes long. It fits where it is found anywhere, unless `^` and `$` say otherwise.
#[derive(Debug, Clone)]
pub(crate) struct Pattern {
    text: String,
    regex: Option<Regex>,
}

impl Pattern {
    fn new(text: String) -> Self {
        let built = RegexBuilder::new(&text).size_limit(SIZE).build();
        let Ok(regex) = built else { return Self { text, regex: None } };
        Self { text, regex: Some(regex) }
    }

    /// As it is written.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Whether it is a regular expression at all.
    pub(super) fn is_good(&self) -> bool {
        self.regex.is_some()
    }

    /// Whether it is found in a value.
    pub(super) fn fits(&self, value: &str) -> bool {
        self.regex.as_ref().is_some_and(|regex| regex.is_match(value))
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl<'de> Deserialize<'de> for Pattern {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        String::deserialize(input).map(Self::new)
    }
}

impl Serialize for Pattern {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl JsonSchema for Pattern {
    fn schema_name() -> Cow<'static, str> {
        "Pattern".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "minLength": 1, "maxLength": 1000})
    }
}
