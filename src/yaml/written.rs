//! A piece of text as it is written: where in it things stand, and what in it is no YAML for
//! `kubectl`.

use std::ops::Range;

use granit_parser::{ScalarStyle, Span, StructureStyle};

use super::DocumentProblem;
use super::node::Place;
use super::stream::{Dialect, Origin, Piece};

/// How much of a node is pointed at, in bytes.
const SHOWN: usize = 160;

/// The text of one document, and where it begins.
pub(super) struct Written<'t> {
    text: &'t str,
    dialect: Dialect,
    origin: Origin,
}

/// Where a node stands: how deep, and whether between brackets or braces.
#[derive(Debug, Clone, Copy)]
pub(super) struct Depth {
    pub(super) levels: usize,
    pub(super) in_flow: bool,
}

impl Depth {
    pub(super) fn below(self, style: StructureStyle) -> Self {
        let in_flow = self.in_flow || style == StructureStyle::Flow;
        Self { levels: self.levels + 1, in_flow }
    }
}

impl<'t> Written<'t> {
    pub(super) fn of(piece: &'t Piece<'_>) -> Self {
        Self { text: piece.text.as_ref(), dialect: piece.dialect, origin: piece.origin }
    }

    /// The text.
    pub(super) fn text(&self) -> &'t str {
        self.text
    }

    /// Whether it is JSON.
    pub(super) fn is_json(&self) -> bool {
        self.dialect == Dialect::Json
    }

    /// A range of the piece as one of the whole text.
    pub(super) fn of_whole(&self, range: &Range<usize>) -> Range<usize> {
        range.start + self.origin.bytes..range.end + self.origin.bytes
    }

    /// A place of the piece as one of the whole text: `line` from 1, `column` from 0.
    pub(super) fn place_at(&self, line: usize, column: usize, span: Range<usize>) -> Place {
        let Origin { lines, columns, bytes } = self.origin;
        let before = if line <= 1 { columns } else { 0 };
        let span = span.start + bytes..span.end + bytes;
        Place { line: line + lines, column: column + before + 1, span }
    }

    /// The nearest place at or before `at` that does not split a character.
    pub(super) fn boundary(&self, at: usize) -> usize {
        let mut at = at.min(self.text.len());
        while !self.text.is_char_boundary(at) {
            at -= 1;
        }
        at
    }

    /// The place of a scalar, or the start of a collection, no further than its first line and
    /// [`SHOWN`] bytes.
    pub(super) fn place(&self, span: &Span, whole: bool) -> Place {
        let extent = self.extent(span);
        let furthest = self.boundary(extent.start + SHOWN);
        let end = if whole { extent.end.min(furthest) } else { furthest };
        let shown = self.text.get(extent.start..end).unwrap_or_default();
        let length = shown.find(['\n', '\r']).unwrap_or(shown.len());
        let shown = extent.start..extent.start + length;
        self.place_at(span.start.line(), span.start.col(), shown)
    }

    /// The bytes of the piece that a node is written with.
    pub(super) fn extent(&self, span: &Span) -> Range<usize> {
        let start = self.boundary(span.start.byte_offset().unwrap_or(0));
        start..self.boundary(span.end.byte_offset().unwrap_or(start)).max(start)
    }

    /// What no value of Kubernetes can hold, and what `kubectl` refuses though YAML 1.2 has it.
    pub(super) fn check_scalar(
        &self,
        text: &str,
        style: ScalarStyle,
        written: Range<usize>,
        depth: Depth,
    ) -> Result<(), DocumentProblem> {
        if text.contains('\0') {
            return Err(DocumentProblem::Nul);
        }
        if self.dialect == Dialect::Json {
            return Ok(());
        }
        if depth.in_flow && style == ScalarStyle::Plain {
            let mut after = self.text.get(written.end..).unwrap_or_default().chars();
            if text.contains('?') {
                return Err(DocumentProblem::QuestionMark);
            }
            let is_tight = after.next() == Some(':');
            let is_tight = is_tight && after.next().is_some_and(|c| ",[]{}".contains(c));
            if is_tight || text.starts_with(':') {
                return Err(DocumentProblem::TightColon);
            }
        }
        let written = self.text.get(written).unwrap_or_default();
        if style == ScalarStyle::DoubleQuoted && has_json_escape(written) {
            return Err(DocumentProblem::Escape);
        }
        Ok(())
    }
}

/// Line and column of a byte.
pub(super) fn place_of(text: &str, at: usize) -> Place {
    let before = text.get(..at).unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().map_or(0, |l| l.chars().count()) + 1;
    Place { line, column, span: at..at }
}

/// Whether text in double quotes, as written, holds `\/` or a surrogate: escapes that JSON has.
fn has_json_escape(written: &str) -> bool {
    let mut characters = written.chars();
    while let Some(c) = characters.next() {
        if c == '\\' {
            match characters.next() {
                Some('/') => return true,
                Some('u') => {
                    let mut digits = characters.as_str().chars();
                    let is_high = matches!(digits.next(), Some('d' | 'D'));
                    if is_high && matches!(digits.next(), Some('8' | '9' | 'a'..='f' | 'A'..='F')) {
                        return true;
                    }
                }
                _ => {}
            }
        }
    }
    false
}
