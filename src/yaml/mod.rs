//! YAML (and so JSON) with positions: what the user wrote, and where each field of it stands.
//!
//! Reads a stream of documents as `kubectl` does: YAML 1.1 scalars ([`scalar`]), merge keys, and
//! JSON as the subset of YAML that it is. A document that cannot be read is reported and the next
//! one is read all the same. Every size is bounded: nesting, nodes made by aliases.

#![deny(clippy::disallowed_methods)]

mod build;
mod node;
mod scalar;

pub use build::documents;
pub use node::{Entry, Node, Place, Value};

use thiserror::Error;

/// The deepest nesting that is read. The API server's own limit for JSON is 10,000; nothing that
/// people write comes near this one, and a tree of it fits any stack.
pub const DEPTH_LIMIT: usize = 256;

/// How much aliases may add to one document, and anchors hold: in nodes, of 32 bytes of text each.
pub const ALIAS_LIMIT: usize = 100_000;

/// Why a document could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{problem}")]
pub struct Error {
    /// What is wrong.
    pub problem: Problem,
    /// Where it is.
    pub place: Place,
}

/// What may be wrong with a document.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Problem {
    /// The text is not YAML.
    #[error("not valid YAML: {0}")]
    Syntax(String),
    /// A mapping holds one key twice; which one would count depends on the reader.
    #[error("the key `{0}` is there twice; remove one of the two")]
    DuplicateKey(String),
    /// A mapping's key is a mapping, a list or null.
    #[error("a key must be plain text")]
    KeyNotText,
    /// A number that JSON cannot hold.
    #[error("`{0}` has no form in JSON; put it in quotes if text is meant")]
    NotJson(String),
    /// More nesting than [`DEPTH_LIMIT`].
    #[error("nested deeper than {DEPTH_LIMIT} levels")]
    TooDeep,
    /// Aliases that would unfold to more than [`ALIAS_LIMIT`] nodes.
    #[error("aliases unfold to more than {ALIAS_LIMIT} nodes")]
    TooManyAliases,
    /// A value that is written in base 64; nobody writes a manifest so.
    #[error("`!!binary` is not read; write the text itself")]
    Binary,
    /// A line separator that ends a line for some readers and not for others.
    #[error("a line separator (U+0085, U+2028 or U+2029), which readers disagree about; remove it")]
    LineSeparator,
    /// An alias inside the node it names.
    #[error("an alias stands inside the node it names")]
    Recursive,
    /// A merge key (`<<`) whose value is neither a mapping nor a list of mappings.
    #[error("a merge key takes a mapping or a list of mappings")]
    BadMerge,
}
