//! The lines of the checklists, what meets each, and the tests that prove it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use plimsoll::policy::load;
use plimsoll::rules::RuleDescription;
use plimsoll::rules::catalog::{CATALOG, find};
use regex::Regex;
use support::committed::{assert_committed, repository};

use super::contract;
use super::rows::{Row, rows};
use super::sources::{Test, holders, sources, tests};

/// The checklists: the letter of their lines, how many there are, and what they are for.
const LISTS: [(char, usize, &str); 2] = [
    ('R', 37, "A service that routes requests to AI models"),
    ('M', 48, "The backend of a medical transcription service"),
];

/// The rule whose lines stand in the policies of the two systems.
const CONTRACT: &str = "environment-contract";

/// The tests of a rule: its page has examples that run, and upstream's cases hold pod security.
const OF_PAGES: &str = "every_page_tells_the_truth";
const OF_POD_SECURITY: &str =
    "every_upstream_case_gets_upstreams_verdict_in_every_kind_and_every_list";

/// The tests of a contract: over manifests, and through a real API server.
const OF_CONTRACTS: [&str; 3] = [
    "what_keeps_its_checklist_passes_all_of_it",
    "of_what_does_not_every_rule_and_every_line_of_the_contract_fails_and_no_value_is_shown",
    "what_keeps_its_checklist_goes_in_and_what_does_not_is_refused",
];

/// All that is known of how lines are answered.
struct Answers {
    contract: BTreeMap<String, String>,
    tests: Vec<Test>,
}

impl Answers {
    fn new() -> Self {
        let tests = sources(&["src", "tests"]).iter().flat_map(tests).collect();
        Self { contract: contract::links(), tests }
    }

    /// The rules that name a line and do all they do for every system.
    fn rules(number: &str) -> impl Iterator<Item = &'static RuleDescription> {
        let all = CATALOG.iter().copied();
        all.filter(move |meta| meta.rows.contains(&number) && meta.id != CONTRACT)
    }

    fn met(&self, number: &str, row: &Row) -> Vec<String> {
        let rules = Self::rules(number).map(|meta| format!("[`{0}`](rules.md#{0})", meta.id));
        let rules: Vec<_> = rules.collect();
        let mut met = row.met.clone();
        met.splice(0..0, (!rules.is_empty()).then(|| rules.join(", ")));
        met.extend(self.contract.get(number).cloned());
        met
    }

    /// The names of the tests that prove a line.
    fn proof<'r>(&self, number: &str, row: &'r Row) -> Vec<&'r str> {
        let mut proof: Vec<&str> = row.proof.iter().map(String::as_str).collect();
        if Self::rules(number).next().is_some() {
            proof.push(OF_PAGES);
        }
        if Self::rules(number).any(|meta| meta.group == "pod-security") {
            proof.push(OF_POD_SECURITY);
        }
        if self.contract.contains_key(number) {
            proof.extend(OF_CONTRACTS);
        }
        proof
    }

    /// What of a line is not built yet.
    fn open(row: &Row) -> Vec<String> {
        let lacking = row.rules.iter().filter(|id| find(id).is_none());
        let lacking = lacking.map(|id| format!("there is no rule `{id}` yet"));
        lacking.chain(row.open.clone()).collect()
    }

    /// What is wrong with a line; nothing where all that it says is there.
    fn flaws(&self, number: &str, row: &Row) -> Vec<String> {
        let mut flaws = Vec::new();
        let mut say = |flaw: String| flaws.push(format!("{number}: {flaw}"));
        let (met, is_open) = (self.met(number, row), !Self::open(row).is_empty());
        if met.is_empty() && !is_open {
            say("nothing meets it, and nothing is said to be open".to_owned());
        }
        if !met.is_empty() && self.proof(number, row).is_empty() {
            say("no test proves what meets it".to_owned());
        }
        if row.met.is_empty() != row.proof.is_empty() {
            say("what meets it besides rules and the proof of it come together".to_owned());
        }
        for name in self.proof(number, row) {
            let count = self.tests.iter().filter(|test| test.name == name).count();
            if count != 1 {
                say(format!("{count} tests are called `{name}`"));
            }
        }
        for meta in row.rules.iter().filter_map(|id| find(id)) {
            if !meta.rows.contains(&number) {
                say(format!("`{}` does not name it among its `rows`", meta.id));
            }
        }
        if row.rules.iter().any(|id| id == CONTRACT) && !self.contract.contains_key(number) {
            say("no comment in the policy of its system names it above a variable".to_owned());
        }
        flaws
    }

    /// The tests that prove a line, as a cell of the table.
    fn proof_cell(&self, number: &str, row: &Row) -> Option<String> {
        let names = self.proof(number, row);
        holders(self.tests.iter().filter(|test| names.contains(&test.name.as_str())))
    }
}

/// The lines in the order of their checklists, with a number that is to be there.
fn numbers() -> impl Iterator<Item = String> {
    let numbers = |(letter, count, _)| (1..=count).map(move |n| format!("{letter}{n}"));
    LISTS.into_iter().flat_map(numbers)
}

fn all_rows() -> BTreeMap<String, Row> {
    rows(include_str!("checklist.txt"))
}

#[test]
fn no_line_of_a_checklist_is_missing() {
    let rows = all_rows();
    let missing: Vec<_> = numbers().filter(|number| !rows.contains_key(number)).collect();
    assert_eq!(missing, [""; 0]);
    assert_eq!(rows.len(), numbers().count());
}

#[test]
fn every_line_that_is_cited_is_in_a_checklist() {
    let rows = all_rows();
    for meta in CATALOG {
        for number in meta.rows {
            let row = rows.get(*number).unwrap_or_else(|| panic!("{} cites {number}", meta.id));
            assert!(!row.rules.is_empty(), "{} answers {number}, which asks for no rule", meta.id);
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
fn every_line_is_met_and_proven_or_said_to_be_open() {
    let (rows, answers) = (all_rows(), Answers::new());
    let flaws: Vec<_> = rows.iter().flat_map(|(n, row)| answers.flaws(n, row)).collect();
    assert!(flaws.is_empty(), "{flaws:#?}");
}

/// What stands above the checklist of a policy.
const ABOVE: &str = "  # The lines of its checklist, in their order, for the sheet of an audit. Made by `make bless`.\n";

/// The checklist as a part of the policy of its system: the lines, and what of the policy answers each.
fn checklist_of(letter: char, policy: &str) -> String {
    let (rows, text) = (all_rows(), contract::text_of(policy));
    let policies = load(policy, text.split(ABOVE).next().unwrap()).unwrap();
    let demands = contract::demands(&text);
    let mut block = format!("{ABOVE}  checklist:\n");
    for number in numbers().filter(|number| number.starts_with(letter)) {
        let armed = policies[0].rules.iter().map(|rule| rule.rule());
        let answers = armed.filter(|rule| rule.rows.contains(&&*number) && rule.id != CONTRACT);
        let mut answers: Vec<String> = answers.map(|rule| rule.id.to_string()).collect();
        let variables = demands.get(&number).into_iter().flatten();
        answers.extend(variables.map(|demand| format!("\"{CONTRACT}/{}\"", demand.variable)));
        let _ = writeln!(block, "    - row: {number}\n      demands: \"{}\"", rows[&number].demand);
        if !answers.is_empty() {
            let _ = writeln!(block, "      rules:");
        }
        for answer in answers {
            let _ = writeln!(block, "        - {answer}");
        }
    }
    block
}

#[test]
fn the_policy_of_a_system_has_the_lines_of_its_checklist_and_what_of_it_answers_each() {
    for (letter, policy) in contract::POLICIES {
        let text = contract::text_of(policy);
        let above = text.split(ABOVE).next().unwrap();
        let whole = format!("{above}{}", checklist_of(letter, policy));
        assert_committed(&format!("policies/{policy}.yaml"), &whole);
    }
}

#[test]
fn the_policy_of_a_system_arms_every_rule_that_its_checklist_asks_for() {
    let rows = all_rows();
    for (letter, policy) in contract::POLICIES {
        let path = repository().join(format!("policies/{policy}.yaml"));
        let policies = load(policy, &std::fs::read_to_string(path).unwrap()).unwrap();
        let armed = |id: &str| policies[0].rules.iter().any(|rule| rule.rule().id == *id);
        let of_it = rows.iter().filter(|(number, _)| number.starts_with(letter));
        for (number, id) in of_it.flat_map(|(n, row)| row.rules.iter().map(move |id| (n, id))) {
            assert!(find(id).is_none() || armed(id), "{policy} does not arm {id}, for {number}");
        }
    }
}

#[test]
fn a_line_that_nothing_meets_or_proves_is_found() {
    let answers = Answers::new();
    let flaws = |text: &str| {
        let rows = rows(&format!("M32 | Audit logs\n{text}"));
        answers.flaws("M32", &rows["M32"])
    };
    assert_eq!(flaws("  open: all of it\n"), [""; 0]);
    assert_eq!(flaws("  rules: made-up\n"), [""; 0]);
    let proven = format!("  itself: [a](b.md)\n  proof: {OF_PAGES}\n");
    assert_eq!(flaws(&proven), [""; 0]);
    for (text, flaw) in [
        ("", "M32: nothing meets it, and nothing is said to be open"),
        ("  itself: [a](b.md)\n", "M32: no test proves what meets it"),
        ("  itself: [a](b.md)\n  proof: made_up\n", "M32: 0 tests are called `made_up`"),
        ("  rules: replicas\n", "M32: `replicas` does not name it among its `rows`"),
        (
            "  rules: environment-contract\n",
            "M32: no comment in the policy of its system names it above a variable",
        ),
    ] {
        assert!(flaws(text).iter().any(|found| found == flaw), "{text}: {:?}", flaws(text));
    }
}

#[test]
fn the_page_says_what_meets_each_line_what_proves_it_and_what_is_open() {
    let (rows, answers) = (all_rows(), Answers::new());
    let mut page = String::from(
        "<!-- Made by `make bless` from tests/core/numbers/checklist.txt, the rules, the policies of the \
         two systems and the tests; do not edit. -->\n\n\
         # The checklist\n\n\
         The lines of two production checklists that Plimsoll stands for, what meets each, and the tests \
         that prove it. What is not built yet is [open](#open). Rules answer in part: what each one looks \
         at is on its page. A contract is the rule `environment-contract` with the variables of one \
         system, in [`ml-enhanced-router.yaml`](../policies/ml-enhanced-router.yaml) and \
         [`mmt-backend.yaml`](../policies/mmt-backend.yaml).\n",
    );
    let mut open = String::new();
    for (letter, count, title) in LISTS {
        let _ = write!(
            page,
            "\n## {letter}: {title}\n\n| line | what it demands | met by | proven by |\n\
             | --- | --- | --- | --- |\n"
        );
        for number in (1..=count).map(|number| format!("{letter}{number}")) {
            let (row, anchor) = (&rows[&number], number.to_lowercase());
            let (mut met, lacking) = (answers.met(&number, row), Answers::open(row));
            if !lacking.is_empty() {
                let what = lacking.join("; ");
                let _ = writeln!(open, "- [{number}](#{anchor}) {}: {what}", row.demand);
                met.push(
                    if met.is_empty() { "[open](#open)" } else { "[open in part](#open)" }.into(),
                );
            }
            let proof = answers.proof_cell(&number, row).unwrap_or("[open](#open)".to_owned());
            let _ = writeln!(
                page,
                "| {number} | <a id=\"{anchor}\"></a>{} | {} | {proof} |",
                row.demand,
                met.join("; ")
            );
        }
    }
    let _ = write!(page, "\n## Open\n\n{open}");
    assert_committed("docs/checklist.md", &page);
}
