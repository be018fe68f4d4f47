//! YAML (and so JSON) with positions: what the user wrote, and where each field of it stands.
//!
//! Reads a stream of documents as `kubectl` does: cut as it cuts it ([`stream`]), YAML 1.1 scalars
//! ([`scalar`]), merge keys, and JSON. What `kubectl` refuses, or passes over without a word, is an
//! error. A document that cannot be read is reported and the next one is read all the same. Every
//! size is bounded: nesting, nodes made by aliases.

#![deny(clippy::disallowed_methods)]

mod build;
mod de;
mod entries;
mod fault;
mod node;
mod scalar;
mod stream;
mod tag;
mod taken;
mod written;

pub use build::documents;
pub use fault::{FieldError, Mismatch, words};
pub use node::{Entry, Node, Place, Value};
pub use taken::{FieldsRead, Recording, SECRETIVE};

use thiserror::Error;

/// The deepest nesting that is read. The API server's own limit for JSON is 10,000; nothing that
/// people write comes near this one, and a tree of it fits any stack.
pub const NESTING_LIMIT: usize = 256;

/// How much aliases may add to one document, and anchors hold: in nodes, of 32 bytes of text each.
pub const ALIAS_LIMIT: usize = 100_000;

/// Why a document could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{problem}")]
pub struct Error {
    /// What is wrong.
    pub problem: DocumentProblem,
    /// Where it is.
    pub place: Place,
}

/// What may be wrong with a document.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum DocumentProblem {
    /// The text is not YAML.
    #[error("not valid YAML: {0}")]
    Syntax(String),
    /// A mapping holds one key twice; which one would count depends on the reader.
    #[error("the key `{0}` is there twice; remove one of the two")]
    DuplicateKey(String),
    /// A mapping's key is a mapping, a list or null.
    #[error("a key must be plain text; put it in quotes if text is meant")]
    KeyNotText,
    /// A number that JSON cannot hold.
    #[error("`{0}` has no form in JSON; put it in quotes if text is meant")]
    NotJson(String),
    /// More nesting than [`NESTING_LIMIT`].
    #[error("nested deeper than {NESTING_LIMIT} levels")]
    TooDeep,
    /// Aliases that would unfold to more than [`ALIAS_LIMIT`] nodes.
    #[error("aliases unfold to more than {ALIAS_LIMIT} nodes")]
    TooManyAliases,
    /// A tag of YAML that nobody writes a manifest with.
    #[error("`!!{0}` is not read; write the text itself")]
    TagNotRead(&'static str),
    /// A tag before a value of another type.
    #[error("what stands behind `!!{0}` is none; write the value without the tag")]
    Mistagged(&'static str),
    /// A character that ends text in C programs and that no field of Kubernetes can hold.
    #[error("a NUL character, which nothing in Kubernetes can hold; remove it")]
    Nul,
    /// A line that begins with `---` and is no separator of documents.
    #[error("behind `---` nothing may stand but a comment; begin the document on the next line")]
    Separator,
    /// A second document in the place of one: `kubectl` passes over it without a word.
    #[error("more text behind the end of the document; write `---` on a line of its own before it")]
    Unseparated,
    /// Text behind two values of JSON or more.
    #[error("not JSON, as what stands before it is")]
    AfterJson,
    /// An escape in double quotes that is known to JSON and not to YAML 1.1.
    #[error(
        "`\\/` and `\\ud800` to `\\udfff` are escapes of JSON only; write the character itself"
    )]
    Escape,
    /// A tag without a value in a flow collection: to YAML 1.1 the comma behind it may be a part of it.
    #[error("a tag with nothing behind it; write the value out")]
    TagAlone,
    /// A colon behind a plain key of a flow collection and nothing behind it: YAML 1.1 takes it for a
    /// part of the text.
    #[error("between brackets or braces a colon needs a space behind it")]
    TightColon,
    /// A question mark in a plain scalar of a flow collection, where YAML 1.1 has a key begin.
    #[error("a question mark between brackets or braces begins a key; put the text in quotes")]
    QuestionMark,
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
