//! What does not fit when a tree is read into a type: data, not a sentence.

use std::fmt;

use serde::de::{self, Expected, Unexpected};

use crate::path::FieldPath;

/// Where something does not fit, and what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    /// The field, from where the reading began.
    pub path: FieldPath,
    /// What is wrong with it.
    pub mismatch: Mismatch,
}

/// What may be wrong with a field; never its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mismatch {
    /// It is of another type.
    Type {
        /// What was expected, in the words of people who write YAML.
        expected: String,
        /// What is there.
        found: &'static str,
    },
    /// A mapping has a key that nobody knows.
    UnknownField {
        /// The key.
        key: String,
        /// The keys that are known.
        known: &'static [&'static str],
    },
    /// It has none of the values that there are.
    UnknownValue {
        /// The value: a word where one of a few was expected.
        value: String,
        /// The values that there are.
        known: &'static [&'static str],
    },
    /// A mapping lacks a key.
    Missing(&'static str),
    /// A mapping has a key twice.
    Twice(&'static str),
    /// Anything else, in words.
    Other(String),
}

impl FieldError {
    fn here(mismatch: Mismatch) -> Self {
        Self { path: FieldPath::root(), mismatch }
    }

    /// The same, seen from one step further up.
    #[must_use]
    pub(super) fn below(self, step: &FieldPath) -> Self {
        let segments = [step.segments(), self.path.segments()].concat();
        Self { path: FieldPath::from_segments(segments), ..self }
    }
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Type { expected, found } => write!(f, "expected {expected}, found {found}"),
            Self::UnknownField { key, .. } => write!(f, "unknown field `{key}`"),
            Self::UnknownValue { value, .. } => write!(f, "unknown value `{value}`"),
            Self::Missing(key) => write!(f, "missing field `{key}`"),
            Self::Twice(key) => write!(f, "duplicate field `{key}`"),
            Self::Other(text) => f.write_str(text),
        }
    }
}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`: {}", self.path, self.mismatch)
    }
}

impl std::error::Error for FieldError {}

impl de::Error for FieldError {
    fn custom<T: fmt::Display>(text: T) -> Self {
        Self::here(Mismatch::Other(text.to_string()))
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        let expected = words(&expected.to_string()).to_owned();
        Self::here(Mismatch::Type { expected, found: kind_of(found) })
    }

    fn invalid_value(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::invalid_type(found, expected)
    }

    fn unknown_field(key: &str, known: &'static [&'static str]) -> Self {
        Self::here(Mismatch::UnknownField { key: key.to_owned(), known })
    }

    fn unknown_variant(value: &str, known: &'static [&'static str]) -> Self {
        Self::here(Mismatch::UnknownValue { value: value.to_owned(), known })
    }

    fn missing_field(key: &'static str) -> Self {
        Self::here(Mismatch::Missing(key))
    }

    fn duplicate_field(key: &'static str) -> Self {
        Self::here(Mismatch::Twice(key))
    }
}

fn kind_of(found: Unexpected<'_>) -> &'static str {
    match found {
        Unexpected::Bool(_) => "a boolean",
        Unexpected::Unsigned(_) | Unexpected::Signed(_) | Unexpected::Float(_) => "a number",
        Unexpected::Char(_) | Unexpected::Str(_) | Unexpected::Bytes(_) => "text",
        Unexpected::Unit | Unexpected::Option => "null",
        Unexpected::Seq => "a list",
        Unexpected::Map => "a mapping",
        _ => "something else",
    }
}

/// What was expected, in the words of people who write YAML.
pub fn words(expected: &str) -> &str {
    match expected {
        "i32" | "i64" | "u32" | "u64" | "u16" => "a whole number",
        "a sequence" => "a list",
        "a map" => "a mapping",
        e if e.starts_with("struct ") => "a mapping",
        e if e.starts_with("enum ") => "a word",
        "a borrowed string" => "a string",
        e if e.starts_with("option") => "another type",
        e => e,
    }
}
