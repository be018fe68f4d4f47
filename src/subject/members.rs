//! The members of a JSON object as slices of its text, as far as it can be read.
//!
//! For what is not read into the view: bytes that are no UTF-8, text that breaks off, and objects
//! that are compared as they are written. Nothing is built, and nothing nests: `serde_json` finds
//! the end of each value.

use std::borrow::Cow;

use serde::de::IgnoredAny;
use thiserror::Error;

/// A key and its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member<'b> {
    /// The key; none where it is no text.
    pub key: Option<Cow<'b, str>>,
    /// The value, byte for byte; where the text breaks off in it, what is there of it.
    pub value: &'b [u8],
}

/// Goes over the members of an object.
#[derive(Debug, Clone)]
pub struct Members<'b> {
    text: &'b [u8],
    at: usize,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// In front of the object.
    Before,
    /// Behind a member.
    Between,
    /// Behind the object.
    Whole,
    /// The text breaks off, or is no JSON.
    Broken,
}

impl<'b> Members<'b> {
    /// The members of the object that `text` begins with.
    pub fn of(text: &'b [u8]) -> Self {
        Self { text, at: 0, state: State::Before }
    }

    /// Whether the object was gone over to its end, and nothing stands behind it.
    pub fn is_whole(&mut self) -> bool {
        self.state == State::Whole && self.peek().is_none()
    }

    /// The next byte that is not white space.
    fn peek(&mut self) -> Option<u8> {
        let rest = self.text.get(self.at..)?;
        let space = rest.iter().take_while(|b| matches!(b, b' ' | b'\t' | b'\n' | b'\r')).count();
        self.at += space;
        rest.get(space).copied()
    }

    fn take(&mut self, byte: u8) -> Option<()> {
        (self.peek()? == byte).then(|| self.at += 1)
    }

    /// The extent of the value at this place, and whether its end is there.
    fn value(&mut self) -> Option<(&'b [u8], bool)> {
        self.peek()?;
        let rest = self.text.get(self.at..)?;
        let mut values = serde_json::Deserializer::from_slice(rest).into_iter::<IgnoredAny>();
        let is_whole = matches!(values.next(), Some(Ok(_)));
        let length = if is_whole { values.byte_offset() } else { rest.len() };
        self.at += length;
        Some((rest.get(..length)?, is_whole))
    }

    fn member(&mut self) -> Option<Member<'b>> {
        let (key, true) = self.value()? else { return None };
        if key.first() != Some(&b'"') {
            return None;
        }
        self.take(b':')?;
        let (value, is_whole) = self.value()?;
        self.state = if is_whole { State::Between } else { State::Broken };
        // What follows a text tells whether it is what it seems: a quote may be missing.
        let is_certain = matches!(value.first(), Some(b'{' | b'['))
            || matches!(self.peek(), None | Some(b',' | b'}'));
        is_certain.then(|| Member { key: text(key), value })
    }
}

/// The text that a JSON string holds; borrowed unless there is an escape in it.
pub fn text(json: &[u8]) -> Option<Cow<'_, str>> {
    let borrowed: Result<&str, _> = serde_json::from_slice(json);
    match borrowed {
        Ok(text) => Some(Cow::Borrowed(text)),
        Err(_) => match serde_json::from_slice(json) {
            Ok(text) => Some(Cow::Owned(text)),
            Err(_) => None,
        },
    }
}

impl<'b> Iterator for Members<'b> {
    type Item = Member<'b>;

    fn next(&mut self) -> Option<Member<'b>> {
        let is_open = match self.state {
            State::Before => self.take(b'{').is_some(),
            State::Between => true,
            State::Whole | State::Broken => return None,
        };
        let was = std::mem::replace(&mut self.state, State::Broken);
        if !is_open {
            return None;
        }
        if self.take(b'}').is_some() {
            self.state = State::Whole;
            return None;
        }
        if was == State::Between {
            self.take(b',')?;
        }
        self.member()
    }
}

/// An object that breaks off, or has a key twice: what it says depends on the reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("an object that breaks off, or has a key twice")]
pub struct Ambiguous;

#[cfg(test)]
mod tests {
    use super::*;

    /// The value of `key` in an object that says it once.
    fn only<'b>(object: &'b [u8], key: &str) -> Result<Option<&'b [u8]>, Ambiguous> {
        let mut members = Members::of(object);
        let mut found = None;
        for member in members.by_ref().filter(|member| member.key.as_deref() == Some(key)) {
            if found.replace(member.value).is_some() {
                return Err(Ambiguous);
            }
        }
        if members.is_whole() { Ok(found) } else { Err(Ambiguous) }
    }

    fn members(text: &str) -> (Vec<(String, String)>, bool) {
        let mut members = Members::of(text.as_bytes());
        let pair = |m: Member<'_>| {
            let value = String::from_utf8_lossy(m.value).into_owned();
            (m.key.map(Cow::into_owned).unwrap_or_default(), value)
        };
        let found = members.by_ref().map(pair).collect();
        (found, members.is_whole())
    }

    fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
    }

    #[test]
    fn members_are_found_with_their_values_as_they_are_written() {
        let text = r#" { "a" : {"b": [1, {"c": "}"}]} , "\u0062":-1.5e9,"c":null } "#;
        let want = pairs(&[("a", r#"{"b": [1, {"c": "}"}]}"#), ("b", "-1.5e9"), ("c", "null")]);
        assert_eq!(members(text), (want, true));
        assert_eq!(members("{}"), (Vec::new(), true));
    }

    #[test]
    fn text_that_breaks_off_gives_what_is_there() {
        let text = r#"{"a":1,"b":{"c":2,"d"#;
        assert_eq!(members(text), (pairs(&[("a", "1"), ("b", r#"{"c":2,"d"#)]), false));
        for text in ["", "[", "[]", "7", "{", "{,}", r#"{"a"}"#, "{1:2}", r#"{"a":1 "b":2}"#] {
            assert!(!members(text).1, "{text}");
        }
        assert!(!members(r#"{"a":1} x"#).1);
    }

    #[test]
    fn bytes_that_are_no_text_stand_in_nobodys_way() {
        let text = b"{\"\xff\":{\"\xfe\":\"\xff\"},\"a\":1}";
        let mut members = Members::of(text);
        let keys: Vec<_> = members.by_ref().map(|m| m.key.is_some()).collect();
        assert_eq!((keys, members.is_whole()), (vec![false, true], true));
        assert_eq!(only(text, "a"), Ok(Some(&b"1"[..])));
        assert_eq!(only(br#"{"a":1,"a":1}"#, "a"), Err(Ambiguous));
    }

    #[test]
    fn nesting_of_any_depth_takes_no_stack() {
        let text = format!("{{\"a\":{}{},\"b\":1}}", "[".repeat(1_000_000), "]".repeat(1_000_000));
        assert_eq!(only(text.as_bytes(), "b"), Ok(Some(&b"1"[..])));
    }
}
