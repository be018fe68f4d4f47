//! For people at a terminal: each workload with what is wrong in it, container by container.

mod excerpt;
mod part;
mod shown;

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::record::{Report, Reviewed, Sums};
use crate::review::{Ending, Verdict};
use crate::text::{plural, printable};
use part::{Part, parts};
use shown::Lines;

/// Every workload with its findings, what could not be read, and what there is to know besides.
pub(super) fn sections(report: &Report, source: &str, is_coloured: bool) -> [String; 3] {
    let [mut text, mut errors, mut notes] = [const { String::new() }; 3];
    for reviewed in &report.reviewed {
        let _ = writeln!(text, "{}", line(reviewed));
        let parts = parts(reviewed);
        let lines = if parts.iter().any(|part| !part.wrong.is_empty()) {
            Lines::of(source, &reviewed.node, &reviewed.taken)
        } else {
            Lines::default()
        };
        for part in &parts {
            let _ = write!(text, "\n{}", render_part(reviewed, part, &lines, is_coloured));
        }
        if !parts.is_empty() {
            text.push('\n');
        }
    }
    for unreviewed in &report.unreviewed {
        let (file, place) = (printable(&unreviewed.file), &unreviewed.place);
        let problem = unreviewed.problem.to_string();
        let problem = printable(&problem);
        let _ = writeln!(errors, "error: {file}:{}:{}: {problem}", place.line, place.column);
    }
    for note in &report.notes {
        let _ = writeln!(notes, "note: {}", printable(note));
    }
    [text, errors, notes]
}

/// What stands behind the workloads: errors, notes and the sum.
pub(super) fn closing(
    errors: &str,
    notes: &str,
    sums: Sums,
    is_behind_workloads: bool,
    is_behind_blank: bool,
) -> String {
    let gap = if errors.is_empty() { "" } else { "\n" };
    let mut text = format!("{gap}{errors}{notes}");
    let is_first = text.is_empty() && !is_behind_workloads;
    let has_gap = text.is_empty() && is_behind_blank;
    if !is_first && !has_gap {
        text.push('\n');
    }
    let _ = writeln!(text, "{}", sum(sums));
    text
}

/// One container, or the pod or object around them: its lines that are wrong, then what is missing,
/// then what a person has to decide.
fn render_part(reviewed: &Reviewed, part: &Part<'_>, lines: &Lines, is_coloured: bool) -> String {
    let mut text = format!("  {}\n", part.title);
    let (excerpt, rest) = excerpt::render(reviewed, &part.wrong, lines, is_coloured);
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
    for (count, what) in
        [(verdict.warnings().count(), "warning"), (verdict.audited().count(), "audit finding")]
    {
        if count > 0 {
            let _ = write!(line, ", {}", plural(count, what));
        }
    }
    match verdict.excused().count() {
        0 => {}
        excused => {
            let _ = write!(line, ", {excused} excused");
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

fn sum(sums: Sums) -> String {
    let Sums { passed, total, .. } = sums;
    let what = if sums.workloads == sums.reviewed { "workload" } else { "object" };
    let mut sum = format!("{passed}/{total} passed in {}", plural(sums.reviewed, what));
    if sums.others > 0 {
        let _ = write!(sum, "; {} no rule reads", plural(sums.others, "other object"));
    }
    if sums.foreign > 0 {
        let _ = write!(sum, "; no object of Kubernetes: {}", plural(sums.foreign, "document"));
    }
    if sums.unreviewed > 0 {
        let _ = write!(sum, "; {} could not be reviewed", plural(sums.unreviewed, "document"));
    }
    sum
}
