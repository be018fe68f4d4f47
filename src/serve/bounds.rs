//! What a review may be made of, looked at before anything is built from it.

#![deny(clippy::disallowed_methods)]

use memchr::{memchr, memmem};
use thiserror::Error;

/// The deepest nesting, as the API server's own JSON reader has it.
pub(super) const JSON_DEPTH_LIMIT: usize = 10_000;

/// The most mappings and lists in one review.
pub(super) const COLLECTION_LIMIT: usize = 250_000;

/// The most commas in one review, which bounds the elements of its lists.
pub(super) const ELEMENT_LIMIT: usize = 2_000_000;

/// Below this many bytes no limit can be passed that matters.
const SMALL: usize = 2 * JSON_DEPTH_LIMIT;

/// A review that passes a limit, or text that two readers would read differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub(super) enum OutOfBounds {
    /// More than [`JSON_DEPTH_LIMIT`].
    #[error("the object is nested deeper than {JSON_DEPTH_LIMIT} levels")]
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
pub(super) fn check(body: &[u8]) -> Result<(), OutOfBounds> {
    if body.len() > SMALL {
        count(body)?;
    }
    if has_lone_surrogate(body) {
        return Err(OutOfBounds::Surrogate);
    }
    Ok(())
}

/// Whether some string holds one half of a surrogate pair without the other.
///
/// Looked for in the text itself: a parser stops at the first thing it does not like, such as a
/// number out of range in front of the surrogate.
fn has_lone_surrogate(body: &[u8]) -> bool {
    let escaped_unit = |at: usize| {
        let digits = body.get(at..at + 6)?.strip_prefix(b"\\u")?;
        digits.iter().try_fold(0, |unit, &digit| Some(unit << 4 | char::from(digit).to_digit(16)?))
    };
    if memmem::find(body, b"\\u").is_none() {
        return false;
    }
    let mut at = 0;
    while let Some(found) = memchr(b'\\', body.get(at..).unwrap_or_default()) {
        at += found;
        at += match (escaped_unit(at), escaped_unit(at + 6)) {
            (Some(0xd800..=0xdbff), Some(0xdc00..=0xdfff)) => 12,
            (Some(0xd800..=0xdfff), _) => return true,
            (Some(_), _) => 6,
            (None, _) => 2,
        };
    }
    false
}

fn count(body: &[u8]) -> Result<(), OutOfBounds> {
    let (mut depth, mut collections, mut commas) = (0_usize, 0_usize, 0_usize);
    let (mut in_text, mut escaped) = (false, false);
    for &byte in body {
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
                if depth > JSON_DEPTH_LIMIT {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_in_text_are_no_nesting() {
        let text = format!("{{\"a\":\"{}\\\"{{\"}}", "[".repeat(JSON_DEPTH_LIMIT * 2));
        assert_eq!(check(text.as_bytes()), Ok(()));
    }

    #[test]
    fn nesting_and_numbers_are_limited() {
        let nested = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        assert_eq!(check(nested(JSON_DEPTH_LIMIT).as_bytes()), Ok(()));
        assert_eq!(check(nested(JSON_DEPTH_LIMIT + 1).as_bytes()), Err(OutOfBounds::Depth));
        let wide = format!("[{}{{}}]", "{},".repeat(COLLECTION_LIMIT));
        assert_eq!(check(wide.as_bytes()), Err(OutOfBounds::Size));
    }

    #[test]
    fn a_lone_surrogate_is_refused_and_a_pair_is_not() {
        assert_eq!(check(br#"{"a":"\ud800"}"#), Err(OutOfBounds::Surrogate));
        assert_eq!(check(br#"{"a":"\uDc00x"}"#), Err(OutOfBounds::Surrogate));
        assert_eq!(check(br#"{"a":"\ud83d\ude00"}"#), Ok(()));
        assert_eq!(check(br#"{"a":"C:\\ud800"}"#), Ok(()));
    }
}
