//! The user's own lines, each once, with what is wrong marked under the values.

use std::fmt::Write as _;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use crate::check::Reviewed;
use crate::review::Violation;
use crate::rules::Mode;
use crate::text::printable;
use crate::yaml::Place;

/// The longest line that is shown.
const LINE_LIMIT: usize = 240;

/// The most bytes between two lines of one excerpt; what is further away gets one of its own.
const GAP_LIMIT: usize = 16 << 10;

/// One excerpt for all of `wrong`, and those that stand where nothing can be shown, such as in a
/// line too long: their place, and what to say.
pub(super) fn render(
    reviewed: &Reviewed,
    wrong: &[(&Violation, String)],
    source: &str,
) -> (String, Vec<(String, String)>) {
    let mut marks: Vec<(&Place, Mode, &str)> = wrong
        .iter()
        .map(|(v, text)| (reviewed.locate_value(&v.finding.at), v.consequence(), text.as_str()))
        .collect();
    marks.sort_by_key(|(place, ..)| place.span.start);
    let mut elsewhere = Vec::new();
    marks.retain(|(place, _, text)| {
        let is_shown = shown_line(source, place).is_some();
        if !is_shown {
            let file = printable(&reviewed.file);
            elsewhere.push((format!("{file}:{}:{}", place.line, place.column), (*text).to_owned()));
        }
        is_shown
    });
    let mut text = String::new();
    for marks in windows(&marks) {
        text.push_str(&excerpt(marks, source));
    }
    (text, elsewhere)
}

/// Marks that are far from each other stand in excerpts of their own.
fn windows<'m, 'p>(
    marks: &'m [(&'p Place, Mode, &'p str)],
) -> impl Iterator<Item = &'m [(&'p Place, Mode, &'p str)]> {
    marks.chunk_by(|(a, ..), (b, ..)| b.span.start.saturating_sub(a.span.start) < GAP_LIMIT)
}

fn excerpt(marks: &[(&Place, Mode, &str)], source: &str) -> String {
    let (Some((first, ..)), Some((last, ..))) = (marks.first(), marks.last()) else {
        return String::new();
    };
    let begin = shown_line(source, first).map_or(0, |line| line.start);
    let end = shown_line(source, last).map_or(source.len(), |line| line.end);
    let window = source.get(begin..end).unwrap_or_default();
    let mut snippet = Snippet::source(window).line_start(first.line).fold(true);
    for (number, (place, _, text)) in marks.iter().enumerate() {
        let span = place.span.start - begin..(place.span.end - begin).min(window.len());
        let kind = if number == 0 { AnnotationKind::Primary } else { AnnotationKind::Context };
        snippet = snippet.annotation(kind.span(span).label(*text));
    }
    let level = match marks.iter().map(|(_, mode, _)| *mode).max() {
        Some(Mode::Deny) | None => Level::ERROR,
        Some(Mode::Warn) => Level::WARNING,
        Some(Mode::Audit) => Level::NOTE,
    };
    let rendered = Renderer::styled().render(&[Group::with_level(level).element(snippet)]);
    let mut text = String::new();
    for line in rendered.lines() {
        let _ = writeln!(text, "    {line}");
    }
    text
}

/// The bytes of the line that a place is in; none where it is too long to show.
fn shown_line(source: &str, place: &Place) -> Option<std::ops::Range<usize>> {
    let start = place.span.start;
    let mut first = start.saturating_sub(LINE_LIMIT);
    while !source.is_char_boundary(first) {
        first -= 1;
    }
    let line_start = match source.get(first..start)?.rfind('\n') {
        Some(at) => first + at + 1,
        None if first == 0 => 0,
        None => return None,
    };
    let mut last = (line_start + LINE_LIMIT).min(source.len());
    while !source.is_char_boundary(last) {
        last -= 1;
    }
    match source.get(line_start..last)?.find('\n') {
        Some(length) => Some(line_start..line_start + length),
        None if last == source.len() => Some(line_start..last),
        None => None,
    }
}
