//! The index finds exactly the policies that bind an object, as trying each of them would.

use jiff::Timestamp;
use plimsoll::policy::{OldLabels, Snapshot, load};
use plimsoll::review::{review, review_update};
use plimsoll::rules::Budget;
use plimsoll::subject::{BUILT_IN, Subject};
use proptest::prelude::*;
use serde_json::{Value, json};

const NAME: &str = "kubernetes.io/metadata.name";

fn words() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["a", "b", "c"])
}

/// A selector over few keys and values, of any of the forms that there are.
fn selector(keys: &'static [&'static str]) -> impl Strategy<Value = String> {
    let key = prop::sample::select(keys);
    let expression =
        (key.clone(), 0..4, words(), words()).prop_map(|(key, form, a, b)| match form {
            0 => format!("{{key: {key}, operator: In, values: [{a}, {b}]}}"),
            1 => format!("{{key: {key}, operator: NotIn, values: [{a}]}}"),
            2 => format!("{{key: {key}, operator: Exists}}"),
            _ => format!("{{key: {key}, operator: In, values: [{a}]}}"),
        });
    let equal = prop::option::of((key, words()));
    (equal, prop::collection::vec(expression, 0..2)).prop_map(|(equal, expressions)| {
        let equal = equal.map_or_else(String::new, |(key, value)| format!("{key}: {value}"));
        format!("{{matchLabels: {{{equal}}}, matchExpressions: [{}]}}", expressions.join(", "))
    })
}

/// The text of a policy, where it makes sense.
fn policy(number: usize) -> impl Strategy<Value = String> {
    let rules = prop::sample::select(vec![
        "{privileged: {}}",
        "{external-ips: {}}",
        "{replicas: {}}",
        "{rbac-wildcard: {}, privileged: {}}",
    ]);
    (selector(&[NAME, "env"]), selector(&["app", "team"]), rules).prop_map(
        move |(namespaces, objects, rules)| {
            format!(
                "apiVersion: plimsoll.dev/v1alpha1\nkind: DeployPolicy\nmetadata: {{name: p{number}}}\nspec:\n  \
                 match: {{namespaceSelector: {namespaces}, objectSelector: {objects}}}\n  rules: {rules}\n"
            )
        },
    )
}

fn labels() -> impl Strategy<Value = Value> {
    (prop::option::of(words()), prop::option::of(words())).prop_map(|(app, team)| {
        let mut labels = json!({});
        for (key, value) in [("app", app), ("team", team)] {
            if let Some(value) = value {
                labels[key] = value.into();
            }
        }
        labels
    })
}

fn object(namespace: Option<&str>, labels: &Value) -> String {
    let template = json!({"spec": {"containers": []}});
    json!({
        "metadata": {"name": "x", "namespace": namespace, "labels": labels},
        "spec": {
            "containers": [], "template": template, "jobTemplate": {"spec": {"template": template}}
        },
        "template": template
    })
    .to_string()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_index_finds_what_trying_each_policy_would(
        texts in (0..12).map(policy).collect::<Vec<_>>(),
        kind in prop::sample::select(BUILT_IN),
        namespace in prop::option::of(words()),
        new in labels(),
        old in labels(),
        is_update in any::<bool>(),
    ) {
        let policies = texts.iter().filter_map(|text| load("p.yaml", text).ok()).flatten();
        let snapshot = Snapshot::new(policies.collect());
        let kind = snapshot.kinds().find(&kind.group, &kind.kind).expect("known");
        let (new, old) = (object(namespace, &new), object(namespace, &old));
        let read = |text| Subject::read(kind, str::as_bytes(text)).expect("readable");
        let (new, old) = (read(&new), read(&old));
        let before = if is_update {
            OldLabels::Known(&old.object.metadata.labels)
        } else {
            OldLabels::None
        };
        let tried: Vec<String> = snapshot
            .policies()
            .iter()
            .filter(|policy| policy.rules.iter().any(|rule| rule.covers(kind)))
            .filter(|policy| policy.binds(&new, before, None, snapshot.inventory()))
            .map(|policy| policy.name.to_string())
            .collect();
        let (now, mut budget) = (Timestamp::UNIX_EPOCH, Budget::default());
        let verdict = if is_update {
            review_update(&new, Some(&old), None, &snapshot, now, &mut budget)
        } else {
            review(&new, None, &snapshot, now, &mut budget)
        };
        let found: Vec<String> = verdict.tallies.iter().map(|t| t.policy.to_string()).collect();
        prop_assert_eq!(found, tried);
    }
}
