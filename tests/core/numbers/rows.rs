//! The lines of the checklists, as their file has them.

use std::collections::BTreeMap;

/// A line of a checklist: what it demands and what answers it besides rules.
#[derive(Debug, Default)]
pub struct Row {
    pub demand: String,
    /// The rules that it asks for, built or not.
    pub rules: Vec<String>,
    /// Links to what meets it, from docs/.
    pub met: Vec<String>,
    /// The names of the tests that hold what these links lead to.
    pub proof: Vec<String>,
    /// What is lacking besides rules.
    pub open: Option<String>,
}

/// The lines by number, of a text as `checklist.txt` is.
pub fn rows(text: &str) -> BTreeMap<String, Row> {
    let mut rows = BTreeMap::new();
    let mut last: Option<(String, Row)> = None;
    for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        match (line.strip_prefix("  "), &mut last) {
            (Some(part), Some((number, row))) => take(number, row, part),
            (Some(_), None) => panic!("nothing stands above: {line}"),
            (None, _) => {
                let (number, demand) = line.split_once(" | ").expect("a number and a demand");
                close(last.take(), &mut rows);
                last =
                    Some((number.to_owned(), Row { demand: demand.to_owned(), ..Row::default() }));
            }
        }
    }
    close(last, &mut rows);
    rows
}

fn close(row: Option<(String, Row)>, rows: &mut BTreeMap<String, Row>) {
    let Some((number, row)) = row else { return };
    assert!(!row.demand.contains('|'), "{number}");
    assert!(rows.insert(number.clone(), row).is_none(), "{number} stands twice");
}

fn take(number: &str, row: &mut Row, part: &str) {
    let (key, value) = part.trim_start().split_once(": ").expect("a key and what it says");
    let all = value.split(", ").map(str::to_owned);
    match key {
        "rules" => row.rules.extend(all),
        "itself" | "report" | "runbook" => row.met.push(value.to_owned()),
        "proof" => row.proof.extend(all),
        "open" => row.open = Some(value.to_owned()),
        _ => panic!("{number} has `{key}`, which means nothing"),
    }
}
