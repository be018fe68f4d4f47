//! For people at a terminal: a table of what has findings, counts first, and then each finding with
//! what to do.

use std::fmt::Write as _;

use jiff::Timestamp;

use super::table::table;
use crate::audit::changes::{Changes, Flaw};
use crate::audit::entry::Entry;
use crate::audit::outcome::Audit;
use crate::audit::record::{Scope, Sums};
use crate::audit::unneeded::Unneeded;
use crate::audit::workload::{Part, Workload};
use crate::text::{plural, printable};

pub(super) fn write<E>(
    audit: &Audit,
    is_coloured: bool,
    out: &mut impl FnMut(&str) -> Result<(), E>,
) -> Result<(), E> {
    table(audit, out)?;
    let page = Page { audit, is_coloured };
    for workload in audit.book.workloads.iter().filter(|workload| !workload.is_clean()) {
        out(&page.findings(workload))?;
    }
    if let Some(changes) = &audit.since {
        out(&since(audit, changes))?;
    }
    out(&closing(audit))
}

/// What has changed, and what could be taken away.
fn since(audit: &Audit, changes: &Changes) -> String {
    let lists = [
        ("new", &changes.new),
        ("fixed", &changes.fixed),
        ("excused", &changes.excused),
        ("gone", &changes.gone),
    ];
    let counts: Vec<String> =
        lists.iter().map(|(word, flaws)| format!("{} {word}", flaws.len())).collect();
    let mut text = format!("since {}: {}\n", changes.time, counts.join(", "));
    if changes.other_policies {
        text.push_str("the policies are not those of then\n");
    }
    for (word, flaws) in lists {
        for flaw in flaws {
            let _ = writeln!(text, "  {word:8}  {}", printable(&told(flaw)));
        }
    }
    let Unneeded { unneeded_exceptions, unfailed_rules } = &audit.unneeded;
    for (what, names) in [
        ("exceptions that nothing needs any more", unneeded_exceptions),
        ("rules that nothing fails", unfailed_rules),
    ] {
        if !names.is_empty() {
            let _ = writeln!(text, "{what}: {}", printable(&names.join(", ")));
        }
    }
    text.push('\n');
    text
}

/// `shop Deployment/api: privileged: container "a" is privileged`.
fn told(flaw: &Flaw) -> String {
    let Flaw { namespace, workload, kind, rule, message, .. } = flaw;
    let namespace = namespace.as_ref().map(|name| format!("{name} ")).unwrap_or_default();
    let is_own = workload.split_once('/').is_some_and(|(of, _)| of == kind);
    let object = if is_own { workload.clone() } else { format!("{kind} of {workload}") };
    format!("{namespace}{object}: {rule}: {message}")
}

/// What the findings of a workload are shown with.
struct Page<'p> {
    audit: &'p Audit,
    is_coloured: bool,
}

impl Page<'_> {
    /// A workload with all its findings, and those of what it made beneath.
    fn findings(&self, workload: &Workload) -> String {
        let pool = &self.audit.book.texts.pool;
        let namespace = workload.namespace.map(|name| format!("{}/", pool.get(name)));
        let (kind, name) = (pool.get(workload.kind), pool.get(workload.name));
        let title = format!("{kind} {}{name}", namespace.unwrap_or_default());
        let mut text = printable(&title).into_owned();
        if let Some(maker) = workload.maker {
            let _ = write!(text, "  (made by {})", printable(pool.get(maker)));
        }
        if workload.parts.iter().all(|part| part.is_made) {
            text.push_str("  (not looked at itself)");
        }
        text.push('\n');
        let mut parts: Vec<&Part> = workload.parts.iter().collect();
        parts.sort_by_key(|part| part.is_made);
        for part in parts {
            let indent = if part.is_made { "    " } else { "  " };
            if part.is_made && !part.entries.is_empty() {
                let kind = printable(pool.get(part.kind));
                let _ = writeln!(text, "  {kind} ({})", part.objects);
            }
            if let Some(lacking) = part.lacking {
                let lacking = printable(pool.get(lacking));
                let _ = writeln!(
                    text,
                    "{indent}no pod template at {lacking}: nothing is checked there"
                );
            }
            for entry in &part.entries {
                text.push_str(&self.entry(part, entry, indent));
            }
            if !part.is_complete {
                let _ = writeln!(text, "{indent}and more that is left out");
            }
        }
        text.push('\n');
        text
    }

    fn entry(&self, part: &Part, entry: &Entry, indent: &str) -> String {
        let text = |text| printable(self.audit.book.texts.pool.get(text));
        let word = self.coloured(entry.word());
        let mut line = format!("{indent}{word}  {}: {}", text(entry.rule), text(entry.message));
        if part.is_made {
            let more = entry.objects - 1;
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            let _ = write!(line, "  ({}{more})", text(entry.name));
        }
        let _ = write!(line, "\n{indent}          {}\n", text(entry.fix));
        if let Some((by, until)) = entry.excuse.as_deref().copied() {
            let (by, days) = (text(by), days_left(self.audit.time, until));
            let _ = writeln!(line, "{indent}          excused by {by} for {days}, until {until}");
        }
        for more in [entry.lapsed, entry.note, entry.link].into_iter().flatten() {
            let _ = writeln!(line, "{indent}          {}", text(more));
        }
        line
    }

    fn coloured(&self, word: &str) -> String {
        let colour = match word {
            _ if !self.is_coloured => return format!("{word:8}"),
            "refused" => "1;31",
            "warned" => "1;33",
            "recorded" => "36",
            _ => "32",
        };
        format!("\u{1b}[{colour}m{word:8}\u{1b}[0m")
    }
}

/// `12 more days`, or fewer than one.
pub(super) fn days_left(now: Timestamp, until: Timestamp) -> String {
    let days = until.duration_since(now).as_hours() / 24;
    match days {
        ..1 => "less than a day".to_owned(),
        1 => "1 more day".to_owned(),
        days => format!("{days} more days"),
    }
}

/// What was not looked at, what could not be done, and the sum.
fn closing(audit: &Audit) -> String {
    let mut text = remarks(audit);
    if !text.is_empty() {
        text.push('\n');
    }
    let _ = writeln!(text, "{}", sum(audit));
    text
}

/// What was not looked at, and what could not be done.
pub(super) fn remarks(audit: &Audit) -> String {
    let mut text = String::new();
    let Scope { namespaces, selector } = &audit.scope;
    if !namespaces.is_empty() {
        let _ = writeln!(text, "looked at: only what is in {}", namespaces.join(", "));
    }
    if let Some(selector) = selector {
        let _ = writeln!(text, "looked at: only what has the labels {}", printable(selector));
    }
    for missing in &audit.book.not_looked_at {
        let place =
            missing.namespace.as_ref().map(|name| format!(" in {name}")).unwrap_or_default();
        let line = format!("not looked at: {}{place}: {}", missing.what, missing.why);
        let _ = writeln!(text, "{}", printable(&line));
    }
    for ((rule, why), objects) in &audit.book.undetermined {
        let objects = plural(*objects, "object");
        let _ =
            writeln!(text, "undetermined: {} in {objects} ({})", printable(rule), printable(why));
    }
    for note in &audit.notes {
        let _ = writeln!(text, "note: {}", printable(note));
    }
    for failure in audit.failures() {
        let _ = writeln!(text, "error: {}", printable(&failure.to_string()));
    }
    text
}

fn sum(audit: &Audit) -> String {
    let Sums { subjects, workloads, refused, passed, total, open, objects } = audit.sums();
    let what = if workloads == subjects { "workload" } else { "object" };
    let mut sum = format!("{passed}/{total} passed in {}", plural(subjects, what));
    if refused > 0 {
        let _ = write!(sum, ", of which {refused} would be refused");
    }
    if open > 0 {
        let _ = write!(sum, "; {} could not be determined", plural(open, "check"));
    }
    if objects != subjects {
        let _ = write!(
            sum,
            "; {} were looked at, what others made counted with them",
            plural(objects, "object")
        );
    }
    match audit.failures().len() {
        0 => {}
        failed => {
            let _ = write!(sum, "; {} could not be done", plural(failed, "thing"));
        }
    }
    sum
}
