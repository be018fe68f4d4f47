//! An object as expressions see it: a tree over the bytes that it was read from.

use std::borrow::Cow;
use std::cell::Cell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// A node of an object. Numbers are as Kubernetes reads them (`k8s.io/apimachinery/pkg/util/json`):
/// whole ones that fit are integers, all others are not.
#[derive(Debug, Clone, PartialEq)]
pub enum Tree<'a> {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// Any other number.
    Double(f64),
    /// Text.
    Text(Cow<'a, str>),
    /// A list.
    List(Vec<Self>),
    /// A mapping.
    Map(Fields<'a>),
}

impl Tree<'_> {
    /// The field of this name, where it is a mapping that has one.
    pub fn field(&self, name: &str) -> Option<&Self> {
        if let Self::Map(fields) = self { fields.get(name) } else { None }
    }

    /// The element at this place, where it is a list that has one.
    pub fn item(&self, at: usize) -> Option<&Self> {
        if let Self::List(list) = self { list.get(at) } else { None }
    }
}

/// The fields of a mapping in the order of their names; of a name that is there twice, the last.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Fields<'a>(Vec<(Cow<'a, str>, Tree<'a>)>);

impl<'a> Fields<'a> {
    /// The fields, in whatever order they come.
    pub fn new(mut fields: Vec<(Cow<'a, str>, Tree<'a>)>) -> Self {
        // The last one counts: it has to be the first of those that are alike.
        fields.reverse();
        fields.sort_by(|(one, _), (other, _)| one.cmp(other));
        fields.dedup_by(|(one, _), (other, _)| one == other);
        Self(fields)
    }

    /// The field of this name.
    pub fn get(&self, name: &str) -> Option<&Tree<'a>> {
        let at = self.0.partition_point(|(known, _)| known.as_ref() < name);
        self.0.get(at).filter(|(known, _)| known == name).map(|(_, tree)| tree)
    }

    /// The same with one more field, which counts where one of its name is there.
    #[must_use]
    pub fn with(&self, name: &'static str, value: Tree<'a>) -> Self {
        let mut fields = self.0.clone();
        fields.push((Cow::Borrowed(name), value));
        Self::new(fields)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The name and the value of the one at this place.
    pub fn at(&self, at: usize) -> Option<(&str, &Tree<'a>)> {
        self.0.get(at).map(|(name, tree)| (name.as_ref(), tree))
    }
}

/// Reads a tree of no more than so many bytes.
#[derive(Debug)]
pub struct TreeSeed<'c> {
    room: &'c Cell<usize>,
}

impl<'c> TreeSeed<'c> {
    /// As much as there is room for, from which it is taken.
    pub fn within(room: &'c Cell<usize>) -> Self {
        Self { room }
    }

    fn take<E: Error>(&self, bytes: usize) -> Result<(), E> {
        let left = self.room.get().checked_sub(bytes);
        self.room.set(left.unwrap_or(0));
        left.map(drop).ok_or_else(|| E::custom("more than is looked at as a whole"))
    }
}

/// What a node takes in its list, and a field in its mapping.
const NODE: usize = size_of::<Tree<'_>>();
const FIELD: usize = size_of::<(Cow<'_, str>, Tree<'_>)>();

impl<'de> DeserializeSeed<'de> for TreeSeed<'_> {
    type Value = Tree<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Tree<'de>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for TreeSeed<'_> {
    type Value = Tree<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E: Error>(self) -> Result<Tree<'de>, E> {
        Ok(Tree::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Tree<'de>, E> {
        Ok(Tree::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Tree<'de>, E> {
        Ok(Tree::Int(value))
    }

    #[expect(clippy::cast_precision_loss, reason = "as Kubernetes reads what is too large")]
    fn visit_u64<E: Error>(self, value: u64) -> Result<Tree<'de>, E> {
        Ok(i64::try_from(value).map_or(Tree::Double(value as f64), Tree::Int))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Tree<'de>, E> {
        Ok(Tree::Double(value))
    }

    fn visit_borrowed_str<E: Error>(self, value: &'de str) -> Result<Tree<'de>, E> {
        Ok(Tree::Text(Cow::Borrowed(value)))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Tree<'de>, E> {
        self.take(value.len())?;
        Ok(Tree::Text(Cow::Owned(value.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Tree<'de>, A::Error> {
        let mut list = Vec::new();
        while let Some(tree) = access.next_element_seed(Self::within(self.room))? {
            self.take(NODE)?;
            list.push(tree);
        }
        list.shrink_to_fit();
        Ok(Tree::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Tree<'de>, A::Error> {
        let mut fields = Vec::new();
        while let Some(Name(name)) = access.next_key()? {
            let owned = if let Cow::Owned(name) = &name { name.len() } else { 0 };
            self.take(FIELD + owned)?;
            fields.push((name, access.next_value_seed(Self::within(self.room))?));
        }
        Ok(Tree::Map(Fields::new(fields)))
    }
}

/// A key, borrowed where it can be.
struct Name<'a>(Cow<'a, str>);

impl<'de> serde::Deserialize<'de> for Name<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Key;
        impl<'de> Visitor<'de> for Key {
            type Value = Name<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a key")
            }
            fn visit_borrowed_str<E: Error>(self, key: &'de str) -> Result<Name<'de>, E> {
                Ok(Name(Cow::Borrowed(key)))
            }
            fn visit_str<E: Error>(self, key: &str) -> Result<Name<'de>, E> {
                Ok(Name(Cow::Owned(key.to_owned())))
            }
        }
        deserializer.deserialize_str(Key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str, room: usize) -> Result<Tree<'_>, serde_json::Error> {
        TreeSeed::within(&Cell::new(room))
            .deserialize(&mut serde_json::Deserializer::from_str(json))
    }

    #[test]
    fn numbers_are_whole_where_they_fit_and_of_keys_the_last_counts() {
        let text = r#"{"b": [1, -2, 1.0, 18446744073709551615, null, true], "a": "x\ny", "b": 3}"#;
        let Tree::Map(fields) = read(text, 1 << 10).expect("it fits") else { panic!("a map") };
        assert_eq!(fields.len(), 2);
        assert_eq!(fields.get("b"), Some(&Tree::Int(3)));
        assert_eq!(fields.get("a"), Some(&Tree::Text("x\ny".into())));
        assert_eq!(fields.get("c"), None);
        let list = read("[1, 1.5, 18446744073709551615]", 1 << 10).expect("it fits");
        let whole = [Tree::Int(1), Tree::Double(1.5), Tree::Double(18_446_744_073_709_551_615.0)];
        assert_eq!(list, Tree::List(whole.to_vec()));
    }

    #[test]
    fn f64_what_is_little_as_text_and_much_as_a_tree_is_not_read() {
        let text = format!("[{}0]", "0,".repeat(100_000));
        assert!(read(&text, 1 << 20).is_err());
        assert!(read(&text, 8 << 20).is_ok());
    }
}
