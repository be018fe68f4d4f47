//! Each shipped policy over HTTP: what its rules' pages say, and what `check` says of the same.

use std::collections::BTreeSet;

use jiff::Timestamp;
use plimsoll::check::check;
use plimsoll::files::SourceText;
use plimsoll::policy::{BUILT_IN_POLICIES, Snapshot, load};
use plimsoll::report::Report;
use plimsoll::rules::catalog::{CATALOG, RuleSettings};
use plimsoll::rules::{COMMON_KEYS, Mode, RuleDescription};
use plimsoll::subject::{BUILT_IN, Kind, Shape, workloads};
use plimsoll::yaml;
use serde_json::{Value, json};
use support::corpora::{cases, say};
use support::page::{Part, parts};
use support::review::create;
use support::workloads::{CONTAINER_FLAWS, good, pod_spec};

use crate::fixture::{Webhook, policies};

/// The settings of a policy with all defaults filled in, by rule.
fn settings(text: &str) -> Value {
    let node = yaml::documents(text).remove(0).expect("readable");
    let rules = node.get("spec").and_then(|spec| spec.get("rules")).expect("rules");
    let settings: RuleSettings = serde_json::from_str(&rules.to_json()).expect("settings");
    serde_json::to_value(settings).expect("JSON")
}

/// A setting without what is common to all rules.
fn params(setting: &Value) -> Value {
    let mut params = setting.clone();
    for common in COMMON_KEYS {
        params.as_object_mut().expect("a mapping").remove(common);
    }
    params
}

/// The examples of a page for the newest version: claim, parameters, first document.
fn examples(meta: &RuleDescription) -> Vec<(String, Value, Value)> {
    let mut found = Vec::new();
    let mut setting = String::new();
    for part in parts(&meta.page) {
        let Part::Block(info, text) = part else { continue };
        match info.iter().map(String::as_str).collect::<Vec<_>>()[..] {
            ["yaml", "params"] => setting = text,
            ["yaml", claim] => {
                let written = std::mem::take(&mut setting);
                let lines: String = written.lines().map(|line| format!("      {line}\n")).collect();
                let indented =
                    if written.trim().is_empty() { "      {}\n".to_owned() } else { lines };
                let settings = settings(&format!("spec:\n  rules:\n    {}:\n{indented}", meta.id));
                let first = yaml::documents(&text).remove(0).expect("readable").to_json();
                let object = serde_json::from_str(&first).expect("JSON");
                found.push((claim.to_owned(), params(&settings[&*meta.id]), object));
            }
            _ => setting.clear(),
        }
    }
    found
}

/// The rules of a policy that ask for neighbours.
fn asking(text: &str) -> BTreeSet<String> {
    let policies = load("asking", text).expect("it loads");
    let rules = policies.iter().flat_map(|policy| &policy.rules);
    rules.filter(|rule| !rule.needs().is_empty()).map(|rule| rule.rule().id.to_string()).collect()
}

/// The rules that the answer names, as refusing, warning, recording or undetermined.
fn named(response: &Value) -> [BTreeSet<String>; 4] {
    let list = |key: &str| {
        let ids = response["auditAnnotations"][key].as_str().unwrap_or_default().to_owned();
        ids.split(',').filter(|id| !id.is_empty()).map(str::to_owned).collect()
    };
    ["denied", "warned", "audited", "undetermined"].map(list)
}

#[tokio::test]
async fn each_shipped_policy_refuses_and_admits_what_its_rules_pages_say() {
    for (name, text) in BUILT_IN_POLICIES {
        let webhook = Webhook::enforcing(policies(text));
        let (settings, asking) = (settings(text), asking(text));
        let mut run = 0;
        for meta in CATALOG {
            let setting = &settings[&*meta.id];
            if setting.is_null() {
                continue;
            }
            let mode = setting["mode"].as_str().unwrap_or("deny").to_owned();
            for (claim, example_params, object) in examples(meta) {
                // Here somebody asks, and the page's undetermined example is one where nobody does.
                let needs_nobody = meta.id == "controller-revision";
                if example_params != params(setting) || needs_nobody {
                    continue;
                }
                run += 1;
                let reply = webhook.post("/validate", create(&object)).await;
                let response = reply.response();
                let [denied, warned, audited, open] = named(&response);
                let is_in = |list: &BTreeSet<String>| list.contains(&*meta.id);
                let found = match mode.as_str() {
                    "deny" => is_in(&denied),
                    "warn" => is_in(&warned),
                    _ => is_in(&audited),
                };
                let is_true = match claim.as_str() {
                    // There is no inventory here, so what is found with one alone is open.
                    "fail" if asking.contains(&*meta.id) => found || is_in(&open),
                    "fail" => found,
                    _ => ![&denied, &warned, &audited].into_iter().any(is_in),
                };
                assert!(is_true, "{name}, {}, {claim}: {object}\n{response}", meta.id);
                let causes =
                    response["status"]["details"]["causes"].as_array().cloned().unwrap_or_default();
                let named_causes: BTreeSet<String> = causes
                    .iter()
                    .map(|c| c["reason"].as_str().expect("a rule").to_owned())
                    .collect();
                assert_eq!(named_causes, denied, "{name}, {}", meta.id);
                assert_eq!(response["allowed"] == true, denied.is_empty());
            }
        }
        assert!(run > 30, "{name}: {run} examples");
    }
}

/// What one of the ways in says: allowed, and each violation but for those that need neighbours.
type Said = (bool, Vec<(String, String, String)>);

fn said_by_check(report: &Report) -> Said {
    let verdict = &report.reviewed[0].verdict;
    let mut violations: Vec<_> = verdict
        .violations
        .iter()
        .filter(|v| v.consequence() == Mode::Deny)
        .map(|v| (v.rule.id.to_string(), v.finding.at.to_string(), v.finding.message.clone()))
        .collect();
    violations.sort();
    (verdict.allowed(), violations)
}

fn said_by_webhook(response: &Value) -> Said {
    let causes = response["status"]["details"]["causes"].as_array().cloned().unwrap_or_default();
    let text = |cause: &Value, key: &str| cause[key].as_str().unwrap_or_default().to_owned();
    let mut violations: Vec<_> =
        causes.iter().map(|c| (text(c, "reason"), text(c, "field"), text(c, "message"))).collect();
    violations.sort();
    (response["allowed"] == true, violations)
}

/// Every object there is: pages, workloads, single flaws, and the outside cases where they are.
fn fixtures() -> Vec<Value> {
    let mut objects: Vec<Value> =
        CATALOG.iter().flat_map(|meta| examples(meta)).map(|(_, _, object)| object).collect();
    for kind in workloads() {
        objects.push(good(kind));
        for (_, flaw) in CONTAINER_FLAWS {
            let mut object = good(kind);
            flaw(&mut pod_spec(&mut object, kind)["initContainers"][0]);
            objects.push(object);
        }
    }
    for corpus in ["psa", "realworld"] {
        for case in cases(corpus).unwrap_or_default() {
            let text = std::fs::read_to_string(&case.path).expect("a case");
            let documents = yaml::documents(&text).into_iter().flatten();
            objects
                .extend(documents.map(|node| serde_json::from_str(&node.to_json()).expect("JSON")));
        }
    }
    objects.retain(|object| {
        let version = object["apiVersion"].as_str().unwrap_or_default();
        let group = version.split_once('/').map_or("", |(group, _)| group);
        // What depends on who writes is said by the webhook alone.
        let is_known = |k: &&Kind| k.group == group && object["kind"] == json!(k.kind);
        BUILT_IN.iter().find(is_known).is_some_and(|k| k.shape != Shape::ControllerRevision)
    });
    objects
}

/// F-106.
#[tokio::test]
async fn the_webhook_and_check_say_the_same_of_every_fixture_under_every_policy() {
    let fixtures = fixtures();
    for (name, text) in BUILT_IN_POLICIES {
        let webhook = Webhook::enforcing(policies(text));
        let snapshot = Snapshot::new(load(name, text).expect("it loads"));
        let mut refused = 0;
        for object in &fixtures {
            let source = SourceText {
                name: "fixture".to_owned(),
                text: object.to_string(),
                is_found: false,
            };
            let report = check(&[source], &snapshot, Timestamp::UNIX_EPOCH);
            let response = webhook.post("/validate", create(object)).await.response();
            if !report.unreviewed.is_empty() {
                // A field of another type, as in `value: yes`: unreadable to both.
                assert_eq!(response["status"]["code"], 400, "{object}");
                continue;
            }
            if report.others == 1 {
                assert_eq!(response["allowed"], true, "no rule reads it: {object}");
                continue;
            }
            let (check, webhook) = (said_by_check(&report), said_by_webhook(&response));
            assert_eq!(check, webhook, "{name}: {object}");
            refused += usize::from(!check.0);
        }
        say(&format!(
            "{name}: {} fixtures, {refused} refused, webhook and check agree",
            fixtures.len()
        ));
        assert!(
            refused > 100 && refused < fixtures.len(),
            "{name}: {refused} of {}",
            fixtures.len()
        );
    }
}
