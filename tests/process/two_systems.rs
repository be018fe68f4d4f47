//! The two production checklists as policies, over manifests that keep them and manifests that do not.

use std::collections::BTreeSet;
use std::process::{Command, Output};

use plimsoll::policy::load;
use serde_json::Value;
use support::committed::repository;

/// The policy, and the folder of its manifests.
const SYSTEMS: [(&str, &str); 2] = [("mmt-backend", "mmt"), ("ml-enhanced-router", "router")];

/// Rules of which a manifest can break none, with the reason; `tests/cluster/two_systems.rs` has them broken.
const NEVER_BROKEN: [(&str, &str); 1] =
    [("controller-revision", "who writes a revision is known to the webhook alone")];

/// Rules that go by the day: what keeps them in one year breaks them in the next. They only warn.
const OF_THE_DAY: [&str; 1] = ["secret-age"];

fn check(policy: &str, folder: &str, form: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_plimsoll"));
    command.current_dir(repository()).args(["check", "--format", form, "--policy"]);
    command.arg(format!("policies/{policy}.yaml")).arg(format!("manifests/examples/{folder}"));
    command.output().unwrap()
}

fn report(policy: &str, folder: &str) -> Value {
    serde_json::from_slice(&check(policy, folder, "json").stdout).unwrap()
}

/// The names of the variables of which a contract demands something.
fn demanded(policy: &str) -> Vec<String> {
    let text = std::fs::read_to_string(repository().join(format!("policies/{policy}.yaml")));
    let tree = plimsoll::yaml::documents(&text.unwrap()).remove(0).unwrap().to_value();
    let variables = tree["spec"]["rules"]["environment-contract"]["variables"].as_array().unwrap();
    variables.iter().map(|variable| variable["name"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn what_keeps_its_checklist_passes_all_of_it() {
    for (policy, folder) in SYSTEMS {
        let output = check(policy, &format!("{folder}/good"), "text");
        let text = String::from_utf8(output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(0), "{text}");
        let sum = text.lines().last().unwrap();
        let (passed, total) = sum.split_once(' ').unwrap().0.split_once('/').unwrap();
        assert!(passed == total && total.parse::<usize>().unwrap() > 25, "{sum}");
        let report = report(policy, &format!("{folder}/good"));
        let undetermined = report["subjects"].as_array().unwrap().iter();
        let undetermined =
            undetermined.flat_map(|subject| subject["undetermined"].as_array().unwrap());
        assert_eq!(undetermined.count(), 0, "{report}");
        for violation in report["violations"].as_array().unwrap() {
            assert!(OF_THE_DAY.contains(&violation["rule"].as_str().unwrap()), "{violation}");
        }
    }
}

#[test]
fn of_what_does_not_every_rule_and_every_line_of_the_contract_fails_and_no_value_is_shown() {
    for (policy, folder) in SYSTEMS {
        let bad = format!("{folder}/bad");
        let output = check(policy, &bad, "text");
        assert_eq!(output.status.code(), Some(1));
        let text = String::from_utf8(output.stdout).unwrap();
        for value in ["not-a-real", "sqlite:///", "yourdomain.com", "guest:guest", "sk-"] {
            assert!(!text.contains(value), "{value}: {text}");
        }
        let report = report(policy, &bad);
        let violations = report["violations"].as_array().unwrap();
        let file = std::fs::read_to_string(repository().join(format!("policies/{policy}.yaml")));
        let armed = load(policy, &file.unwrap()).unwrap();
        let wanted: BTreeSet<String> =
            armed[0].rules.iter().map(|rule| rule.rule().id.to_string()).collect();
        let failed: BTreeSet<String> =
            violations.iter().map(|v| v["rule"].as_str().unwrap().to_owned()).collect();
        let kept: Vec<&str> = wanted.difference(&failed).map(String::as_str).collect();
        assert_eq!(kept, NEVER_BROKEN.map(|(rule, _)| rule), "{policy}");

        let of_contract = violations.iter().filter(|v| v["rule"] == "environment-contract");
        let variable = |v: &Value| {
            let (_, rest) = v["message"].as_str().unwrap().split_once("variable \"").unwrap();
            rest.split_once('"').unwrap().0.to_owned()
        };
        let told: Vec<String> = of_contract.map(variable).collect();
        let names: BTreeSet<String> = told.iter().cloned().collect();
        assert_eq!(names.len(), told.len(), "a variable is told of once: {told:?}");
        for line in demanded(policy) {
            let pattern = plimsoll::text::Wildcard::new(&line);
            assert!(names.iter().any(|name| pattern.fits(name)), "{line} holds: {names:?}");
        }
    }
}
