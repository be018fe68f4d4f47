//! Reading a tree into a type, with a note of what the type has asked for.
//!
//! What may be shown of a user's text follows from this: a type that reads a field declares by it
//! that the field is of use to somebody, and by [`SECRETIVE`] that its value may be a secret.

use std::cell::RefCell;
use std::ops::Range;

use serde::de::{Deserializer, Visitor};
use serde::forward_to_deserialize_any;

use super::de::{AS_WRITTEN, Elements, Members, Open};
use super::fault::FieldError;
use super::node::{Entry, Node, Value};

/// The name of the newtype struct by which a type asks for text that may be a secret.
pub const SECRETIVE: &str = "$plimsoll::Secretive";

/// Where in the text stands what a type has read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FieldsRead {
    /// The keys of what was read, and values that may be shown.
    pub open: Vec<Range<usize>>,
    /// Values that may be secrets; what is also open is none the less one of them.
    pub secret: Vec<Range<usize>>,
}

impl FieldsRead {
    /// Notes all keys and values at and below a node as secret.
    fn hide(&mut self, node: &Node) {
        match &node.value {
            Value::Sequence(nodes) => nodes.iter().for_each(|node| self.hide(node)),
            Value::Mapping(entries) => {
                for entry in entries {
                    self.secret.push(entry.key_place.span.clone());
                    self.hide(&entry.value);
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
                self.secret.push(node.extent.clone());
            }
        }
    }
}

/// A tree that notes what is read of it.
#[derive(Debug, Clone, Copy)]
pub struct Recording<'w, 'n> {
    node: &'n Node,
    taken: &'w RefCell<FieldsRead>,
}

impl<'w, 'n> Recording<'w, 'n> {
    /// The tree, to be read with notes in `taken`.
    pub fn new(node: &'n Node, taken: &'w RefCell<FieldsRead>) -> Self {
        Self { node, taken }
    }

    /// Notes a value that is no collection; what is asked for without its type is read further down
    /// without a note, so that it stays hidden.
    fn note(self) {
        if !matches!(self.node.value, Value::Sequence(_) | Value::Mapping(_)) {
            self.taken.borrow_mut().open.push(self.node.extent.clone());
        }
    }
}

impl<'w, 'n> Open<'n> for &'w RefCell<FieldsRead> {
    type Tree = Recording<'w, 'n>;

    fn key(self, entry: &Entry) {
        self.borrow_mut().open.push(entry.key_place.span.clone());
    }

    fn open(self, node: &'n Node) -> Recording<'w, 'n> {
        Recording::new(node, self)
    }
}

macro_rules! noted {
    ($($method:ident)*) => {
        $(fn $method<V: Visitor<'n>>(self, visitor: V) -> Result<V::Value, FieldError> {
            self.note();
            self.node.deserialize_any(visitor)
        })*
    };
}

impl<'n> Deserializer<'n> for Recording<'_, 'n> {
    type Error = FieldError;

    noted! {
        deserialize_any deserialize_bool deserialize_char deserialize_str deserialize_string
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128
        deserialize_f32 deserialize_f64 deserialize_unit deserialize_identifier
    }

    fn deserialize_option<V: Visitor<'n>>(self, visitor: V) -> Result<V::Value, FieldError> {
        match self.node.value {
            Value::Null => {
                self.note();
                visitor.visit_none()
            }
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'n>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, FieldError> {
        match name {
            SECRETIVE => {
                self.taken.borrow_mut().hide(self.node);
                visitor.visit_newtype_struct(self.node)
            }
            AS_WRITTEN => {
                self.taken.borrow_mut().hide(self.node);
                self.node.deserialize_newtype_struct(name, visitor)
            }
            _ => visitor.visit_newtype_struct(self),
        }
    }

    fn deserialize_seq<V: Visitor<'n>>(self, visitor: V) -> Result<V::Value, FieldError> {
        match &self.node.value {
            Value::Sequence(nodes) => visitor.visit_seq(Elements::new(nodes, self.taken)),
            _ => self.node.deserialize_any(visitor),
        }
    }

    fn deserialize_map<V: Visitor<'n>>(self, visitor: V) -> Result<V::Value, FieldError> {
        match &self.node.value {
            Value::Mapping(entries) => visitor.visit_map(Members::new(entries, self.taken)),
            _ => self.node.deserialize_any(visitor),
        }
    }

    fn deserialize_struct<V: Visitor<'n>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, FieldError> {
        self.deserialize_map(visitor)
    }

    fn deserialize_enum<V: Visitor<'n>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, FieldError> {
        self.note();
        self.node.deserialize_enum(name, variants, visitor)
    }

    fn deserialize_ignored_any<V: Visitor<'n>>(self, visitor: V) -> Result<V::Value, FieldError> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! { <V: Visitor<'n>> bytes byte_buf unit_struct tuple tuple_struct }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use serde::Deserialize;
    use serde::de::IgnoredAny;

    use super::*;
    use crate::yaml::documents;

    struct Kept;

    impl<'de> Deserialize<'de> for Kept {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            struct Inner;
            impl<'de> Visitor<'de> for Inner {
                type Value = Kept;
                fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                    f.write_str("text")
                }
                fn visit_newtype_struct<D: Deserializer<'de>>(
                    self,
                    deserializer: D,
                ) -> Result<Kept, D::Error> {
                    Cow::<str>::deserialize(deserializer).map(|_| Kept)
                }
            }
            deserializer.deserialize_newtype_struct(SECRETIVE, Inner)
        }
    }

    #[derive(Deserialize)]
    #[expect(dead_code, reason = "only the reading is looked at")]
    struct Thing<'t> {
        #[serde(borrow)]
        name: Cow<'t, str>,
        number: Option<u32>,
        list: Vec<bool>,
        secret: Kept,
        #[serde(default)]
        skipped: IgnoredAny,
    }

    #[test]
    fn what_a_type_reads_is_open_what_it_keeps_secret_is_not_and_the_rest_is_neither() {
        let text =
            "name: &n a\nnumber: 7\nlist: [yes, no]\nsecret: *n\nskipped: {x: 1}\nother: [2]\n";
        let node = documents(text).remove(0).expect("readable");
        let taken = RefCell::default();
        Thing::deserialize(Recording::new(&node, &taken)).expect("fits");
        let taken = taken.into_inner();
        let texts = |spans: &[Range<usize>]| {
            spans.iter().filter_map(|span| text.get(span.clone())).collect::<Vec<_>>()
        };
        let open = ["name", "a", "number", "7", "list", "yes", "no", "secret", "skipped", "other"];
        assert_eq!(texts(&taken.open), open);
        assert_eq!(texts(&taken.secret), ["*n"]);
    }
}
