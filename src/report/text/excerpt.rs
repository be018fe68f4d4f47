//! The user's own lines, each once, with what is wrong marked under the values.

use std::fmt::Write as _;
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use super::shown::Lines;
use crate::report::Reviewed;
use crate::review::Violation;
use crate::rules::Mode;
use crate::text::printable;
use crate::yaml::Place;

/// The longest line that is shown.
const LINE_LIMIT: usize = 240;

/// The most bytes between two lines of one excerpt; what is further away gets one of its own.
const GAP_LIMIT: usize = 16 << 10;

/// A violation's place in the lines, its consequence, and what to say of it.
type Mark<'m> = (Range<usize>, usize, Mode, &'m str);

/// One excerpt for all of `wrong`, and those that stand where nothing can be shown, such as in a
/// line too long: their place, and what to say.
pub(super) fn render(
    reviewed: &Reviewed,
    wrong: &[(&Violation, String)],
    lines: &Lines,
    is_coloured: bool,
) -> (String, Vec<(String, String)>) {
    let mut places: Vec<(&Place, Mode, &str)> = wrong
        .iter()
        .map(|(v, text)| (reviewed.locate_value(&v.finding.at), v.consequence(), text.as_str()))
        .collect();
    places.sort_by_key(|(place, ..)| place.span.start);
    let (mut marks, mut elsewhere) = (Vec::<Mark<'_>>::new(), Vec::new());
    for (place, mode, text) in places {
        let span = lines.span(place).filter(|span| line_of(lines.text(), span).is_some());
        if let Some(span) = span {
            marks.push((span, place.line, mode, text));
        } else {
            let file = printable(&reviewed.file);
            elsewhere.push((format!("{file}:{}:{}", place.line, place.column), text.to_owned()));
        }
    }
    let mut text = String::new();
    for marks in marks.chunk_by(|(a, ..), (b, ..)| b.start.saturating_sub(a.start) < GAP_LIMIT) {
        text.push_str(&excerpt(marks, lines.text(), is_coloured));
    }
    (text, elsewhere)
}

/// Marks that are near each other.
fn excerpt(marks: &[Mark<'_>], lines: &str, is_coloured: bool) -> String {
    let (Some((first, number, ..)), Some((last, ..))) = (marks.first(), marks.last()) else {
        return String::new();
    };
    let begin = line_of(lines, first).map_or(0, |line| line.start);
    let end = line_of(lines, last).map_or(lines.len(), |line| line.end);
    let window = lines.get(begin..end).unwrap_or_default();
    let mut snippet = Snippet::source(window).line_start(*number).fold(true);
    for (at, (span, _, _, text)) in marks.iter().enumerate() {
        let span = span.start - begin..(span.end - begin).min(window.len());
        let kind = if at == 0 { AnnotationKind::Primary } else { AnnotationKind::Context };
        snippet = snippet.annotation(kind.span(span).label(*text));
    }
    let level = match marks.iter().map(|(_, _, mode, _)| *mode).max() {
        Some(Mode::Deny) | None => Level::ERROR,
        Some(Mode::Warn) => Level::WARNING,
        Some(Mode::Audit) => Level::NOTE,
    };
    let renderer = if is_coloured { Renderer::styled() } else { Renderer::plain() };
    let lines = renderer.render(&[Group::with_level(level).element(snippet)]);
    let mut text = String::new();
    for line in lines.lines() {
        let _ = writeln!(text, "    {line}");
    }
    text
}

/// The bytes of the line that a mark begins in; none where it is too long to show.
fn line_of(lines: &str, mark: &Range<usize>) -> Option<Range<usize>> {
    let start = mark.start;
    let mut first = start.saturating_sub(LINE_LIMIT);
    while !lines.is_char_boundary(first) {
        first -= 1;
    }
    let line_start = match lines.get(first..start)?.rfind('\n') {
        Some(at) => first + at + 1,
        None if first == 0 => 0,
        None => return None,
    };
    let mut last = (line_start + LINE_LIMIT).min(lines.len());
    while !lines.is_char_boundary(last) {
        last -= 1;
    }
    match lines.get(line_start..last)?.find('\n') {
        Some(length) => Some(line_start..line_start + length),
        None if last == lines.len() => Some(line_start..last),
        None => None,
    }
}
