//! The page about custom rules: its examples hold, and what it says is not supported is not.

use std::fs;

use jiff::Timestamp;
use plimsoll::check::check;
use plimsoll::files::SourceText;
use plimsoll::policy::{Snapshot, load};
use support::committed::repository;

fn page() -> String {
    fs::read_to_string(repository().join("docs/custom-rules.md")).expect("the page")
}

/// The blocks of YAML in a text.
fn blocks(text: &str) -> Vec<&str> {
    text.split("```yaml\n").skip(1).map(|rest| rest.split("```").next().expect("an end")).collect()
}

fn policy(custom: &str) -> Snapshot {
    let indented: String = custom.lines().map(|line| format!("    {line}\n")).collect();
    let text = format!(
        "apiVersion: plimsoll.dev/v1alpha1\nkind: DeployPolicy\nmetadata: {{name: page}}\nspec:\n  custom:\n{indented}"
    );
    Snapshot::new(load("page.yaml", &text).unwrap_or_else(|errors| panic!("{errors:?}\n{text}")))
}

/// What is said of an object; nothing where it passes.
fn said(snapshot: &Snapshot, object: &str) -> Vec<String> {
    let is_whole = object.contains("kind:");
    let kind = if is_whole { "" } else { "apiVersion: apps/v1\nkind: Deployment\n" };
    let name = if object.contains("metadata:") { "" } else { "metadata: {name: web}\n" };
    let text = format!("{kind}{name}{object}");
    let source = SourceText { name: "a.yaml".to_owned(), text, is_found: false };
    let report = check(&[source], snapshot, Timestamp::UNIX_EPOCH);
    assert!(report.unreviewed.is_empty(), "{object}: {:?}", report.unreviewed);
    let verdict = &report.reviewed[0].verdict;
    assert!(verdict.undetermined.is_empty(), "{object}: {:?}", verdict.undetermined);
    verdict.violations.iter().map(|v| v.finding.message.clone()).collect()
}

#[test]
fn every_example_of_the_page_does_what_it_says() {
    let page = page();
    let examples = page.split("## Ten rules to begin with").nth(1).expect("the examples");
    let examples = examples.split("\n## ").next().expect("their end");
    let sections: Vec<&str> = examples.split("\n### ").skip(1).collect();
    assert_eq!(sections.len(), 10);
    for section in sections {
        let title = section.lines().next().expect("a title");
        let [rule, objects] = blocks(section)[..] else { panic!("{title}: two blocks") };
        let snapshot = policy(rule);
        let mut words = Vec::new();
        for object in objects.split("---\n") {
            let (first, object) = object.split_once('\n').expect("a line that says what happens");
            let said = said(&snapshot, object);
            match first.strip_prefix("# refused: ") {
                Some(message) => assert_eq!(said, [message], "{title}"),
                None => assert!(said.is_empty() && first == "# passes", "{title}: {said:?}"),
            }
            words.push(first.split(':').next().expect("a word"));
        }
        assert_eq!(words, ["# passes", "# refused"], "{title}");
    }
}

#[test]
fn the_whole_policy_of_the_page_can_be_put_in_force() {
    let page = page();
    let whole = blocks(&page)[0];
    assert_eq!(load("page.yaml", whole).expect("a policy").len(), 1);
}
