//! For people at a terminal: each workload with what is wrong in it, container by container.

mod excerpt;
mod part;

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::check::{Report, Reviewed};
use crate::review::{Ending, Verdict};
use crate::rules::Mode;
use crate::text::{plural, printable};
use part::{Part, parts};

/// Every workload with its findings, what could not be read, and the sum.
///
/// `texts` are the files as they may be shown ([`crate::check::showable`]). Colours are written as
/// escape codes; the stream decides whether to keep them.
pub fn render(report: &Report, texts: &BTreeMap<&str, String>) -> String {
    let mut text = String::new();
    for reviewed in &report.reviewed {
        let _ = writeln!(text, "{}", line(reviewed));
        let source = texts.get(reviewed.file.as_str()).map_or("", String::as_str);
        let parts = parts(reviewed);
        for part in &parts {
            let _ = write!(text, "\n{}", render_part(reviewed, part, source));
        }
        if !parts.is_empty() {
            text.push('\n');
        }
    }
    if !report.unreviewed.is_empty() {
        text.push('\n');
    }
    for unreviewed in &report.unreviewed {
        let (file, place) = (printable(&unreviewed.file), &unreviewed.place);
        let problem = unreviewed.problem.to_string();
        let _ = writeln!(
            text,
            "error: {file}:{}:{}: {}",
            place.line,
            place.column,
            printable(&problem)
        );
    }
    for note in &report.notes {
        let _ = writeln!(text, "note: {}", printable(note));
    }
    if !text.is_empty() && !text.ends_with("\n\n") {
        text.push('\n');
    }
    let _ = writeln!(text, "{}", sum(report));
    text
}

/// One container, or the pod or object around them: its lines that are wrong, then what is missing,
/// then what a person has to decide.
fn render_part(reviewed: &Reviewed, part: &Part<'_>, source: &str) -> String {
    let mut text = format!("  {}\n", part.title);
    let (excerpt, rest) = excerpt::render(reviewed, &part.wrong, source);
    text.push_str(&excerpt);
    let column = |entries: &[(String, String)]| {
        entries.iter().map(|(left, _)| left.chars().count().min(60)).max().unwrap_or(0) + 2
    };
    let sections =
        [("elsewhere:", &rest), ("missing:", &part.missing), ("to decide:", &part.to_decide)];
    for (heading, entries) in sections {
        if entries.is_empty() {
            continue;
        }
        let _ = writeln!(text, "    {heading}");
        let width = column(entries);
        for (left, right) in entries {
            let _ = writeln!(text, "      {left:width$}{right}");
        }
    }
    text
}

/// The line of a workload: what would become of it, and where it stands.
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
    line.push_str(&ending(verdict));
    if !verdict.lacking.is_empty() {
        let paths: Vec<String> = verdict.lacking.iter().map(ToString::to_string).collect();
        let _ =
            write!(line, ", no pod template at {}: nothing is checked there", paths.join(" or "));
    }
    let undetermined: BTreeSet<String> =
        verdict.undetermined.iter().map(|u| format!("{} ({})", u.rule.id, u.why)).collect();
    for (number, rule) in undetermined.iter().enumerate() {
        let _ = write!(line, "{}{rule}", if number == 0 { ", undetermined: " } else { ", " });
    }
    let _ = write!(line, "  ({}:{})", printable(&reviewed.file), reviewed.node.place.line);
    line
}

fn ending(verdict: &Verdict) -> String {
    if verdict.ending == Ending::Full {
        let found = plural(verdict.denials().count(), "failure");
        format!(", and the review ended at {found}")
    } else if verdict.left_out {
        ", and more that would not be refused is left out".to_owned()
    } else {
        String::new()
    }
}

fn sum(report: &Report) -> String {
    let (passed, total) = report.passed_and_total();
    let mut sum =
        format!("{passed}/{total} passed in {}", plural(report.reviewed.len(), "workload"));
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
