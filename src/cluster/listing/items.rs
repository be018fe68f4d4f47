//! The items of a list, taken one by one out of its JSON as that comes in, so that no more than one
//! of them is held at a time.

use memchr::memchr2;
use serde::Deserialize;
use thiserror::Error;

/// The largest item that is held, in bytes; the API server stores none that is half as large.
const ITEM_LIMIT: usize = 8 << 20;

/// The most that may stand around the items, in bytes.
const FRAME_LIMIT: usize = 1 << 20;

/// Why what came in is no list.
#[derive(Debug, Error)]
pub(super) enum NoList {
    /// It breaks off, or is no JSON.
    #[error("the list that it sent breaks off")]
    BrokenOff,
    /// It is something else.
    #[error("what it sent is no list of objects")]
    Other,
    /// One item is larger than any object.
    #[error("it sent an object of more than {ITEM_LIMIT} bytes")]
    TooLarge,
}

/// What a list says of itself.
#[derive(Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct ListMeta {
    /// Where the next page begins; empty at the end.
    #[serde(rename = "continue")]
    pub(super) token: Option<String>,
    /// How many items there are behind this page.
    pub(super) remaining_item_count: Option<u64>,
}

#[derive(Deserialize)]
struct Frame {
    metadata: Option<ListMeta>,
    #[expect(dead_code, reason = "a list has items, though there be none")]
    items: Option<Vec<()>>,
}

/// Whether a string is being read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum InString {
    #[default]
    No,
    Yes,
    /// Yes, and what comes next means something else.
    Escaped,
}

/// Takes JSON piece by piece.
#[derive(Debug, Default)]
pub(super) struct Items {
    /// What stands around the items.
    frame: Vec<u8>,
    /// The item that is coming in.
    item: Vec<u8>,
    depth: usize,
    string: InString,
    /// The key that is being read, or was read last, directly below the list; quotes are not kept.
    key: Vec<u8>,
    /// Whether a string directly below the list is a key.
    expects_key: bool,
    are_coming: bool,
}

impl Items {
    /// Takes the next piece, and hands on each item that is whole.
    pub(super) fn feed(
        &mut self,
        mut piece: &[u8],
        each: &mut impl FnMut(&[u8]),
    ) -> Result<(), NoList> {
        while let Some(&byte) = piece.first() {
            let taken = match byte {
                _ if self.string != InString::No => self.go_on(piece),
                b'"' | b'{' | b'}' | b'[' | b']' => self.token(byte)?,
                // Within an item nothing else matters.
                _ if self.depth > 2 => plain(piece),
                _ => self.token(byte)?,
            };
            let (now, rest) = piece.split_at(taken.min(piece.len()));
            let is_of_item = self.are_coming && (self.depth > 2 || !self.item.is_empty());
            if is_of_item {
                if self.item.len() + now.len() > ITEM_LIMIT {
                    return Err(NoList::TooLarge);
                }
                self.item.extend_from_slice(now);
                if self.depth == 2 && self.string == InString::No {
                    each(&self.item);
                    self.item.clear();
                }
            } else if !(self.are_coming && self.depth == 2 && byte == b',') {
                if self.frame.len() + now.len() > FRAME_LIMIT {
                    return Err(NoList::Other);
                }
                self.frame.extend_from_slice(now);
            }
            piece = rest;
        }
        Ok(())
    }

    /// Goes through a string to its end, or to that of the piece: how many bytes that is.
    fn go_on(&mut self, piece: &[u8]) -> usize {
        let is_key = self.depth == 1 && self.expects_key;
        if self.string == InString::Escaped {
            self.string = InString::Yes;
            return 1;
        }
        let end = memchr2(b'"', b'\\', piece).unwrap_or(piece.len());
        let (text, rest) = piece.split_at(end);
        if is_key && self.key.len() < FRAME_LIMIT {
            self.key.extend_from_slice(text);
        }
        match rest.first() {
            Some(b'\\') => self.string = InString::Escaped,
            Some(_) => self.string = InString::No,
            None => return end,
        }
        end + 1
    }

    /// Goes over one byte between strings.
    fn token(&mut self, byte: u8) -> Result<usize, NoList> {
        match byte {
            b'"' => {
                self.string = InString::Yes;
                if self.depth == 1 && self.expects_key {
                    self.key.clear();
                }
            }
            b'{' | b'[' => {
                if self.depth == 1 && byte == b'[' && !self.expects_key && self.key == b"items" {
                    self.are_coming = true;
                }
                self.depth += 1;
                self.expects_key = self.depth == 1;
            }
            b'}' | b']' => {
                self.depth = self.depth.checked_sub(1).ok_or(NoList::Other)?;
                if self.depth == 1 {
                    self.are_coming = false;
                }
            }
            b':' if self.depth == 1 => self.expects_key = false,
            b',' if self.depth == 1 => self.expects_key = true,
            _ => {}
        }
        Ok(1)
    }

    /// What the list says of itself, once it is whole.
    pub(super) fn end(self) -> Result<ListMeta, NoList> {
        if self.depth > 0 || self.string != InString::No || self.frame.is_empty() {
            return Err(NoList::BrokenOff);
        }
        match serde_json::from_slice::<Frame>(&self.frame) {
            Ok(frame) => Ok(frame.metadata.unwrap_or_default()),
            Err(_) => Err(NoList::Other),
        }
    }
}

/// How many bytes there are before the next string, mapping or list begins or ends.
fn plain(piece: &[u8]) -> usize {
    let is_mark = |byte: &u8| matches!(byte, b'"' | b'{' | b'}' | b'[' | b']');
    piece.iter().position(is_mark).unwrap_or(piece.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The items and what the list says, when it comes in pieces of this size.
    fn taken(text: &str, size: usize) -> Result<(Vec<String>, ListMeta), NoList> {
        let (mut items, mut found) = (Items::default(), Vec::new());
        for piece in text.as_bytes().chunks(size) {
            let mut each =
                |item: &[u8]| found.push(String::from_utf8(item.to_vec()).expect("text"));
            items.feed(piece, &mut each)?;
        }
        items.end().map(|meta| (found, meta))
    }

    #[test]
    fn items_are_taken_out_whatever_the_pieces_are_and_wherever_the_metadata_stands() {
        let one = r#"{"a": "}],\"{", "items": [1, {"b": []}]}"#;
        let two = r#"{"metadata": {"name": "items"}}"#;
        let meta = r#""metadata": {"continue": "t\"k", "remainingItemCount": 7, "items": [0]}"#;
        for text in [
            format!(r#"{{"kind": "items", {meta}, "items": [{one}, {two}]}}"#),
            format!(r#" {{ "items" : [ {one},{two} ] , "apiVersion": "v1", {meta} }} "#),
        ] {
            for size in 1..=text.len() {
                let (items, meta) = taken(&text, size).expect(&text);
                assert_eq!(items, [one, two], "{size}: {text}");
                assert_eq!(meta.token.as_deref(), Some("t\"k"));
                assert_eq!(meta.remaining_item_count, Some(7));
            }
        }
    }

    #[test]
    fn a_list_may_be_empty_and_what_is_none_is_said_to_be_none() {
        for text in
            [r#"{"items": []}"#, r#"{"items": null, "metadata": {}}"#, r#"{"metadata": null}"#]
        {
            assert_eq!(taken(text, 5).expect(text), (Vec::new(), ListMeta::default()), "{text}");
        }
        for text in ["", "{", r#"{"items": [{"a": 1}"#, r#"{"items": [{}]"#, r#"{"a": "b"#] {
            assert!(matches!(taken(text, 3), Err(NoList::BrokenOff)), "{text}");
        }
        for text in ["[]", "}", "null", r#"{"items": 7}"#, r#"{"items": {}}"#, r#"{"items": [7]}"#]
        {
            assert!(matches!(taken(text, 3), Err(NoList::Other)), "{text}");
        }
    }

    #[test]
    fn no_more_is_held_than_an_object_may_have() {
        let text = format!(r#"{{"items": [{{"a": "{}"}}]}}"#, "x".repeat(ITEM_LIMIT));
        assert!(matches!(taken(&text, 1 << 16), Err(NoList::TooLarge)));
        let text = format!(r#"{{"a": "{}"}}"#, "x".repeat(FRAME_LIMIT));
        assert!(matches!(taken(&text, 1 << 16), Err(NoList::Other)));
    }
}
