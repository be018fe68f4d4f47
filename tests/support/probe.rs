//! A deserializer that asks a type which fields it wants, and of which types, by giving it some
//! of everything.

use std::cell::RefCell;
use std::fmt;
use std::rc::Rc;

use serde::de::value::{BorrowedStrDeserializer, MapDeserializer};
use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

/// What a type wants, as `path → type`; `[]` stands for elements, `{}` for values of free keys.
pub type Wanted = Rc<RefCell<Vec<(String, &'static str)>>>;

/// Gives a type some of everything at one path.
#[derive(Clone)]
pub struct Probe {
    /// The path so far.
    pub path: String,
    /// What was asked for.
    pub wanted: Wanted,
    /// The source that volumes are given, since they take only one.
    pub volume_source: &'static str,
}

/// What `serde_json` calls a value that is kept as it is written.
const AS_WRITTEN: &str = "$serde_json::private::RawValue";

/// There is nothing that a probe could not give.
#[derive(Debug)]
pub struct Refused(String);

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Refused {}

impl de::Error for Refused {
    fn custom<T: fmt::Display>(text: T) -> Self {
        Self(text.to_string())
    }
}

impl Probe {
    fn at(&self, step: &str) -> Self {
        Self { path: format!("{}{step}", self.path), ..self.clone() }
    }

    fn note(&self, kind: &'static str) {
        self.wanted.borrow_mut().push((self.path.clone(), kind));
    }
}

impl<'de> Deserializer<'de> for Probe {
    type Error = Refused;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        self.note("quantity");
        visitor.visit_borrowed_str("1")
    }
    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        self.note("boolean");
        visitor.visit_bool(true)
    }
    fn deserialize_i32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        self.note("int32");
        visitor.visit_i32(1)
    }
    fn deserialize_i64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        self.note("int64");
        visitor.visit_i64(1)
    }
    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        self.note("string");
        visitor.visit_borrowed_str("text")
    }
    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        visitor.visit_some(self)
    }
    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        visitor.visit_seq(Once(Some(self.at("[]"))))
    }
    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        let keys = if self.path.ends_with("volumes[]") {
            vec![
                ("name", ".name".to_owned()),
                (self.volume_source, format!(".{}", self.volume_source)),
            ]
        } else {
            vec![("key", "{}".to_owned())]
        };
        visitor.visit_map(Entries { probe: self, keys, next: None })
    }
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Refused> {
        let keys = fields.iter().rev().map(|field| (*field, format!(".{field}"))).collect();
        visitor.visit_map(Entries { probe: self, keys, next: None })
    }
    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Refused> {
        if name == AS_WRITTEN {
            self.note("as written");
            let text = BorrowedStrDeserializer::new("null");
            return visitor.visit_map(MapDeserializer::new(std::iter::once((name, text))));
        }
        visitor.visit_newtype_struct(self)
    }
    serde::forward_to_deserialize_any! {
        i8 i16 i128 u8 u16 u32 u64 u128 f32 f64 char string bytes byte_buf unit unit_struct tuple
        tuple_struct enum identifier ignored_any
    }
}

struct Once(Option<Probe>);

impl<'de> SeqAccess<'de> for Once {
    type Error = Refused;
    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Refused> {
        self.0.take().map(|probe| seed.deserialize(probe)).transpose()
    }
}

struct Entries {
    probe: Probe,
    keys: Vec<(&'static str, String)>,
    next: Option<String>,
}

impl<'de> MapAccess<'de> for Entries {
    type Error = Refused;
    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Refused> {
        let Some((key, step)) = self.keys.pop() else { return Ok(None) };
        self.next = Some(step);
        seed.deserialize(BorrowedStrDeserializer::new(key)).map(Some)
    }
    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, Refused> {
        let step = self.next.take().expect("a key first");
        seed.deserialize(self.probe.at(&step))
    }
}
