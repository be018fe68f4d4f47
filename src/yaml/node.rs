//! The tree of one document: values as JSON knows them, each with its place in the text.

use std::ops::Range;

use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};

use crate::path::{FieldPath, Segment};

/// A place in the text of a file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Place {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// The bytes of the text; may be empty, never ends inside a character.
    pub span: Range<usize>,
}

/// A value and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// The value.
    pub value: Value,
    /// Where it begins; for a mapping or a list, its first line.
    pub place: Place,
    /// All the bytes that it is written with.
    pub extent: Range<usize>,
}

/// A value as JSON knows it.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// `null`, also an absent value.
    Null,
    /// A boolean.
    Bool(bool),
    /// A number: an integer where it fits one.
    Number(serde_json::Number),
    /// Text.
    String(String),
    /// A list.
    Sequence(Vec<Node>),
    /// A mapping, in the order written; keys are unique.
    Mapping(Vec<Entry>),
}

/// One entry of a mapping.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The key.
    pub key: String,
    /// Where the key stands.
    pub key_place: Place,
    /// The value.
    pub value: Node,
}

impl Node {
    /// The value of key `key`, where this is a mapping that has it.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entry(key).map(|entry| &entry.value)
    }

    /// The entry of key `key`, where this is a mapping that has it.
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        match &self.value {
            Value::Mapping(entries) => entries.iter().find(|entry| entry.key == key),
            _ => None,
        }
    }

    /// The text, where this is text.
    pub fn as_str(&self) -> Option<&str> {
        match &self.value {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    /// The elements, where this is a list.
    pub fn as_sequence(&self) -> Option<&[Node]> {
        match &self.value {
            Value::Sequence(nodes) => Some(nodes),
            _ => None,
        }
    }

    /// Adds an entry to a mapping that has none of that key.
    pub fn fill_in(&mut self, key: &str, value: &str) {
        let (key_place, extent) = (self.place.clone(), self.extent.start..self.extent.start);
        if let Value::Mapping(entries) = &mut self.value
            && !entries.iter().any(|entry| entry.key == key)
        {
            let value =
                Node { value: Value::String(value.to_owned()), place: key_place.clone(), extent };
            entries.push(Entry { key: key.to_owned(), key_place, value });
        }
    }

    /// The place to point at for `path`: the last key or element of it that is written down.
    ///
    /// A finding is often about a field that is not there; then its nearest parent is pointed at.
    pub fn locate(&self, path: &FieldPath) -> &Place {
        let mut node = self;
        let mut place = &self.place;
        for segment in path.segments() {
            let step = match segment {
                Segment::Key(key) => node.entry(key).map(|e| (&e.key_place, &e.value)),
                Segment::Index(index) => {
                    node.as_sequence().and_then(|s| s.get(*index)).map(|n| (&n.place, n))
                }
            };
            let Some((next_place, next)) = step else { break };
            place = next_place;
            node = next;
        }
        place
    }

    /// The tree as JSON text: what `kubectl` would send for this document.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// How much the tree holds: its nodes, and its text by 32 bytes.
    pub(super) fn weight(&self) -> usize {
        1 + match &self.value {
            Value::Sequence(nodes) => nodes.iter().map(Node::weight).sum(),
            Value::Mapping(entries) => {
                entries.iter().map(|e| e.value.weight() + e.key.len() / 32).sum()
            }
            Value::String(text) => text.len() / 32,
            _ => 0,
        }
    }
}

impl Serialize for Node {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.value {
            Value::Null => serializer.serialize_unit(),
            Value::Bool(value) => serializer.serialize_bool(*value),
            Value::Number(value) => value.serialize(serializer),
            Value::String(value) => serializer.serialize_str(value),
            Value::Sequence(nodes) => {
                let mut sequence = serializer.serialize_seq(Some(nodes.len()))?;
                for node in nodes {
                    sequence.serialize_element(node)?;
                }
                sequence.end()
            }
            Value::Mapping(entries) => {
                let mut map = serializer.serialize_map(Some(entries.len()))?;
                for entry in entries {
                    map.serialize_entry(&entry.key, &entry.value)?;
                }
                map.end()
            }
        }
    }
}
