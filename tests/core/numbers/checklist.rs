//! The lines of the checklists, and the rules that answer them.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use plimsoll::rules::catalog::CATALOG;
use regex::Regex;
use support::committed::assert_committed;

use super::records;
use super::sources::sources;

/// The checklists: the letter of their lines, how many there are, and what they are for.
const LISTS: [(char, usize, &str); 2] = [
    ('R', 37, "A service that routes requests to AI models"),
    ('M', 48, "The backend of a medical transcription service"),
];

/// How a line may be answered, and in words.
const WAYS: [(&str, &str); 5] = [
    ("rule", "a rule"),
    ("contract", "a rule for the environment of one system"),
    ("itself", "Plimsoll's own server, image and chart"),
    ("report", "the report of an audit"),
    ("runbook", "a runbook"),
];

/// A line of a checklist.
struct Row {
    demand: &'static str,
    ways: Vec<&'static str>,
}

impl Row {
    /// Whether some rule is to answer it.
    fn is_for_rules(&self) -> bool {
        self.ways.contains(&"rule") || self.ways.contains(&"contract")
    }
}

/// The lines of all checklists, by number.
fn rows() -> BTreeMap<&'static str, Row> {
    let mut rows = BTreeMap::new();
    for [number, demand, ways] in records(include_str!("checklist.txt")) {
        let ways: Vec<&str> = ways.split(", ").collect();
        for way in &ways {
            assert!(WAYS.iter().any(|(known, _)| known == way), "{number}: `{way}`");
        }
        assert!(rows.insert(number, Row { demand, ways }).is_none(), "{number} stands twice");
    }
    rows
}

#[test]
fn no_line_of_a_checklist_is_missing() {
    let rows = rows();
    let numbers = LISTS
        .iter()
        .flat_map(|(letter, count, _)| (1..=*count).map(move |number| format!("{letter}{number}")));
    let missing: Vec<_> = numbers.clone().filter(|n| !rows.contains_key(n.as_str())).collect();
    assert_eq!(missing, [""; 0]);
    assert_eq!(rows.len(), numbers.count());
}

#[test]
fn every_line_that_is_cited_is_in_a_checklist() {
    let rows = rows();
    for meta in CATALOG {
        for number in meta.rows {
            let row = rows.get(number).unwrap_or_else(|| panic!("{} cites {number}", meta.id));
            assert!(row.is_for_rules(), "{} answers {number}, which asks for no rule", meta.id);
        }
    }
    let number = Regex::new(r"\b[RM][1-9][0-9]?\b").unwrap();
    let mut cited = 0;
    for source in sources(&["src", "docs", "policies", "README.md"]) {
        for found in number.find_iter(&source.text) {
            let found = found.as_str();
            assert!(rows.contains_key(found), "{} cites {found}", source.path);
            cited += 1;
        }
    }
    assert!(cited > 50, "only {cited} citations");
}

#[test]
fn the_checklist_says_which_rules_answer_each_line() {
    let rows = rows();
    let mut page = String::from(
        "<!-- Made by `make bless` from tests/core/numbers/checklist.txt and the rules; do not edit. -->\n\n\
         # The checklist\n\n\
         The lines of two production checklists that Plimsoll stands for, what each asks for, and the \
         rules that answer it today. Rules answer in part: what each one looks at is on its page.\n",
    );
    for (letter, count, title) in LISTS {
        let _ = write!(
            page,
            "\n## {letter}: {title}\n\n| line | what it demands | it asks for | rules today |\n\
             | --- | --- | --- | --- |\n"
        );
        for number in (1..=count).map(|number| format!("{letter}{number}")) {
            let row = &rows[number.as_str()];
            let ways = WAYS.iter().filter(|(way, _)| row.ways.contains(way));
            let ways: Vec<_> = ways.map(|(_, words)| *words).collect();
            let rules = CATALOG.iter().filter(|meta| meta.rows.contains(&number.as_str()));
            let rules: Vec<_> =
                rules.map(|meta| format!("[`{0}`](rules.md#{0})", meta.id)).collect();
            let rules = match (rules.is_empty(), row.is_for_rules()) {
                (false, _) => rules.join(", "),
                (true, true) => "no rule yet".to_owned(),
                (true, false) => "asks for none".to_owned(),
            };
            let _ = writeln!(page, "| {number} | {} | {} | {rules} |", row.demand, ways.join("; "));
        }
    }
    assert_committed("docs/checklist.md", &page);
}
