//! What an expression may ask for, and what may be wrong with it.

use thiserror::Error;

use super::types::Type;

/// The longest expression, in bytes.
pub const SOURCE_LIMIT: usize = 8 << 10;

/// The variables that an expression may ask for, each at its place.
#[derive(Debug, Clone, Default)]
pub struct Environment {
    inputs: Vec<(String, Type)>,
}

/// What is wrong with an expression, and where.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Error)]
#[error("line {line}, column {column}: {message}")]
pub struct Mistake {
    /// The line, from 1.
    pub line: usize,
    /// The character in it, from 1.
    pub column: usize,
    /// What is wrong.
    pub message: String,
}

impl Environment {
    /// The same with one more variable, of a type where that is known. With a dot in its name it is
    /// a field of a variable that has no other fields than such.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, of: Type) -> Self {
        self.inputs.push((name.into(), of));
        self
    }

    /// The place of a variable, and its type.
    pub(super) fn find(&self, name: &str) -> Option<(usize, Type)> {
        let at = self.inputs.iter().position(|(known, _)| known == name)?;
        self.inputs.get(at).map(|(_, of)| (at, *of))
    }

    /// Whether there are variables that are fields of this one.
    pub(super) fn has_fields(&self, name: &str) -> bool {
        let is_field =
            |known: &str| known.strip_prefix(name).is_some_and(|rest| rest.starts_with('.'));
        self.inputs.iter().any(|(known, _)| is_field(known))
    }

    /// The names of all.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.inputs.iter().map(|(name, _)| name.as_str())
    }
}
