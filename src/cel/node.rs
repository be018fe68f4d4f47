//! An expression, ready to be evaluated: every name is a place, every call a function.

use regex::Regex;

use super::function::Overload;
use super::operators::Operator;
use super::types::Type;

/// A part of an expression.
#[derive(Debug)]
pub(super) enum Node {
    Literal(Literal),
    /// A variable that is given.
    Input(usize),
    /// A variable of a comprehension.
    Local(usize),
    /// A field; of an optional value, an optional one.
    Select {
        of: Box<Self>,
        field: Box<str>,
        is_optional: bool,
    },
    /// Whether there is a field.
    Has {
        of: Box<Self>,
        field: Box<str>,
    },
    Index {
        of: Box<Self>,
        at: Box<Self>,
        is_optional: bool,
    },
    Binary(Operator, Box<(Self, Self)>),
    And(Box<(Self, Self)>),
    Or(Box<(Self, Self)>),
    Not(Box<Self>),
    Negate(Box<Self>),
    Choice(Box<(Self, Self, Self)>),
    List(Vec<Element>),
    Map(Vec<Entry>),
    Call {
        name: &'static str,
        overloads: Box<[Overload]>,
        arguments: Vec<Self>,
    },
    Search(Box<Search>),
    Fold(Box<Fold>),
    /// What is in an optional value, or another value; the other one is optional as well where the
    /// whole is to be.
    OrElse {
        of: Box<Self>,
        other: Box<Self>,
        is_optional: bool,
    },
    /// What is made of what is in an optional value.
    IfThere {
        of: Box<Self>,
        local: usize,
        body: Box<Self>,
        is_optional: bool,
    },
}

/// A value that is written down.
#[derive(Debug)]
pub(super) enum Literal {
    Null,
    Bool(bool),
    Int(i64),
    Uint(u64),
    Double(f64),
    String(Box<str>),
    Bytes(Box<[u8]>),
    Type(Type),
}

/// An element of a list that is written down.
#[derive(Debug)]
pub(super) struct Element {
    pub(super) value: Node,
    /// Whether it is left out where it is not there.
    pub(super) is_optional: bool,
}

/// An entry of a map that is written down.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) key: Node,
    pub(super) value: Node,
    /// Whether it is left out where it is not there.
    pub(super) is_optional: bool,
}

/// A search by a regular expression.
#[derive(Debug)]
pub(super) struct Search {
    pub(super) what: Sought,
    pub(super) text: Node,
    pub(super) pattern: Pattern,
}

/// A regular expression: made ready where it is written down.
#[derive(Debug)]
pub(super) enum Pattern {
    Ready(Box<Regex>),
    Made(Node),
}

/// What is sought.
#[derive(Debug)]
pub(super) enum Sought {
    /// Whether there is a match.
    Any,
    /// The first match.
    First,
    /// All matches, or this many.
    All(Option<Node>),
}

/// A comprehension.
#[derive(Debug)]
pub(super) struct Fold {
    pub(super) kind: FoldKind,
    pub(super) range: Node,
    /// The place of its first variable.
    pub(super) local: usize,
    /// Whether there is a second variable behind it.
    pub(super) has_two: bool,
    /// What holds of the elements that count.
    pub(super) filter: Option<Node>,
    pub(super) body: Node,
}

/// What becomes of the elements.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FoldKind {
    /// `all`
    All,
    /// `exists`
    Exists,
    /// `exists_one`
    ExistsOne,
    /// `map`, and `transformList`
    List,
    /// `filter`
    Filter,
    /// `transformMap`
    Map,
    /// `transformMapEntry`
    Entries,
    /// `sortBy`
    SortBy,
}
