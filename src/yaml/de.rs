//! A tree is read into a type as it is, with no text in between.

use serde::de::value::{BorrowedStrDeserializer, StrDeserializer};
use serde::de::{
    DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Unexpected, Visitor,
};
use serde::forward_to_deserialize_any;

use super::fault::FieldError;
use super::node::{Entry, Node, Value};
use crate::path::FieldPath;

/// How `serde_json` asks for a value as it is written, which a tree has forgotten.
pub(super) const AS_WRITTEN: &str = "$serde_json::private::RawValue";

impl<'de> Deserializer<'de> for &'de Node {
    type Error = FieldError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, FieldError> {
        match &self.value {
            Value::Null => visitor.visit_unit(),
            Value::Bool(value) => visitor.visit_bool(*value),
            Value::Number(number) => {
                match (self.whole_number(), number.as_u64(), number.as_i64()) {
                    (Some(whole), ..) | (None, None, Some(whole)) => visitor.visit_i64(whole),
                    (None, Some(whole), _) => visitor.visit_u64(whole),
                    (None, None, None) => visitor.visit_f64(number.as_f64().unwrap_or(f64::NAN)),
                }
            }
            Value::String(text) => visitor.visit_borrowed_str(text),
            Value::Sequence(nodes) => visitor.visit_seq(Elements::new(nodes, Plainly)),
            Value::Mapping(entries) => visitor.visit_map(Members::new(entries, Plainly)),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, FieldError> {
        match self.value {
            Value::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, FieldError> {
        if name == AS_WRITTEN {
            // Whether it is there is all that a tree can say.
            let text = if self.value == Value::Null { "null" } else { "{}" };
            return visitor.visit_map(AsWritten(Some(text)));
        }
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, FieldError> {
        match &self.value {
            Value::String(text) => visitor.visit_enum(StrDeserializer::new(text)),
            other => Err(FieldError::invalid_type(unexpected(other), &visitor)),
        }
    }

    /// A list is none, though serde would take one for the fields in their order.
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, FieldError> {
        match &self.value {
            Value::Sequence(_) => Err(FieldError::invalid_type(Unexpected::Seq, &visitor)),
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, FieldError> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct seq tuple tuple_struct map identifier
    }
}

fn unexpected(value: &Value) -> Unexpected<'_> {
    match value {
        Value::Null => Unexpected::Unit,
        Value::Bool(value) => Unexpected::Bool(*value),
        Value::Number(_) => Unexpected::Signed(0),
        Value::String(_) => Unexpected::Str(""),
        Value::Sequence(_) => Unexpected::Seq,
        Value::Mapping(_) => Unexpected::Map,
    }
}

/// How what stands below a node is opened for reading.
pub(super) trait Open<'n>: Copy {
    /// What a node is read as.
    type Tree: Deserializer<'n, Error = FieldError>;

    /// An entry is come to.
    fn key(self, entry: &Entry);

    /// Opens a node.
    fn open(self, node: &'n Node) -> Self::Tree;
}

/// As it is.
#[derive(Clone, Copy)]
struct Plainly;

impl<'n> Open<'n> for Plainly {
    type Tree = &'n Node;

    fn key(self, _: &Entry) {}

    fn open(self, node: &'n Node) -> &'n Node {
        node
    }
}

/// The elements of a list, one after the other.
pub(super) struct Elements<'n, O> {
    nodes: &'n [Node],
    at: usize,
    how: O,
}

impl<'n, O> Elements<'n, O> {
    pub(super) fn new(nodes: &'n [Node], how: O) -> Self {
        Self { nodes, at: 0, how }
    }
}

impl<'n, O: Open<'n>> SeqAccess<'n> for Elements<'n, O> {
    type Error = FieldError;

    fn next_element_seed<T: DeserializeSeed<'n>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, FieldError> {
        let Some(node) = self.nodes.get(self.at) else { return Ok(None) };
        let at = self.at;
        self.at += 1;
        let below = |fault: FieldError| fault.below(&FieldPath::root().index(at));
        seed.deserialize(self.how.open(node)).map(Some).map_err(below)
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.nodes.len() - self.at)
    }
}

/// The entries of a mapping, one after the other.
pub(super) struct Members<'n, O> {
    entries: &'n [Entry],
    at: usize,
    how: O,
}

impl<'n, O> Members<'n, O> {
    pub(super) fn new(entries: &'n [Entry], how: O) -> Self {
        Self { entries, at: 0, how }
    }
}

impl<'n, O: Open<'n>> MapAccess<'n> for Members<'n, O> {
    type Error = FieldError;

    fn next_key_seed<K: DeserializeSeed<'n>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, FieldError> {
        let Some(entry) = self.entries.get(self.at) else { return Ok(None) };
        self.how.key(entry);
        seed.deserialize(BorrowedStrDeserializer::new(&entry.key)).map(Some)
    }

    fn next_value_seed<T: DeserializeSeed<'n>>(&mut self, seed: T) -> Result<T::Value, FieldError> {
        let entry =
            self.entries.get(self.at).ok_or_else(|| FieldError::custom("a value without a key"))?;
        self.at += 1;
        let below = |fault: FieldError| fault.below(&FieldPath::root().key(entry.key.clone()));
        seed.deserialize(self.how.open(&entry.value)).map_err(below)
    }
}

struct AsWritten(Option<&'static str>);

impl<'de> MapAccess<'de> for AsWritten {
    type Error = FieldError;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, FieldError> {
        let key = self.0.map(|_| BorrowedStrDeserializer::new(AS_WRITTEN));
        key.map(|key| seed.deserialize(key)).transpose()
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<T::Value, FieldError> {
        seed.deserialize(BorrowedStrDeserializer::new(self.0.take().unwrap_or("null")))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Deserialize;

    use crate::yaml::{Mismatch, documents};

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields, rename_all = "camelCase")]
    struct Thing<'t> {
        #[serde(borrow)]
        name: &'t str,
        #[serde(default)]
        numbers: Vec<i32>,
        #[serde(default)]
        mode: Option<Mode>,
        #[serde(default)]
        labels: BTreeMap<String, bool>,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "lowercase")]
    enum Mode {
        Warn,
        Deny,
    }

    fn fault(text: &str) -> (String, Mismatch) {
        let node = documents(text).remove(0).expect("readable");
        let fault = Thing::deserialize(&node).expect_err(text);
        (fault.path.to_string(), fault.mismatch)
    }

    #[test]
    fn a_tree_is_read_without_a_copy_and_as_json_would_be() {
        let text = "name: a\nnumbers: [1, 2e3, -7]\nmode: warn\nlabels: {x: yes}\n";
        let node = documents(text).remove(0).expect("readable");
        let thing = Thing::deserialize(&node).expect("fits");
        let json = node.to_json();
        assert_eq!(thing, serde_json::from_str(&json).expect("the same as JSON"));
        assert_eq!(thing.numbers, [1, 2_000, -7]);
    }

    #[test]
    fn what_does_not_fit_is_told_as_data_with_its_path() {
        let found = |expected: &str, found| Mismatch::Type { expected: expected.to_owned(), found };
        let cases = [
            ("name: 7\n", "name", found("a string", "a number")),
            ("name: a\nnumbers: [1, x]\n", "numbers[1]", found("a whole number", "text")),
            ("name: a\nlabels: {x: {}}\n", "labels.x", found("a boolean", "a mapping")),
            ("name: a\nmode: [warn]\n", "mode", found("a word", "a list")),
            ("numbers: []\n", "", Mismatch::Missing("name")),
        ];
        for (text, path, mismatch) in cases {
            assert_eq!(fault(text), (path.to_owned(), mismatch), "{text}");
        }
        let (path, mismatch) = fault("name: a\nmode: Warn\n");
        assert_eq!(path, "mode");
        assert_eq!(
            mismatch,
            Mismatch::UnknownValue { value: "Warn".to_owned(), known: &["warn", "deny"] }
        );
        let known = &["name", "numbers", "mode", "labels"];
        let (_, mismatch) = fault("name: a\nnumber: 1\n");
        assert_eq!(mismatch, Mismatch::UnknownField { key: "number".to_owned(), known });
    }
}
