//! Where one document of a stream ends and the next one begins, as `kubectl` cuts it.
//!
//! `kubectl` does not leave this to its reader of YAML: it cuts at lines that begin with `---`, and
//! of each piece it reads one document. A text that begins with `{` is a stream of JSON first, and
//! YAML from where it stops to be JSON (`apimachinery/pkg/util/yaml`, `YAMLOrJSONDecoder`).

use std::borrow::Cow;

use serde::de::IgnoredAny;

use super::{DocumentProblem, Error, Place};

/// How a piece is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    /// YAML 1.1.
    Yaml,
    /// JSON, which is nearly a part of YAML.
    Json,
}

/// The text of one document.
#[derive(Debug)]
pub(super) struct Piece<'t> {
    /// The text; the last line ends as every other.
    pub(super) text: Cow<'t, str>,
    /// How it is written.
    pub(super) dialect: Dialect,
    /// Where it begins: lines and characters before it, and bytes.
    pub(super) origin: Origin,
}

/// What stands before a piece.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Origin {
    /// Whole lines.
    pub(super) lines: usize,
    /// Characters of the line on which it begins.
    pub(super) columns: usize,
    /// Bytes of the whole text.
    pub(super) bytes: usize,
}

impl Origin {
    fn after(self, text: &str) -> Self {
        let breaks = text.matches('\n').count();
        let last = text.rsplit('\n').next().unwrap_or_default().chars().count();
        Self {
            lines: self.lines + breaks,
            columns: if breaks == 0 { self.columns + last } else { last },
            bytes: self.bytes + text.len(),
        }
    }

    fn place(self) -> Place {
        Place { line: self.lines + 1, column: self.columns + 1, span: self.bytes..self.bytes }
    }
}

/// The pieces of `text` in order; a line that begins as a separator and is none is an error.
pub(super) fn pieces(text: &str) -> Vec<Result<Piece<'_>, Error>> {
    let mut found = Vec::new();
    let mut origin = Origin::default();
    let mut rest = text;
    if text.trim_start().starts_with('{') {
        let mut values = serde_json::Deserializer::from_str(text).into_iter::<IgnoredAny>();
        let mut end = 0;
        while let Some(Ok(_)) = values.next() {
            let value = text.get(end..values.byte_offset()).unwrap_or_default();
            end = values.byte_offset();
            let dialect = Dialect::Json;
            found.push(Ok(Piece { text: Cow::Borrowed(value), dialect, origin }));
            origin = origin.after(value);
        }
        rest = text.get(end..).unwrap_or_default();
        // After two values kubectl takes the text for JSON and nothing else.
        if found.len() > 1 && !rest.trim().is_empty() {
            let blank = rest.len() - rest.trim_start().len();
            let place = origin.after(rest.get(..blank).unwrap_or_default()).place();
            found.push(Err(Error { problem: DocumentProblem::AfterJson, place }));
            return found;
        }
        let blank = blank_start(rest);
        origin = origin.after(blank);
        rest = rest.strip_prefix(blank).unwrap_or(rest);
    }
    cut(rest, origin, &mut found);
    found
}

/// The white space at the beginning of a text, no further than its first line.
fn blank_start(text: &str) -> &str {
    let length = text.len() - text.trim_start().len();
    let blank = text.get(..length).unwrap_or_default();
    blank.split_inclusive('\n').next().unwrap_or_default()
}

/// Cuts YAML at its separators.
fn cut<'t>(text: &'t str, mut origin: Origin, found: &mut Vec<Result<Piece<'t>, Error>>) {
    let mut start = 0;
    let mut here = 0;
    let piece = |start: usize, end: usize, origin: Origin, found: &mut Vec<_>| {
        // A byte order mark at the beginning of a document is none of its text.
        let text = text.get(start..end).unwrap_or_default();
        let (mark, text) = match text.strip_prefix('\u{feff}') {
            Some(text) => ('\u{feff}'.len_utf8(), text),
            None => (0, text),
        };
        let origin = Origin { bytes: origin.bytes + mark, ..origin };
        if ends_before_it_begins(text) {
            found.push(Err(Error { problem: DocumentProblem::Unseparated, place: origin.place() }));
            return;
        }
        let is_whole = text.is_empty() || text.ends_with('\n');
        let text = if is_whole { Cow::Borrowed(text) } else { Cow::Owned(format!("{text}\n")) };
        found.push(Ok(Piece { text, dialect: Dialect::Yaml, origin }));
    };
    for line in text.split_inclusive('\n') {
        let end = here + line.len();
        if let Some(after) = line.strip_prefix("---") {
            piece(start, here, origin, found);
            let separator = origin.after(text.get(start..here).unwrap_or_default());
            let after = after.trim();
            // A carriage return alone ends the line for the reader of YAML and not for kubectl.
            if (!after.is_empty() && !after.starts_with('#')) || line.trim_end().contains('\r') {
                let place =
                    Place { span: separator.bytes..separator.bytes + 3, ..separator.place() };
                found.push(Err(Error { problem: DocumentProblem::Separator, place }));
            }
            origin = separator.after(line);
            start = end;
        }
        here = end;
    }
    piece(start, here, origin, found);
}

/// Whether the end of a document, `...`, stands where one would begin.
fn ends_before_it_begins(text: &str) -> bool {
    let mut lines = text.split(['\n', '\r']);
    let first = lines.find(|line| !line.trim().is_empty() && !line.trim_start().starts_with('#'));
    first
        .and_then(|line| line.strip_prefix("..."))
        .is_some_and(|after| after.chars().next().is_none_or(char::is_whitespace))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Vec<(String, usize, usize)> {
        let piece = |piece: Result<Piece<'_>, Error>| match piece {
            Ok(piece) => (piece.text.into_owned(), piece.origin.lines, piece.origin.bytes),
            Err(error) => (error.to_string(), error.place.line, error.place.span.start),
        };
        pieces(text).into_iter().map(piece).filter(|(text, ..)| !text.is_empty()).collect()
    }

    #[test]
    fn a_stream_is_cut_where_kubectl_cuts_it() {
        assert_eq!(
            shown("a: 1\n--- # c\r\nb: 2"),
            [("a: 1\n".into(), 0, 0), ("b: 2\n".into(), 2, 14)]
        );
        assert_eq!(
            shown("---\n---\na: 1\n---\n\u{feff}b: 2\n"),
            [("a: 1\n".into(), 2, 8), ("b: 2\n".into(), 4, 20)]
        );
        let json = shown("{\"a\": 1}\n{\"b\": 2} {}");
        let texts: Vec<&str> = json.iter().map(|(text, ..)| text.as_str()).collect();
        assert_eq!(texts, ["{\"a\": 1}", "\n{\"b\": 2}", " {}"]);
        assert_eq!(shown("{\"a\": 1}\nb: 2\n")[1], ("b: 2\n".into(), 1, 9));
    }

    #[test]
    fn what_begins_as_a_separator_and_is_none_is_an_error_at_its_line() {
        for line in ["--- {a: 1}", "---a: 1", "--- |", "----"] {
            let found = shown(&format!("a: 1\n{line}\n"));
            assert_eq!((found[1].1, found[1].2), (2, 5), "{line}");
        }
        assert_eq!(shown("{}{}\n---\na: 1\n")[2].1, 2);
    }
}
