//! The tree of one document: values as JSON knows them, each with its place in the text.

use std::fmt::Write as _;
use std::ops::Range;

use serde_json::Number;

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

    /// Gives a mapping's key `key` this text, in the place of what it has.
    pub fn put_text(&mut self, key: &str, text: &str) {
        let place = self.place.clone();
        let extent = self.extent.start..self.extent.start;
        let Value::Mapping(entries) = &mut self.value else { return };
        let value = Value::String(text.to_owned());
        match entries.iter_mut().find(|entry| entry.key == key) {
            Some(entry) => entry.value.value = value,
            None => entries.push(Entry {
                key: key.to_owned(),
                key_place: place.clone(),
                value: Node { value, place, extent },
            }),
        }
    }

    /// What stands at `path`; none where nothing does.
    pub fn find(&self, path: &FieldPath) -> Option<&Node> {
        path.segments().iter().try_fold(self, |node, segment| match segment {
            Segment::Key(key) => node.get(key),
            Segment::Index(index) => node.as_sequence()?.get(*index),
        })
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
        let mut text = String::new();
        self.write_json(&mut text);
        text
    }

    /// The tree as a value, which is the same object as [`to_json`](Self::to_json)'s.
    pub fn to_value(&self) -> serde_json::Value {
        use serde_json::Value as Json;
        match &self.value {
            Value::Null => Json::Null,
            Value::Bool(value) => Json::Bool(*value),
            Value::Number(value) => whole(value).map_or_else(|| value.clone().into(), Json::from),
            Value::String(value) => Json::String(value.clone()),
            Value::Sequence(nodes) => Json::Array(nodes.iter().map(Self::to_value).collect()),
            Value::Mapping(entries) => {
                Json::Object(entries.iter().map(|e| (e.key.clone(), e.value.to_value())).collect())
            }
        }
    }

    /// By hand, because there is nothing in it that can fail: what cannot be written must not turn
    /// into an empty object on the way of a verdict.
    fn write_json(&self, out: &mut String) {
        match &self.value {
            Value::Null => out.push_str("null"),
            Value::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
            Value::Number(value) => out.push_str(&match whole(value) {
                Some(whole) => whole.to_string(),
                None => value.to_string(),
            }),
            Value::String(value) => write_string(value, out),
            Value::Sequence(nodes) => {
                out.push('[');
                for (index, node) in nodes.iter().enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    node.write_json(out);
                }
                out.push(']');
            }
            Value::Mapping(entries) => {
                out.push('{');
                for (index, entry) in entries.iter().enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    write_string(&entry.key, out);
                    out.push(':');
                    entry.value.write_json(out);
                }
                out.push('}');
            }
        }
    }

    /// A number that JSON has as a whole one though it is written as a float.
    pub(super) fn whole_number(&self) -> Option<i64> {
        match &self.value {
            Value::Number(number) => whole(number),
            _ => None,
        }
    }

    /// Takes out what stands at `path`; false where nothing does.
    pub fn remove(&mut self, path: &FieldPath) -> bool {
        let Some((last, above)) = path.segments().split_last() else { return false };
        let mut node = self;
        for segment in above {
            let next = match (segment, &mut node.value) {
                (Segment::Key(key), Value::Mapping(entries)) => {
                    entries.iter_mut().find(|entry| entry.key == *key).map(|entry| &mut entry.value)
                }
                (Segment::Index(index), Value::Sequence(nodes)) => nodes.get_mut(*index),
                _ => None,
            };
            let Some(next) = next else { return false };
            node = next;
        }
        match (last, &mut node.value) {
            (Segment::Key(key), Value::Mapping(entries)) => {
                let before = entries.len();
                entries.retain(|entry| entry.key != *key);
                entries.len() < before
            }
            (Segment::Index(index), Value::Sequence(nodes)) if *index < nodes.len() => {
                nodes.remove(*index);
                true
            }
            _ => false,
        }
    }

    /// How many levels of nesting the tree has; text and the like have none.
    pub(super) fn height(&self) -> usize {
        let below = match &self.value {
            Value::Sequence(nodes) => nodes.iter().map(Self::height).max(),
            Value::Mapping(entries) => entries.iter().map(|e| e.value.height()).max(),
            _ => return 0,
        };
        1 + below.unwrap_or(0)
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

/// A float without a fraction, as Go writes it: `1e3` is sent as `1000`.
fn whole(number: &Number) -> Option<i64> {
    /// 2 to the power of 63, the first number that is too large.
    const END: f64 = 9_223_372_036_854_775_808.0;
    let value = number.as_f64().filter(|_| number.is_f64())?;
    #[expect(clippy::cast_possible_truncation, reason = "it is whole, and within the bounds")]
    (value.fract() == 0.0 && (-END..END).contains(&value)).then_some(value as i64)
}

fn write_string(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c < ' ' => {
                // Writing to a string cannot fail.
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use crate::yaml::documents;

    #[test]
    fn text_and_tree_are_the_same_object_however_deep() {
        let deep = format!("{}1e3{}", "[".repeat(200), "]".repeat(200));
        let text =
            format!("{{a: \"x\\n\\x01\\\"\\\\é\", b: [1.5, -0.0, 1e20, 9e18, ~], c: {deep}}}\n");
        let node = documents(&text).remove(0).expect("readable");
        assert_eq!(node.to_value().to_string(), node.to_json());
        assert!(
            node.to_json().contains(r#""b":[1.5,0,1e+20,9000000000000000000,null]"#),
            "{}",
            node.to_json()
        );
        assert!(node.to_json().contains("[1000]"));
    }
}
