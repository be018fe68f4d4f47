//! The table of what has findings, counts first.

use std::fmt::Write as _;

use crate::audit::outcome::Audit;
use crate::audit::workload::{Counts, Workload};
use crate::text::{clipped, printable};

/// The widest column of names, in characters.
const NAME_LIMIT: usize = 48;

/// What stands in a line of the table.
struct Row {
    namespace: String,
    workload: String,
    passed: String,
    counts: Counts,
}

/// One line for each workload with findings, and one for all others of its namespace.
pub(super) fn table<E>(
    audit: &Audit,
    out: &mut impl FnMut(&str) -> Result<(), E>,
) -> Result<(), E> {
    let workloads = &audit.book.workloads;
    // A namespace has a line also where nothing is found in it, a workload has none then.
    let namespaces = workloads.iter().map(|workload| namespace_of(audit, workload));
    let titles = workloads.iter().filter(|w| !w.is_clean()).map(|w| title_of(audit, w));
    let (first, second) = (widest(namespaces, 9), widest(titles, 22));
    let mut out_row = |row: &[String; 7]| {
        let [namespace, workload, numbers @ ..] = row;
        let mut line = format!("{namespace:first$}  {workload:second$}");
        for number in numbers {
            let _ = write!(line, "  {number:>9}");
        }
        out(&format!("{}\n", line.trim_end()))
    };
    if workloads.is_empty() {
        return Ok(());
    }
    let heads = ["NAMESPACE", "WORKLOAD", "PASSED", "REFUSED", "WARNED", "RECORDED", "EXCUSED"];
    out_row(&heads.map(str::to_owned))?;
    for of_namespace in workloads.chunk_by(|a, b| a.namespace == b.namespace) {
        for row in rows(audit, of_namespace) {
            let Counts { refused, warned, recorded, excused } = row.counts;
            let [a, b, c, d] = [refused, warned, recorded, excused].map(|count| count.to_string());
            out_row(&[row.namespace, row.workload, row.passed, a, b, c, d])?;
        }
    }
    out("\n")
}

/// How wide a column is.
pub(super) fn widest(texts: impl Iterator<Item = String>, least: usize) -> usize {
    texts.map(|text| text.chars().count()).max().unwrap_or_default().max(least)
}

fn rows(audit: &Audit, workloads: &[Workload]) -> Vec<Row> {
    let sum = |workload: &Workload| {
        let parts = workload.parts.iter();
        parts.fold((0, 0), |(passed, total), p| {
            (passed + p.passed(&audit.book.texts), total + p.total)
        })
    };
    let (mut rows, mut clean, mut passed, mut total) = (Vec::new(), 0, 0, 0);
    for workload in workloads {
        let sum = sum(workload);
        if workload.is_clean() {
            (clean, passed, total) = (clean + 1, passed + sum.0, total + sum.1);
            continue;
        }
        rows.push(Row {
            namespace: namespace_of(audit, workload),
            workload: title_of(audit, workload),
            passed: format!("{}/{}", sum.0, sum.1),
            counts: workload.counts(),
        });
    }
    if clean > 0 {
        let namespace = workloads.first().map(|workload| namespace_of(audit, workload));
        rows.push(Row {
            namespace: namespace.unwrap_or_default(),
            workload: format!("{clean} without finding"),
            passed: format!("{passed}/{total}"),
            counts: Counts::default(),
        });
    }
    rows
}

fn namespace_of(audit: &Audit, workload: &Workload) -> String {
    shown(workload.namespace.map_or("-", |name| audit.book.texts.pool.get(name)))
}

/// A name as it stands in a column.
pub(super) fn shown(name: &str) -> String {
    printable(&clipped(name, NAME_LIMIT)).into_owned()
}

/// `Deployment/api`.
fn title_of(audit: &Audit, workload: &Workload) -> String {
    let pool = &audit.book.texts.pool;
    shown(&format!("{}/{}", pool.get(workload.kind), pool.get(workload.name)))
}
