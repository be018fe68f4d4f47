//! The checklists that policies stand for, line by line, as a part of the sheet.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::markdown::{plain, title};
use crate::audit::checklist::{At, Breaks, Checklist, Line, Lines, Standing, standing};
use crate::audit::outcome::Audit;
use crate::audit::workload::Counts;
use crate::text::plural;

/// The most workloads that are named beside a line.
const NAMED: usize = 3;

pub(super) fn write<E>(
    audit: &Audit,
    lines: &Lines<'_>,
    out: &mut impl FnMut(&str) -> Result<(), E>,
) -> Result<(), E> {
    let broken = lines.broken(&audit.book);
    for (list, checklist) in audit.checklists.iter().enumerate() {
        let mut rows = String::new();
        let mut sums = Sums::default();
        for (at, line) in checklist.lines.iter().enumerate() {
            let breaks = broken.get(&(list, at));
            let stands = standing(&checklist.policy, line, breaks, &audit.book);
            sums.add(&stands);
            rows.push_str(&row(audit, line, &stands, breaks));
        }
        out(&head(checklist, sums))?;
        out(&rows)?;
        out("\n")?;
    }
    Ok(())
}

/// ` (M25, M26)`: the lines that a finding breaks, by their numbers.
pub(super) fn rows(audit: &Audit, broken: &BTreeSet<At>) -> String {
    let row = |(list, at): &At| {
        let checklist = audit.checklists.get(*list)?;
        checklist.lines.get(*at).map(|line| plain(&line.row))
    };
    let rows: Vec<String> = broken.iter().filter_map(row).collect();
    if rows.is_empty() { String::new() } else { format!(" ({})", rows.join(", ")) }
}

/// How many lines stand how.
#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    passed: usize,
    failed: usize,
    open: usize,
    excused: usize,
    by_hand: usize,
}

impl Sums {
    fn add(&mut self, stands: &Standing) {
        *match stands {
            Standing::Passed => &mut self.passed,
            Standing::Failed(_) => &mut self.failed,
            Standing::Open(_) => &mut self.open,
            Standing::Excused(_) => &mut self.excused,
            Standing::ByHand => &mut self.by_hand,
        } += 1;
    }
}

fn head(checklist: &Checklist, sums: Sums) -> String {
    let Sums { passed, failed, open, excused, by_hand } = sums;
    let of = passed + failed + open + excused;
    format!(
        "## Checklist of policy {}\n\n**{passed}/{of} lines passed**, {failed} failed, {open} open, \
         {excused} excused; {by_hand} more no rule tells: they are looked at by hand. A line has passed \
         where nothing that was looked at breaks it.\n\n\
         | Line | What it demands | Stands | Told by | Where |\n| --- | --- | --- | --- | --- |\n",
        plain(&checklist.policy)
    )
}

fn row(audit: &Audit, line: &Line, stands: &Standing, breaks: Option<&Breaks<'_>>) -> String {
    let answers = line.answers.iter().map(|answer| match &answer.part {
        Some(part) => plain(&format!("{}/{part}", answer.rule)),
        None => plain(&answer.rule),
    });
    let answers: Vec<String> = answers.collect();
    let mut text = format!("| {} | {} | ", plain(&line.row), plain(&line.demands));
    let _ = match stands {
        Standing::Passed => write!(text, "passed"),
        Standing::Failed(counts) => write!(text, "**failed**: {}", of(*counts)),
        Standing::Open(why) => write!(text, "open: {}", plain(&why.join("; "))),
        Standing::Excused(findings) => write!(text, "excused: {}", plural(*findings, "finding")),
        Standing::ByHand => write!(text, "by hand"),
    };
    let place = breaks.map(|breaks| place(audit, breaks)).unwrap_or_default();
    let _ = writeln!(text, " | {} | {place} |", answers.join(", "));
    text
}

/// `2 refused, 1 warned`.
fn of(counts: Counts) -> String {
    let Counts { refused, warned, recorded, .. } = counts;
    let counts = [(refused, "refused"), (warned, "warned"), (recorded, "recorded")];
    let said = counts.iter().filter(|(count, _)| *count > 0);
    said.map(|(count, word)| format!("{count} {word}")).collect::<Vec<_>>().join(", ")
}

/// The first workloads that break a line.
fn place(audit: &Audit, breaks: &Breaks<'_>) -> String {
    let named = breaks.workloads.iter().take(NAMED);
    let named: Vec<String> = named.map(|workload| plain(&title(audit, workload))).collect();
    let more = breaks.workloads.len().saturating_sub(NAMED);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{more}", named.join(", "))
}
