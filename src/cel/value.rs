//! What expressions come to.

use std::cmp::Ordering;
use std::net::IpAddr;
use std::ops::Deref;
use std::rc::Rc;

use jiff::SignedDuration;
use jiff::civil::DateTime;

use super::cidr::Cidr;
use super::form::NamedFormat;
use super::meter::Failure;
use super::numbers::Number;
use super::types::Type;
use super::uri::Uri;
use crate::subject::Quantity;
use crate::subject::{Fields, Tree};

/// A value: what is in the object is borrowed from its tree.
#[derive(Debug, Clone)]
pub enum Value<'t> {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A whole number without a sign.
    Uint(u64),
    /// Any other number.
    Double(f64),
    /// Text.
    String(Text<'t>),
    /// Bytes.
    Bytes(Rc<[u8]>),
    /// A list.
    List(List<'t>),
    /// A map.
    Map(Map<'t>),
    /// A span of time.
    Duration(SignedDuration),
    /// A point in time, as UTC has it.
    Timestamp(DateTime),
    /// A type.
    Type(Type),
    /// What may not be there.
    Optional(Option<Rc<Self>>),
    /// An amount of a resource.
    Quantity(Quantity),
    /// A URL.
    Url(Rc<Uri>),
    /// An address.
    Ip(IpAddr),
    /// A range of addresses.
    Cidr(Cidr),
    /// A version.
    Semver(Rc<semver::Version>),
    /// A form of text.
    Format(&'static NamedFormat),
}

/// Text, borrowed or made on the way.
#[derive(Debug, Clone)]
pub enum Text<'t> {
    /// Of the object, or of the expression.
    Borrowed(&'t str),
    /// Made.
    Made(Rc<str>),
}

impl Deref for Text<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        match self {
            Self::Borrowed(text) => text,
            Self::Made(text) => text,
        }
    }
}

/// A list, of the object or made.
#[derive(Debug, Clone)]
pub enum List<'t> {
    /// Of the object.
    Tree(&'t [Tree<'t>]),
    /// Made.
    Made(Rc<MadeList<'t>>),
}

/// A map, of the object or made.
#[derive(Debug, Clone)]
pub enum Map<'t> {
    /// Of the object.
    Tree(&'t Fields<'t>),
    /// Made.
    Made(Rc<MadeMap<'t>>),
}

/// A list that was made, and how deep others are in it.
#[derive(Debug)]
pub struct MadeList<'t> {
    pub(super) items: Vec<Value<'t>>,
    pub(super) depth: usize,
}

/// A map that was made, in the order of its keys, and how deep others are in it.
#[derive(Debug)]
pub struct MadeMap<'t> {
    pub(super) entries: Vec<(Value<'t>, Value<'t>)>,
    pub(super) depth: usize,
    /// What it is, where there are more keys than are known here.
    pub(super) open: Option<&'static str>,
}

impl<'t> From<&'t Tree<'t>> for Value<'t> {
    fn from(tree: &'t Tree<'t>) -> Self {
        match tree {
            Tree::Null => Self::Null,
            Tree::Bool(value) => Self::Bool(*value),
            Tree::Int(value) => Self::Int(*value),
            Tree::Double(value) => Self::Double(*value),
            Tree::Text(text) => Self::String(Text::Borrowed(text)),
            Tree::List(list) => Self::List(List::Tree(list)),
            Tree::Map(fields) => Self::Map(Map::Tree(fields)),
        }
    }
}

impl Value<'_> {
    /// Text that was made; its bytes are to be counted before.
    pub(super) fn made(text: impl Into<Rc<str>>) -> Self {
        Self::String(Text::Made(text.into()))
    }

    /// Its type.
    pub fn of_type(&self) -> Type {
        match self {
            Self::Null => Type::Null,
            Self::Bool(_) => Type::Bool,
            Self::Int(_) => Type::Int,
            Self::Uint(_) => Type::Uint,
            Self::Double(_) => Type::Double,
            Self::String(_) => Type::String,
            Self::Bytes(_) => Type::Bytes,
            Self::List(_) => Type::List,
            Self::Map(_) => Type::Map,
            Self::Duration(_) => Type::Duration,
            Self::Timestamp(_) => Type::Timestamp,
            Self::Type(_) => Type::Type,
            Self::Optional(_) => Type::Optional,
            Self::Quantity(_) => Type::Quantity,
            Self::Url(_) => Type::Url,
            Self::Ip(_) => Type::Ip,
            Self::Cidr(_) => Type::Cidr,
            Self::Semver(_) => Type::Semver,
            Self::Format(_) => Type::Format,
        }
    }

    /// The number that it is.
    pub(super) fn number(&self) -> Option<Number> {
        match self {
            Self::Int(number) => Some(Number::Int(*number)),
            Self::Uint(number) => Some(Number::Uint(*number)),
            Self::Double(number) => Some(Number::Double(*number)),
            _ => None,
        }
    }

    /// Its place in the order of keys; none of what is no key. Numbers are one key, whatever their
    /// type.
    pub(super) fn key(&self) -> Option<Key<'_>> {
        match self {
            Self::Bool(value) => Some(Key::Bool(*value)),
            Self::Double(number) if number.is_nan() => None,
            Self::String(text) => Some(Key::Text(text)),
            _ => self.number().map(Key::Number),
        }
    }

    /// How deep other values are in it.
    pub(super) fn depth(&self) -> usize {
        match self {
            // An object is no deeper than whoever reads JSON lets it be.
            Self::List(List::Tree(_)) | Self::Map(Map::Tree(_)) => 1,
            Self::List(List::Made(list)) => list.depth,
            Self::Map(Map::Made(map)) => map.depth,
            Self::Optional(Some(value)) => 1 + value.depth(),
            _ => 0,
        }
    }
}

impl<'t> List<'t> {
    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How long it is.
    pub fn len(&self) -> usize {
        match self {
            Self::Tree(list) => list.len(),
            Self::Made(list) => list.items.len(),
        }
    }

    /// The element at this place.
    pub fn get(&self, at: usize) -> Option<Value<'t>> {
        match self {
            Self::Tree(list) => list.get(at).map(Value::from),
            Self::Made(list) => list.items.get(at).cloned(),
        }
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = Value<'t>> + '_ {
        (0..self.len()).filter_map(|at| self.get(at))
    }
}

impl<'t> Map<'t> {
    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many keys there are.
    pub fn len(&self) -> usize {
        match self {
            Self::Tree(fields) => fields.len(),
            Self::Made(map) => map.entries.len(),
        }
    }

    /// The value of a field.
    pub fn field(&self, name: &str) -> Option<Value<'t>> {
        match self {
            Self::Tree(fields) => {
                let fields: &'t Fields<'t> = fields;
                fields.get(name).map(Value::from)
            }
            Self::Made(map) => map.get(&Key::Text(name)),
        }
    }

    /// Why a key that is not there is not there: nobody may know.
    pub(super) fn missing(&self) -> Failure {
        match self {
            Self::Made(map) => map.open.map_or(Failure::NoSuchKey, Failure::Unknown),
            Self::Tree(_) => Failure::NoSuchKey,
        }
    }

    /// Whether all keys are known.
    pub(super) fn is_closed(&self) -> bool {
        self.missing() == Failure::NoSuchKey
    }

    /// The value of a key.
    pub fn get(&self, key: &Value<'_>) -> Option<Value<'t>> {
        match (self, key.key()?) {
            (_, Key::Text(name)) => self.field(name),
            (Self::Tree(_), _) => None,
            (Self::Made(map), key) => map.get(&key),
        }
    }

    /// The key and the value at a place.
    pub fn entry(&self, at: usize) -> Option<(Value<'t>, Value<'t>)> {
        match self {
            Self::Tree(fields) => {
                let fields: &'t Fields<'t> = fields;
                let (name, value) = fields.at(at)?;
                Some((Value::String(Text::Borrowed(name)), value.into()))
            }
            Self::Made(map) => map.entries.get(at).cloned(),
        }
    }
}

/// A key of a map.
#[derive(Debug, Clone, Copy)]
pub(super) enum Key<'v> {
    Bool(bool),
    Number(Number),
    Text(&'v str),
}

impl Key<'_> {
    pub(super) fn order(&self, other: &Key<'_>) -> Ordering {
        let rank = |key: &Key<'_>| match key {
            Key::Bool(_) => 0,
            Key::Number(_) => 1,
            Key::Text(_) => 2,
        };
        match (self, other) {
            (Key::Bool(a), Key::Bool(b)) => a.cmp(b),
            (Key::Text(a), Key::Text(b)) => (*a).cmp(b),
            (Key::Number(a), Key::Number(b)) => a.compare(*b).unwrap_or(Ordering::Equal),
            _ => rank(self).cmp(&rank(other)),
        }
    }
}

impl<'t> MadeMap<'t> {
    fn get(&self, wanted: &Key<'_>) -> Option<Value<'t>> {
        let order = |key: &Value<'t>| key.key().map_or(Ordering::Less, |key| key.order(wanted));
        let at = self.entries.binary_search_by(|(key, _)| order(key));
        at.ok().and_then(|at| self.entries.get(at)).map(|(_, value)| value.clone())
    }
}
