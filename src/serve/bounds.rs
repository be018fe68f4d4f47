//! What a review may be made of, looked at before anything is built from it.

use memchr::memmem;
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use std::fmt;
use thiserror::Error;

/// The deepest nesting, as the API server's own JSON reader has it.
pub(super) const DEPTH_LIMIT: usize = 10_000;

/// The most mappings and lists in one review.
pub(super) const COLLECTION_LIMIT: usize = 250_000;

/// The most commas in one review, which bounds the elements of its lists.
pub(super) const ELEMENT_LIMIT: usize = 2_000_000;

/// Below this many bytes no limit can be passed that matters.
const SMALL: usize = 2 * DEPTH_LIMIT;

/// A review that passes a limit, or text that two readers would read differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub(super) enum OutOfBounds {
    /// More than [`DEPTH_LIMIT`].
    #[error("the object is nested deeper than {DEPTH_LIMIT} levels")]
    Depth,
    /// More than [`COLLECTION_LIMIT`] or [`ELEMENT_LIMIT`].
    #[error(
        "the object has more than {COLLECTION_LIMIT} mappings and lists or {ELEMENT_LIMIT} elements"
    )]
    Size,
    /// Half of a surrogate pair: no text at all, and readers disagree on what to make of it.
    #[error("the review holds escaped text that is not Unicode")]
    Surrogate,
}

/// Looks at the review as text.
///
/// # Errors
/// [`OutOfBounds`].
pub(super) fn check(body: &str) -> Result<(), OutOfBounds> {
    if body.len() > SMALL {
        count(body)?;
    }
    let mentions_surrogate = |half: &[u8]| memmem::find(body.as_bytes(), half).is_some();
    if (mentions_surrogate(b"\\ud") || mentions_surrogate(b"\\uD"))
        && serde_json::from_str::<Text>(body).is_err()
    {
        return Err(OutOfBounds::Surrogate);
    }
    Ok(())
}

fn count(body: &str) -> Result<(), OutOfBounds> {
    let (mut depth, mut collections, mut commas) = (0_usize, 0_usize, 0_usize);
    let (mut in_text, mut escaped) = (false, false);
    for byte in body.bytes() {
        if in_text {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => in_text = false,
                _ => {}
            }
            continue;
        }
        match byte {
            b'"' => in_text = true,
            b'{' | b'[' => {
                depth += 1;
                collections += 1;
                if depth > DEPTH_LIMIT {
                    return Err(OutOfBounds::Depth);
                }
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            b',' => commas += 1,
            _ => {}
        }
    }
    if collections > COLLECTION_LIMIT || commas > ELEMENT_LIMIT {
        return Err(OutOfBounds::Size);
    }
    Ok(())
}

/// Any JSON, of which every string is decoded and nothing kept.
struct Text;

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Self)
    }
}

macro_rules! ignore {
    ($($visit:ident: $type:ty),*) => {
        $(fn $visit<E>(self, _: $type) -> Result<Text, E> { Ok(Text) })*
    };
}

impl<'de> Visitor<'de> for Text {
    type Value = Text;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }
    ignore!(visit_bool: bool, visit_i64: i64, visit_u64: u64, visit_f64: f64, visit_str: &str);
    fn visit_unit<E>(self) -> Result<Text, E> {
        Ok(Text)
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Text, A::Error> {
        while seq.next_element::<Text>()?.is_some() {}
        Ok(Text)
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Text, A::Error> {
        while map.next_entry::<Text, Text>()?.is_some() {}
        Ok(Text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_in_text_are_no_nesting() {
        let text = format!("{{\"a\":\"{}\\\"{{\"}}", "[".repeat(DEPTH_LIMIT * 2));
        assert_eq!(check(&text), Ok(()));
    }

    #[test]
    fn nesting_and_numbers_are_limited() {
        let nested = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        assert_eq!(check(&nested(DEPTH_LIMIT)), Ok(()));
        assert_eq!(check(&nested(DEPTH_LIMIT + 1)), Err(OutOfBounds::Depth));
        let wide = format!("[{}{{}}]", "{},".repeat(COLLECTION_LIMIT));
        assert_eq!(check(&wide), Err(OutOfBounds::Size));
    }

    #[test]
    fn a_lone_surrogate_is_refused_and_a_pair_is_not() {
        assert_eq!(check(r#"{"a":"\ud800"}"#), Err(OutOfBounds::Surrogate));
        assert_eq!(check(r#"{"a":"\uDc00x"}"#), Err(OutOfBounds::Surrogate));
        assert_eq!(check(r#"{"a":"\ud83d\ude00"}"#), Ok(()));
        assert_eq!(check(r#"{"a":"C:\\ud800"}"#), Ok(()));
    }
}
