//! Faults: what happens, what is promised, and the tests that hold it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use support::committed::assert_committed;

use super::records;
use super::sources::{Source, Test, cited_faults, holders, sources, tests};

/// Where faults may be cited.
const ROOTS: [&str; 7] = ["src", "tests", "docs", "policies", "benches", "README.md", "Makefile"];

/// What happens and what is promised, by number.
fn faults() -> BTreeMap<u16, [&'static str; 2]> {
    let mut faults = BTreeMap::new();
    for [number, happens, promised] in records(include_str!("faults.txt")) {
        let value = number.strip_prefix("F-").and_then(|digits| digits.parse::<u16>().ok());
        let value = value.unwrap_or_else(|| panic!("`{number}` is no number"));
        assert_eq!(number, shown(value), "written in its one way");
        let last = faults.last_key_value().map(|(last, _)| *last);
        assert!(last < Some(value), "{number} stands twice or out of order");
        faults.insert(value, [happens, promised]);
    }
    faults
}

fn shown(number: u16) -> String {
    format!("F-{number:02}")
}

/// What is cited and has no line, with the file that cites it.
fn without_a_line(faults: &BTreeMap<u16, [&str; 2]>, sources: &[Source]) -> Vec<String> {
    let cited = sources.iter().flat_map(|source| {
        cited_faults(&source.text).into_iter().map(|number| (number, source.path.as_str()))
    });
    let unknown = cited.filter(|(number, _)| !faults.contains_key(number));
    unknown.map(|(number, path)| format!("{} in {path}", shown(number))).collect()
}

#[test]
fn every_fault_that_is_cited_has_a_line() {
    let sources = sources(&ROOTS);
    assert_eq!(without_a_line(&faults(), &sources), [""; 0]);
    let citing = sources.iter().filter(|source| !cited_faults(&source.text).is_empty()).count();
    assert!(citing > 40, "only {citing} files cite any");
}

#[test]
fn a_fault_without_a_line_is_found_wherever_it_is_cited() {
    let cites = |text: &str| Source { path: "docs/x.md".to_owned(), text: text.replace('?', "F-") };
    let found = |text: &str| without_a_line(&faults(), &[cites(text)]);
    assert_eq!(found("as ?9001 says"), [format!("{}9001 in docs/x.md", "F-")]);
    assert_eq!(found("as ?01 says"), [""; 0]);
}

#[test]
fn every_fault_is_held_by_a_test_and_the_page_says_by_which() {
    let mut page = String::from(
        "<!-- Made by `make bless` from tests/core/numbers/faults.txt and the tests; do not edit. -->\n\n\
         # Faults\n\n\
         What may happen to the webhook and to `plimsoll check`, what is promised then, and the tests \
         that hold it. Code and tests cite these numbers.\n\n\
         | number | what happens | what is promised | held by |\n| --- | --- | --- | --- |\n",
    );
    let tests: Vec<Test> = sources(&["src", "tests"]).iter().flat_map(tests).collect();
    for (number, [happens, promised]) in faults() {
        let number_shown = shown(number);
        let holders = holders(tests.iter().filter(|test| test.faults.contains(&number)))
            .unwrap_or_else(|| panic!("no test holds {number_shown}"));
        let _ = writeln!(page, "| {number_shown} | {happens} | {promised} | {holders} |");
    }
    assert_committed("docs/faults.md", &page);
}
