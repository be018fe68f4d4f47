//! The cases of the shipped policies: all that these refuse, and what the webhook says to it.

use std::collections::BTreeSet;

use plimsoll::inventory::Inventory;
use plimsoll::policy::{BUILT_IN_POLICIES, Snapshot, built_in};
use plimsoll::serve::answer;
use plimsoll::yaml::{Node, documents};
use support::committed::repository;
use support::review::Review;

use super::clock;

/// Every case of a shipped policy, as a tree.
fn shipped(policy: &str) -> Vec<Node> {
    let path = repository().join(format!("policies/cases/{policy}.cases.yaml"));
    let document = documents(&std::fs::read_to_string(path).unwrap()).remove(0).unwrap();
    document.get("cases").unwrap().as_sequence().unwrap().to_vec()
}

fn list(case: &Node, name: &str) -> Option<BTreeSet<String>> {
    let list = case.get("expect")?.get(name)?.as_sequence()?;
    Some(list.iter().map(|id| id.as_str().unwrap().to_owned()).collect())
}

#[test]
fn every_rule_of_every_shipped_policy_is_held_to_a_case_that_it_finds_something_in() {
    for (name, _) in BUILT_IN_POLICIES {
        let cases = shipped(name);
        let lists = ["denied", "warned", "audited"].into_iter();
        let named: BTreeSet<String> = lists
            .flat_map(|list_name| cases.iter().filter_map(move |case| list(case, list_name)))
            .flatten()
            .collect();
        for rule in &built_in(name).unwrap()[0].rules {
            assert!(named.contains(&*rule.rule().id), "{name}: {}", rule.rule().id);
        }
        let is_let_in = |case: &Node| list(case, "denied").is_some_and(|list| list.is_empty());
        assert!(cases.iter().any(is_let_in), "{name} lets nothing in");
    }
}

#[test]
fn the_webhook_answers_every_shipped_case_as_the_case_expects() {
    let mut answered = 0;
    for (name, _) in BUILT_IN_POLICIES {
        for case in shipped(name) {
            let object = |field: &str| case.get(field).map(Node::to_value);
            let (new, old) = (object("resource").unwrap(), object("oldResource"));
            // Whoever writes is known to the webhook.
            let (Some(denied), user) =
                (list(&case, "denied"), case.get("user").and_then(Node::as_str).unwrap_or("alice"))
            else {
                continue;
            };
            let mut inventory = Inventory::complete();
            for neighbour in case.get("neighbours").and_then(Node::as_sequence).unwrap_or_default()
            {
                inventory.observe(neighbour);
            }
            let snapshot = Snapshot::new(built_in(name).unwrap()).with_inventory(inventory);
            let review = match &old {
                Some(old) => Review::update(old, &new),
                None => Review::create(&new),
            };
            let body = review.user(user).to_string();
            let answer = answer(body.as_bytes(), &snapshot, clock()).unwrap();
            let refusing = answer.denied_rules().iter().map(|rule| rule.id.to_string()).collect();
            assert_eq!((denied, answer.is_fault), (refusing, false), "{name}: {new}");
            answered += 1;
        }
    }
    assert!(answered > 50, "{answered}");
}
