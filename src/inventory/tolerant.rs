//! Values that are read as far as they are what is looked for: anything else is passed over, as if
//! it were not there, so that one object that cannot be understood stops no other.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// What can be read of any value.
pub(super) trait Tolerant: Default {
    /// Of a text.
    fn text(_: &str) -> Self {
        Self::default()
    }

    /// Of a whole number.
    fn number(_: i64) -> Self {
        Self::default()
    }

    /// Of what is true or is not.
    fn truth(_: bool) -> Self {
        Self::default()
    }

    /// Of a mapping.
    ///
    /// # Errors
    /// Where it ends within.
    fn mapping<'de, A: MapAccess<'de>>(mut map: A) -> Result<Self, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Self::default())
    }

    /// Of a list.
    ///
    /// # Errors
    /// Where it ends within.
    fn list<'de, A: SeqAccess<'de>>(mut list: A) -> Result<Self, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Self::default())
    }
}

/// A mapping of which each field is read for itself.
macro_rules! tolerant_structs {
    ($($name:ident),* $(,)?) => {$(
        impl $crate::inventory::tolerant::Tolerant for $name {
            fn mapping<'de, A: serde::de::MapAccess<'de>>(map: A) -> Result<Self, A::Error> {
                let map = serde::de::value::MapAccessDeserializer::new(map);
                <Self as serde::Deserialize>::deserialize(map)
            }
        }
    )*};
}
pub(super) use tolerant_structs;

/// Reads what can be read, for `#[serde(deserialize_with)]`.
///
/// # Errors
/// Where the input ends within the value, or is none at all.
pub(super) fn tolerant<'de, T: Tolerant, D: Deserializer<'de>>(input: D) -> Result<T, D::Error> {
    input.deserialize_any(Reading(PhantomData))
}

impl Tolerant for Option<String> {
    fn text(text: &str) -> Self {
        Some(text.to_owned())
    }
}

impl Tolerant for Option<i64> {
    fn number(number: i64) -> Self {
        Some(number)
    }
}

impl Tolerant for Option<bool> {
    fn truth(truth: bool) -> Self {
        Some(truth)
    }
}

impl<T: Tolerant> Tolerant for Vec<T> {
    fn list<'de, A: SeqAccess<'de>>(mut list: A) -> Result<Self, A::Error> {
        let mut elements = Self::new();
        while let Some(element) = list.next_element_seed(Reading(PhantomData))? {
            elements.push(element);
        }
        Ok(elements)
    }
}

struct Reading<T>(PhantomData<T>);

impl<'de, T: Tolerant> DeserializeSeed<'de> for Reading<T> {
    type Value = T;

    fn deserialize<D: Deserializer<'de>>(self, input: D) -> Result<T, D::Error> {
        input.deserialize_any(self)
    }
}

impl<'de, T: Tolerant> Visitor<'de> for Reading<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_bool<E: Error>(self, truth: bool) -> Result<T, E> {
        Ok(T::truth(truth))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<T, E> {
        Ok(T::number(number))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<T, E> {
        match i64::try_from(number) {
            Ok(number) => Ok(T::number(number)),
            Err(_) => Ok(T::default()),
        }
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<T, E> {
        Ok(T::default())
    }

    fn visit_unit<E: Error>(self) -> Result<T, E> {
        Ok(T::default())
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        Ok(T::text(text))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
        T::mapping(map)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<T, A::Error> {
        T::list(list)
    }
}
