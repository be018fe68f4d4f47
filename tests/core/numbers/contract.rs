//! Which lines of the checklists the contracts of the two systems answer: each variable stands below
//! a comment that begins with their numbers.

use std::collections::BTreeMap;
use std::fs;

use regex::Regex;
use support::committed::repository;

/// The letter of a checklist, and the policy of its system.
pub const POLICIES: [(char, &str); 2] = [('R', "ml-enhanced-router"), ('M', "mmt-backend")];

/// A variable of which a contract demands something.
#[derive(Debug, PartialEq, Eq)]
pub struct Demand {
    pub variable: String,
    /// Counted from 1.
    pub line: usize,
}

/// What a contract demands, by the lines of the checklist that it is demanded for.
pub fn demands(policy: &str) -> BTreeMap<String, Vec<Demand>> {
    let numbers = Regex::new(r"^# ((?:[RM][0-9]+)(?:, [RM][0-9]+)*)(?::|$)").unwrap();
    let name = Regex::new(r#"^- \{?name: "?([^",}]+)"?"#).unwrap();
    let mut found: BTreeMap<String, Vec<Demand>> = BTreeMap::new();
    let mut rows: Vec<String> = Vec::new();
    let lines = policy.lines().enumerate().skip_while(|(_, line)| line.trim() != "variables:");
    for (index, line) in lines {
        let text = line.trim_start();
        if let Some(these) = numbers.captures(text) {
            rows = these[1].split(", ").map(str::to_owned).collect();
        } else if let Some(variable) = name.captures(text) {
            assert!(!rows.is_empty(), "{} is demanded for no line", &variable[1]);
            for row in &rows {
                let demand = Demand { variable: variable[1].to_owned(), line: index + 1 };
                found.entry(row.clone()).or_default().push(demand);
            }
        }
    }
    found
}

/// The text of a policy.
pub fn text_of(policy: &str) -> String {
    fs::read_to_string(repository().join(format!("policies/{policy}.yaml"))).unwrap()
}

/// Links to what the contracts demand for each line of the checklists.
pub fn links() -> BTreeMap<String, String> {
    let mut links = BTreeMap::new();
    for (letter, policy) in POLICIES {
        for (row, demands) in demands(&text_of(policy)) {
            assert!(row.starts_with(letter), "{policy} is no policy for {row}");
            let links_of_row = demands.iter().map(|Demand { variable, line }| {
                format!("[`{variable}`](../policies/{policy}.yaml#L{line})")
            });
            let text = links_of_row.collect::<Vec<_>>().join(", ");
            links.insert(row, format!("{text} of the contract"));
        }
    }
    links
}

#[test]
fn every_variable_of_a_contract_is_found_below_its_line_of_the_checklist() {
    for (_, policy) in POLICIES {
        let text = text_of(policy);
        let tree = plimsoll::yaml::documents(&text).remove(0).unwrap().to_value();
        let variables = &tree["spec"]["rules"]["environment-contract"]["variables"];
        let wanted = variables.as_array().unwrap().iter().map(|v| v["name"].as_str().unwrap());
        let mut found: Vec<Demand> = demands(&text).into_values().flatten().collect();
        found.sort_by_key(|demand| demand.line);
        found.dedup();
        let found: Vec<&str> = found.iter().map(|demand| demand.variable.as_str()).collect();
        assert_eq!(found, wanted.collect::<Vec<_>>(), "{policy}");
    }
}

#[test]
fn a_comment_with_several_numbers_is_about_all_of_them_and_one_without_changes_nothing() {
    let policy = "# M1\nvariables:\n  # M2, M3: both.\n  - {name: A, x: y}\n  # As it is.\n  - name: \"*B\"\n  # M4\n  - {name: C}\n";
    let demand = |variable: &str, line| Demand { variable: variable.to_owned(), line };
    let both = || vec![demand("A", 4), demand("*B", 6)];
    let wanted = [("M2", both()), ("M3", both()), ("M4", vec![demand("C", 8)])];
    let wanted = wanted.map(|(row, demands)| (row.to_owned(), demands));
    assert_eq!(demands(policy), BTreeMap::from(wanted));
}
