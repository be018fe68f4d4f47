//! For `grep`: one finding a line, behind the object that has it.

use crate::audit::entry::Entry;
use crate::audit::outcome::Audit;
use crate::audit::workload::{Part, Workload};
use crate::rules::Mode;
use crate::text::printable;

/// `namespace/Kind/name error: rule: message; what to do`.
pub(super) fn write<E>(
    audit: &Audit,
    out: &mut impl FnMut(&str) -> Result<(), E>,
) -> Result<(), E> {
    for workload in &audit.book.workloads {
        for part in &workload.parts {
            for entry in &part.entries {
                out(&line(audit, workload, part, entry))?;
            }
        }
    }
    for failure in audit.failures() {
        let parts = [&failure.namespace, &failure.kind, &failure.name];
        let object: Vec<&str> = parts.into_iter().flatten().map(String::as_str).collect();
        let line = format!("{} error: {}", object.join("/"), failure.message);
        out(&format!("{}\n", printable(&line)))?;
    }
    for missing in &audit.book.not_looked_at {
        let place = missing.namespace.as_ref().map(|name| format!("{name}/")).unwrap_or_default();
        let line = format!("{place}{} note: not looked at: {}", missing.what, missing.why);
        out(&format!("{}\n", printable(&line)))?;
    }
    Ok(())
}

fn line(audit: &Audit, workload: &Workload, part: &Part, entry: &Entry) -> String {
    let pool = &audit.book.texts.pool;
    let namespace = workload.namespace.map(|name| format!("{}/", pool.get(name)));
    let (namespace, kind) = (namespace.unwrap_or_default(), pool.get(part.kind));
    let word = match entry.consequence() {
        Mode::Deny => "error",
        Mode::Warn => "warning",
        Mode::Audit => "note",
    };
    let excused =
        entry.excuse.as_ref().map(|excuse| format!("; excused by {}", pool.get(excuse.0)));
    let (name, rule) = (pool.get(entry.name), pool.get(entry.rule));
    let (message, fix) = (pool.get(entry.message), pool.get(entry.fix));
    let excused = excused.unwrap_or_default();
    let of = if part.is_made { made_by(audit, workload, entry) } else { String::new() };
    let line = format!("{namespace}{kind}/{name} {word}: {rule}: {message}; {fix}{excused}{of}");
    format!("{}\n", printable(&line))
}

/// What made the objects, and how many there are.
fn made_by(audit: &Audit, workload: &Workload, entry: &Entry) -> String {
    let pool = &audit.book.texts.pool;
    let (kind, name) = (pool.get(workload.kind), pool.get(workload.name));
    format!(" ({} of {kind}/{name})", entry.objects)
}
