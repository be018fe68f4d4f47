//! The building blocks of the view: text, lists and maps that borrow from the request's bytes.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use crate::yaml::SECRETIVE;

/// The most elements of one list, and keys of one mapping, that are read: no API server stores an object with more.
pub(super) const LIST_LIMIT: usize = 16_384;

/// Text of the object: borrowed from the request, owned only where an escape forces it.
///
/// (`Option<Cow<str>>` with `#[serde(borrow)]` would always copy; hence a type of our own.)
/// A NUL is refused: no field of Kubernetes can hold one, and C programs stop reading at it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Str<'a>(pub(super) Cow<'a, str>);

impl Str<'_> {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Deref for Str<'_> {
    type Target = str;
    fn deref(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Str<'_> {
    /// Only the length: what is in an object may be a secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{} bytes>", self.0.len())
    }
}

impl<'a> From<&'a str> for Str<'a> {
    fn from(text: &'a str) -> Self {
        Self(Cow::Borrowed(text))
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Str<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl<'de> Visitor<'de> for Text {
            type Value = Str<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }
            fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Str<'de>, E> {
                Ok(Str(Cow::Borrowed(text)))
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<Str<'de>, E> {
                if text.contains('\0') {
                    return Err(E::custom("a NUL character"));
                }
                Ok(Str(Cow::Owned(text.to_owned())))
            }
        }
        deserializer.deserialize_str(Text)
    }
}

/// Text that may be a secret: the value of a variable, an argument, an annotation, a header.
///
/// A field of this type is judged as any other and never shown: every other text that the view
/// reads may be shown to the user as it stands in the file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Secretive<'a>(Str<'a>);

impl Secretive<'_> {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Deref for Secretive<'_> {
    type Target = str;
    fn deref(&self) -> &str {
        &self.0
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Secretive<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl<'de> Visitor<'de> for Text {
            type Value = Secretive<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }
            fn visit_newtype_struct<D: Deserializer<'de>>(
                self,
                deserializer: D,
            ) -> Result<Secretive<'de>, D::Error> {
                Str::deserialize(deserializer).map(Secretive)
            }
        }
        deserializer.deserialize_newtype_struct(SECRETIVE, Text)
    }
}

/// A list; absent and `null` read as empty, as Go reads them.
#[derive(Clone, Debug, PartialEq)]
pub struct List<T, const MOST: usize = LIST_LIMIT>(Vec<T>);

impl<T, const MOST: usize> Default for List<T, MOST> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T, const MOST: usize> Deref for List<T, MOST> {
    type Target = [T];
    fn deref(&self) -> &[T] {
        &self.0
    }
}

impl<'s, T, const MOST: usize> IntoIterator for &'s List<T, MOST> {
    type Item = &'s T;
    type IntoIter = std::slice::Iter<'s, T>;
    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

impl<'de, T: Deserialize<'de>, const MOST: usize> Deserialize<'de> for List<T, MOST> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Elements<T, const MOST: usize>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>, const MOST: usize> Visitor<'de> for Elements<T, MOST> {
            type Value = List<T, MOST>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list")
            }
            fn visit_none<E: Error>(self) -> Result<List<T, MOST>, E> {
                Ok(List::default())
            }
            fn visit_unit<E: Error>(self) -> Result<List<T, MOST>, E> {
                Ok(List::default())
            }
            fn visit_some<D: Deserializer<'de>>(self, d: D) -> Result<List<T, MOST>, D::Error> {
                d.deserialize_seq(self)
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<List<T, MOST>, A::Error> {
                let mut elements = Vec::new();
                while let Some(element) = seq.next_element()? {
                    if elements.len() == MOST {
                        let problem = format_args!("a list of more than {MOST} elements");
                        return Err(A::Error::custom(problem));
                    }
                    elements.push(element);
                }
                give_back(&mut elements);
                Ok(List(elements))
            }
        }
        deserializer.deserialize_option(Elements::<T, MOST>(PhantomData))
    }
}

/// Gives back what a long list has taken beyond its elements, which may be as much again.
fn give_back<T>(elements: &mut Vec<T>) {
    const LONG: usize = 64;
    if elements.len() > LONG {
        elements.shrink_to_fit();
    }
}

/// A mapping with free keys, such as labels, in key order; a key that is there twice is refused.
#[derive(Clone, Debug, PartialEq)]
pub struct Map<'a, V>(Vec<(Str<'a>, V)>);

impl<V> Default for Map<'_, V> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'a, V> Map<'a, V> {
    /// The value of `key`.
    pub fn get(&self, key: &str) -> Option<&V> {
        match self.0.binary_search_by(|(k, _)| k.as_str().cmp(key)) {
            Ok(at) => self.0.get(at).map(|(_, value)| value),
            Err(_) => None,
        }
    }

    /// Keys and values, in key order.
    pub fn iter(&self) -> impl Iterator<Item = (&Str<'a>, &V)> {
        self.0.iter().map(|(key, value)| (key, value))
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<'de: 'a, 'a, V: Deserialize<'de>> Deserialize<'de> for Map<'a, V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries<V>(PhantomData<V>);
        impl<'de, V: Deserialize<'de>> Visitor<'de> for Entries<V> {
            type Value = Map<'de, V>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a mapping")
            }
            fn visit_none<E: Error>(self) -> Result<Map<'de, V>, E> {
                Ok(Map::default())
            }
            fn visit_unit<E: Error>(self) -> Result<Map<'de, V>, E> {
                Ok(Map::default())
            }
            fn visit_some<D: Deserializer<'de>>(self, d: D) -> Result<Map<'de, V>, D::Error> {
                d.deserialize_map(self)
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Map<'de, V>, A::Error> {
                let mut entries: Vec<(Str<'de>, V)> = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    if entries.len() == LIST_LIMIT {
                        return Err(A::Error::custom("a mapping of more than 16384 keys"));
                    }
                    entries.push(entry);
                }
                give_back(&mut entries);
                entries.sort_by(|(a, _), (b, _)| a.cmp(b));
                if entries.windows(2).any(|pair| matches!(pair, [(a, _), (b, _)] if a == b)) {
                    return Err(A::Error::custom("a key that is there twice"));
                }
                Ok(Map(entries))
            }
        }
        deserializer.deserialize_option(Entries(PhantomData))
    }
}
