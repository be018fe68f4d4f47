//! For people at a terminal: each finding under the lines it is about, as a compiler shows it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};

use crate::check::{Report, Reviewed};
use crate::review::{Ending, Violation};
use crate::rules::Mode;
use crate::text::{plural, printable};
use crate::yaml::Place;

/// The findings, one line for each workload, and the sum.
///
/// `texts` are the files as they may be shown ([`crate::check::showable`]). Colours are written as
/// escape codes; the stream decides whether to keep them.
pub fn render(report: &Report, texts: &BTreeMap<&str, String>) -> String {
    let renderer = Renderer::styled();
    let mut text = String::new();
    for reviewed in &report.reviewed {
        for violation in &reviewed.verdict.violations {
            let source = texts.get(reviewed.file.as_str()).map_or("", String::as_str);
            let _ = writeln!(text, "{}\n", renderer.render(&snippet(reviewed, violation, source)));
        }
    }
    for unreviewed in &report.unreviewed {
        let (file, place) = (printable(&unreviewed.file), &unreviewed.place);
        let problem = unreviewed.problem.to_string();
        let problem = printable(&problem);
        let _ = writeln!(text, "error: {file}:{}:{}: {problem}\n", place.line, place.column);
    }
    for reviewed in &report.reviewed {
        let _ = writeln!(text, "{}", line(reviewed));
    }
    let _ = writeln!(text, "{}", sum(report));
    text
}

/// The longest line that is shown.
const LINE_LIMIT: usize = 240;

fn snippet<'r>(
    reviewed: &'r Reviewed,
    violation: &'r Violation,
    source: &'r str,
) -> [Group<'r>; 1] {
    let finding = &violation.finding;
    let level = match violation.consequence() {
        Mode::Deny => Level::ERROR,
        Mode::Warn => Level::WARNING,
        Mode::Audit => Level::NOTE,
    };
    let title = level.primary_title(finding.message.as_str()).id(violation.rule.id);
    let place = reviewed.locate(&finding.at);
    let file = printable(&reviewed.file).into_owned();
    let help = Level::HELP.message(finding.remedy.to_string());
    let Some((line, span)) = line_of(source, place) else {
        // A line too long to show, as in a file of JSON.
        let origin = Origin::path(file).line(place.line).char_column(place.column);
        return [title.element(origin).element(help)];
    };
    let shown = Snippet::source(line).line_start(place.line).path(file);
    let shown = shown.annotation(AnnotationKind::Primary.span(span));
    [title.element(shown).element(help)]
}

/// The line of a place, and the place in it; none where the line is too long to show.
fn line_of<'s>(source: &'s str, place: &Place) -> Option<(&'s str, Range<usize>)> {
    let start = place.span.start;
    let mut first = start.saturating_sub(LINE_LIMIT);
    while !source.is_char_boundary(first) {
        first -= 1;
    }
    let before = source.get(first..start)?;
    let line_start = match before.rfind('\n') {
        Some(at) => first + at + 1,
        None if first == 0 => 0,
        None => return None,
    };
    let mut last = (line_start + LINE_LIMIT).min(source.len());
    while !source.is_char_boundary(last) {
        last -= 1;
    }
    let window = source.get(line_start..last)?;
    let length = match window.find('\n') {
        Some(length) => length,
        None if last == source.len() => window.len(),
        None => return None,
    };
    let line = window.get(..length)?;
    let begin = start - line_start;
    let end = (place.span.end - line_start).min(length);
    line.get(begin..end).map(|_| (line, begin..end))
}

fn line(reviewed: &Reviewed) -> String {
    let verdict = &reviewed.verdict;
    let word = if verdict.allowed() { "pass" } else { "FAIL" };
    let title = printable(&reviewed.title);
    let mut line = format!("{word}  {title}  {}/{} passed", verdict.passed(), verdict.total());
    for (count, what) in [
        (verdict.warnings().count(), "warning"),
        (verdict.with_consequence(Mode::Audit).count(), "audit finding"),
    ] {
        if count > 0 {
            let _ = write!(line, ", {}", plural(count, what));
        }
    }
    if verdict.ending == Ending::Full {
        let found = plural(verdict.denials().count(), "failure");
        let _ = write!(line, ", and the review ended at {found}");
    } else if verdict.left_out {
        line.push_str(", and more that would not be refused is left out");
    }
    if !verdict.lacking.is_empty() {
        let paths: Vec<String> = verdict.lacking.iter().map(ToString::to_string).collect();
        let _ = write!(line, ", no pod template at {}: nothing is checked there", paths.join(", "));
    }
    let undetermined: Vec<&str> = verdict.unsettled.iter().map(|u| u.rule.id).collect();
    if !undetermined.is_empty() {
        let _ = write!(line, ", undetermined: {}", undetermined.join(", "));
    }
    line
}

fn sum(report: &Report) -> String {
    let (passed, total) = report.passed_and_total();
    let mut sum =
        format!("\n{passed}/{total} passed in {}", plural(report.reviewed.len(), "workload"));
    if report.others > 0 {
        let _ = write!(sum, "; {} no rule reads", plural(report.others, "other object"));
    }
    if report.foreign > 0 {
        let _ = write!(sum, "; no object of Kubernetes: {}", plural(report.foreign, "document"));
    }
    if !report.unreviewed.is_empty() {
        let _ =
            write!(sum, "; {} could not be reviewed", plural(report.unreviewed.len(), "document"));
    }
    sum
}
