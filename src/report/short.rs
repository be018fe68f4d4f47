//! For editors and `grep`: one finding a line, as compilers print them.

use std::fmt::Write as _;

use super::record::Report;
use crate::rules::Mode;
use crate::text::printable;

/// `file:line:column: error: rule: message; what to do`, and the same for what cannot be read.
pub(super) fn sections(report: &Report) -> [String; 3] {
    let (mut text, mut errors) = (String::new(), String::new());
    for reviewed in &report.reviewed {
        let file = printable(&reviewed.file);
        for violation in &reviewed.verdict.violations {
            let finding = &violation.finding;
            let place = reviewed.locate_value(&finding.at);
            let excused =
                violation.excused_by().map(|by| format!("; excused by {}", printable(by)));
            let excused = excused.unwrap_or_default();
            let word = match violation.consequence() {
                Mode::Deny => "error",
                Mode::Warn => "warning",
                Mode::Audit => "note",
            };
            let (rule, message, remedy) = (&violation.rule.id, &finding.message, &finding.remedy);
            let (line, column) = (place.line, place.column);
            let _ = writeln!(
                text,
                "{file}:{line}:{column}: {word}: {rule}: {message}; {remedy}{excused}"
            );
        }
    }
    for unreviewed in &report.unreviewed {
        let (file, place) = (printable(&unreviewed.file), &unreviewed.place);
        let problem = unreviewed.problem.to_string();
        let problem = printable(&problem);
        let _ = writeln!(errors, "{file}:{}:{}: error: {problem}", place.line, place.column);
    }
    [text, errors, String::new()]
}
