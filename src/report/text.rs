//! For people at a terminal: each finding under the lines it is about, as a compiler shows it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use crate::check::{Report, Reviewed};
use crate::review::Violation;
use crate::rules::Mode;
use crate::text::{plural, printable};

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
    let span = reviewed.locate(&finding.at).span.clone();
    let is_inside = source.get(span.clone()).is_some();
    let title = level.primary_title(finding.message.as_str()).id(violation.rule.id);
    let shown = Snippet::source(source).path(printable(&reviewed.file).into_owned());
    let shown =
        if is_inside { shown.annotation(AnnotationKind::Primary.span(span)) } else { shown };
    [title.element(shown).element(Level::HELP.message(finding.remedy.to_string()))]
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
    if verdict.lacks_template {
        line.push_str(", no pod template where the policy says: nothing was checked");
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
    if !report.unreviewed.is_empty() {
        let _ = write!(sum, "; {} could not be read", plural(report.unreviewed.len(), "document"));
    }
    sum
}
