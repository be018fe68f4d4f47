//! The sheet that people sign: how far the checklist holds, what does not, and who answers for it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::checklist;
use super::markdown::{plain, title};
use super::text::days_left;
use crate::audit::checklist::Lines;
use crate::audit::entry::Entry;
use crate::audit::outcome::Audit;
use crate::audit::workload::{Part, Workload};
use crate::text::plural;

/// Who signs (R34).
const SIGNERS: [&str; 4] = ["Technical lead", "Security", "Operations", "Product owner"];

pub(super) fn write<E>(
    audit: &Audit,
    out: &mut impl FnMut(&str) -> Result<(), E>,
) -> Result<(), E> {
    out(&head(audit))?;
    let lines = Lines::of(&audit.checklists);
    checklist::write(audit, &lines, out)?;
    out(&by_group(audit))?;
    out("## Findings\n\n")?;
    let mut is_any = false;
    for workload in &audit.book.workloads {
        let text = findings(audit, &lines, workload);
        is_any |= !text.is_empty();
        out(&text)?;
    }
    if !is_any {
        out("None.\n\n")?;
    }
    out(&excused(audit))?;
    out(&open(audit))?;
    out(&sign_off())
}

/// The score: the share of checks that passed, in tenths and rounded down, so that ten is all.
fn score(passed: usize, open: usize, total: usize) -> Option<(usize, usize)> {
    let tenths = (passed.saturating_sub(open) * 100).checked_div(total)?;
    Some((tenths / 10, tenths % 10))
}

fn head(audit: &Audit) -> String {
    let sums = audit.sums();
    let mut text = format!("# Production sign-off: {}\n\n", plain(&audit.cluster));
    let scope = match (audit.scope.namespaces.as_slice(), &audit.scope.selector) {
        ([], None) => "all objects that a policy reads".to_owned(),
        ([], Some(selector)) => format!("objects with labels {}", plain(selector)),
        (names, selector) => {
            let labels = selector.as_ref().map(|s| format!(", with labels {}", plain(s)));
            format!("namespaces {}{}", plain(&names.join(", ")), labels.unwrap_or_default())
        }
    };
    let _ = write!(text, "| | |\n| --- | --- |\n| Time | {} |\n", plain(&audit.time.to_string()));
    let _ = writeln!(text, "| API server | {} |", plain(&audit.server_version));
    let _ = writeln!(text, "| Looked at | {scope}: {} |", plural(sums.objects, "object"));
    for policy in &audit.policies {
        let _ = writeln!(text, "| Policy {} | {} |", plain(&policy.name), plain(&policy.hash));
    }
    let _ = writeln!(
        text,
        "\n**{}/{} passed** in {}, of which {} would be refused.\n",
        sums.passed,
        sums.total,
        plural(sums.subjects, "object"),
        sums.refused
    );
    match score(sums.passed, sums.open, sums.total) {
        Some((whole, tenths)) => {
            let _ = writeln!(
                text,
                "**Score {whole}.{tenths} of 10**: of {}, {} refuse nothing; {} of these could not be \
                 determined and do not count; the share of the rest, rounded down. A finding that is \
                 excused refuses nothing until its exception ends.\n",
                plural(sums.total, "check"),
                sums.passed,
                sums.open
            );
        }
        None => text.push_str("**No score**: no check was made.\n\n"),
    }
    text
}

/// How many rules of each group nothing fails.
fn by_group(audit: &Audit) -> String {
    let unsaid: BTreeSet<&str> =
        audit.book.undetermined.keys().map(|(rule, _)| rule.as_str()).collect();
    let mut groups: BTreeMap<&str, [usize; 4]> = BTreeMap::new();
    for rule in &audit.rules {
        let id = rule.id.as_str();
        let [passed, total, failed, open] = groups.entry(&rule.group).or_default();
        *total += 1;
        if audit.book.failing.contains(id) {
            *failed += 1;
        } else if unsaid.contains(id) {
            *open += 1;
        } else {
            *passed += 1;
        }
    }
    let mut text = String::from(
        "## Rules\n\n| Group | Rules that nothing fails | Failed | Undetermined |\n| --- | --- | --- | --- |\n",
    );
    for (group, [passed, total, failed, open]) in groups {
        let group = plain(&group.replace('-', " "));
        let _ = writeln!(text, "| {group} | {passed}/{total} passed | {failed} | {open} |");
    }
    text.push('\n');
    text
}

/// A workload with its findings, in the order of the lines that they break; nothing where it has none
/// that is not excused.
fn findings(audit: &Audit, lines: &Lines<'_>, workload: &Workload) -> String {
    let texts = &audit.book.texts;
    let all = workload.parts.iter().flat_map(|part| part.entries.iter().map(move |e| (part, e)));
    let open = all.filter(|(_, entry)| entry.excuse.is_none());
    let mut open: Vec<_> =
        open.map(|(part, entry)| (lines.broken_by(entry, texts), part, entry)).collect();
    // What breaks no line comes last, and all else stays in its order.
    open.sort_by_key(|(broken, ..)| broken.first().copied().unwrap_or((usize::MAX, usize::MAX)));
    let mut text = String::new();
    for (broken, part, entry) in open {
        let (rule, message) =
            (plain(texts.pool.get(entry.rule)), plain(texts.pool.get(entry.message)));
        let (word, fix) = (entry.word(), plain(texts.pool.get(entry.fix)));
        let (rows, whose) = (checklist::rows(audit, &broken), made(audit, part, entry));
        let _ = writeln!(text, "- {word}: **{rule}**{rows}: {message}{whose}; {fix}");
    }
    if text.is_empty() {
        return text;
    }
    format!("### {}\n\n{text}\n", plain(&title(audit, workload)))
}

/// Which objects of a workload have a finding that it does not have itself.
fn made(audit: &Audit, part: &Part, entry: &Entry) -> String {
    if !part.is_made {
        return String::new();
    }
    let pool = &audit.book.texts.pool;
    let (kind, name) = (plain(pool.get(part.kind)), plain(pool.get(entry.name)));
    match entry.objects {
        1 => format!(" ({kind} {name})"),
        objects => format!(" ({kind} {name} and {} more)", objects - 1),
    }
}

fn excused(audit: &Audit) -> String {
    let pool = &audit.book.texts.pool;
    let mut rows = String::new();
    for workload in &audit.book.workloads {
        for entry in workload.parts.iter().flat_map(|part| &part.entries) {
            let Some((by, until)) = entry.excuse.as_deref().copied() else { continue };
            let _ = writeln!(
                rows,
                "| {} | {} | {} | {} | {} |",
                plain(&title(audit, workload)),
                plain(pool.get(entry.rule)),
                plain(pool.get(by)),
                plain(&until.to_string()),
                days_left(audit.time, until)
            );
        }
    }
    if rows.is_empty() {
        return "## Excused\n\nNothing.\n\n".to_owned();
    }
    format!(
        "## Excused\n\n| Object | Rule | By | Until | Left |\n| --- | --- | --- | --- | --- |\n{rows}\n"
    )
}

/// What was not looked at, what could not be done, and what could not be determined.
fn open(audit: &Audit) -> String {
    let mut text = String::from("## Not looked at\n\n");
    let before = text.len();
    for missing in &audit.book.not_looked_at {
        let place = missing.namespace.as_ref().map(|name| format!(" in {name}"));
        let what = format!("{}{}", missing.what, place.unwrap_or_default());
        let _ = writeln!(text, "- {}: {}", plain(&what), plain(&missing.why));
    }
    for failure in audit.failures() {
        let _ = writeln!(text, "- error: {}", plain(&failure.to_string()));
    }
    for ((rule, why), objects) in &audit.book.undetermined {
        let objects = plural(*objects, "object");
        let _ = writeln!(text, "- undetermined: {} in {objects}: {}", plain(rule), plain(why));
    }
    for note in &audit.notes {
        let _ = writeln!(text, "- {}", plain(note));
    }
    if text.len() == before {
        text.push_str("Nothing was left out.\n");
    }
    text.push('\n');
    text
}

fn sign_off() -> String {
    let mut text = String::from(
        "## Sign-off\n\n| Role | Name | Signature | Date |\n| --- | --- | --- | --- |\n",
    );
    for signer in SIGNERS {
        let _ = writeln!(text, "| {signer} | | | |");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_of_ten_is_all_and_no_check_has_no_score() {
        assert_eq!(score(1_999, 0, 2_000), Some((9, 9)));
        assert_eq!(score(2_000, 0, 2_000), Some((10, 0)));
        assert_eq!(score(2_000, 1, 2_000), Some((9, 9)));
        assert_eq!(score(0, 0, 0), None);
    }
}
