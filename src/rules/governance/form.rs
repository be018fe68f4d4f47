//! Forms that a value may have.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::text::Wildcard;

/// A form, in which `*` is for any characters and `?` for one; made ready when the policy is read.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Form {
    text: String,
    wildcard: Wildcard,
}

impl Form {
    /// The form that is written so.
    pub(super) fn new(text: impl Into<String>) -> Self {
        let text = text.into();
        Self { wildcard: Wildcard::new(&text), text }
    }

    /// As it is written.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Whether a value has it.
    pub(super) fn fits(&self, value: &str) -> bool {
        self.wildcard.fits(value)
    }
}

impl<'de> Deserialize<'de> for Form {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        String::deserialize(input).map(Self::new)
    }
}

impl Serialize for Form {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl JsonSchema for Form {
    fn schema_name() -> Cow<'static, str> {
        "Form".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "minLength": 1, "maxLength": 253})
    }
}
