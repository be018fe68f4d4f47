//! The user's own lines as they may be shown.
//!
//! Shown are the keys and values that the view of the object reads, but for those that may be
//! secrets ([`crate::subject::Secretive`]). Everything else becomes asterisks: what nobody reads,
//! comments, other objects on the same lines. Characters that would act on the terminal become
//! question marks. Byte for byte as long as the original.

use std::ops::Range;

use crate::text::{printable, userinfo};
use crate::yaml::{FieldsRead, Node, Place, Value};

/// The lines that an object is written on, as they may be shown.
#[derive(Debug, Default)]
pub(super) struct Lines {
    /// Where in the text of the file they begin.
    start: usize,
    text: String,
}

/// What may be shown of a byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Byte {
    /// Nothing: it is another object's, or part of a value that is not shown.
    Hidden,
    /// Punctuation, which shows the shape of what is hidden around it.
    Shape,
    /// Anything.
    Open,
}

impl Lines {
    /// The lines of an object in the text of its file.
    ///
    /// `taken` is what was read of it.
    pub(super) fn of(source: &str, node: &Node, taken: &FieldsRead) -> Self {
        let source = source.strip_prefix('\u{feff}').unwrap_or(source);
        let extent = node.extent.clone();
        let (Some(before), Some(after)) = (source.get(..extent.start), source.get(extent.end..))
        else {
            return Self::default();
        };
        let start = before.rfind('\n').map_or(0, |at| at + 1);
        let end = extent.end + after.find('\n').unwrap_or(after.len());
        let mut bytes = Bytes { start, kinds: vec![Byte::Hidden; end - start] };
        // An item's dash is nobody's, and shows what it is.
        let margin = source.get(start..extent.start).unwrap_or_default();
        if margin.bytes().all(|byte| matches!(byte, b' ' | b'-')) {
            bytes.set(start..extent.start, Byte::Shape);
        }
        bytes.set(extent, Byte::Shape);
        bytes.hide(node);
        for open in &taken.open {
            bytes.set(open.clone(), Byte::Open);
        }
        for secret in &taken.secret {
            bytes.set(secret.clone(), Byte::Hidden);
        }
        for open in &taken.open {
            let hidden = source.get(open.clone()).and_then(userinfo);
            if let Some(hidden) = hidden {
                bytes.set(open.start + hidden.start..open.start + hidden.end, Byte::Hidden);
            }
        }
        Self { start, text: bytes.shown(source.get(start..end).unwrap_or_default()) }
    }

    /// The text.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// The bytes of a place in it; none where the place is elsewhere.
    pub(super) fn span(&self, place: &Place) -> Option<Range<usize>> {
        let span = place.span.start.checked_sub(self.start)?..place.span.end - self.start;
        (span.end <= self.text.len()).then_some(span)
    }
}

/// What may be shown of each byte from `start` on.
struct Bytes {
    start: usize,
    kinds: Vec<Byte>,
}

impl Bytes {
    /// Says of a range what may be shown of it, as far as it is here.
    fn set(&mut self, range: Range<usize>, kind: Byte) {
        let begin = range.start.max(self.start) - self.start;
        let end = range.end.saturating_sub(self.start).min(self.kinds.len());
        if let Some(kinds) = self.kinds.get_mut(begin..end) {
            kinds.fill(kind);
        }
    }

    /// Hides all keys and values of a tree, with their punctuation.
    fn hide(&mut self, node: &Node) {
        match &node.value {
            Value::Sequence(nodes) => nodes.iter().for_each(|node| self.hide(node)),
            Value::Mapping(entries) => {
                for entry in entries {
                    self.set(entry.key_place.span.clone(), Byte::Hidden);
                    self.hide(&entry.value);
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
                self.set(node.extent.clone(), Byte::Hidden);
            }
        }
    }

    fn shown(&self, text: &str) -> String {
        let mut shown = String::with_capacity(text.len());
        for (at, c) in text.char_indices() {
            let kind = self.kinds.get(at).copied().unwrap_or(Byte::Hidden);
            let may_show = match kind {
                Byte::Open => true,
                Byte::Shape => "-:,{}[]|>&*?!\"'#".contains(c),
                Byte::Hidden => false,
            };
            let instead = match c {
                '\n' | '\t' | ' ' => c,
                '\r' => ' ',
                ' '..='~' if may_show => c,
                ' '..='~' => '*',
                _ if !is_printable(c) => '?',
                _ if may_show => c,
                _ => '*',
            };
            shown.extend(std::iter::repeat_n(instead, c.len_utf8() / instead.len_utf8()));
        }
        shown
    }
}

fn is_printable(c: char) -> bool {
    let mut buffer = [0; 4];
    printable(c.encode_utf8(&mut buffer)).len() == c.len_utf8()
}

#[cfg(test)]
mod tests;
