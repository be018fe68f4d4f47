//! Whoever takes away what others need is told who they are, and is never kept from it.

use std::sync::Arc;

use plimsoll::cluster::registration::{Registration, Target, configuration};
use plimsoll::inventory::Inventory;
use plimsoll::policy::Snapshot;
use plimsoll::serve::loss_kinds;
use plimsoll::yaml;
use serde_json::{Value, json};
use support::review::Review;

use crate::fixture::{ask_under, spec};

/// What runs: two workloads that need the settings, and one of another namespace.
const RUNNING: &str = r"
apiVersion: apps/v1
kind: Deployment
metadata: {name: api, namespace: shop}
spec:
  template:
    metadata: {labels: {app: api}}
    spec:
      containers:
      - name: api
        env:
        - {name: LEVEL, valueFrom: {configMapKeyRef: {name: settings, key: level}}}
        - {name: COLOUR, valueFrom: {configMapKeyRef: {name: settings, key: colour, optional: true}}}
        - {name: PASSWORD, valueFrom: {secretKeyRef: {name: db, key: password}}}
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: report, namespace: shop}
spec:
  jobTemplate:
    spec:
      template:
        metadata: {labels: {app: report}}
        spec:
          containers: [{name: report, envFrom: [{configMapRef: {name: settings}}]}]
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: log, namespace: stage}
spec:
  template:
    metadata: {labels: {app: api}}
    spec: {containers: [], volumes: [{name: a, configMap: {name: settings}}]}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: api, namespace: shop}
spec: {maxUnavailable: 1, selector: {matchLabels: {app: api}}}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: api, namespace: shop}
spec: {podSelector: {}, policyTypes: [Ingress, Egress]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: jobs, namespace: shop}
spec: {podSelector: {matchLabels: {app: report}}, policyTypes: [Ingress]}
";

fn inventory(more: &str) -> Inventory {
    let mut inventory = Inventory::complete();
    for text in [RUNNING, more] {
        for document in yaml::documents(text) {
            inventory.observe(&document.expect("readable"));
        }
    }
    inventory
}

fn knowing(inventory: Inventory) -> Snapshot {
    Arc::unwrap_or_clone(spec("{rules: {privileged: {}}}")).with_inventory(inventory)
}

/// The warnings about a request, which is let in whatever they say.
fn told(snapshot: &Snapshot, review: &Review) -> Vec<String> {
    let answer = ask_under(snapshot, review.to_string()).expect("a review");
    assert!(answer.response.allowed && !answer.is_fault);
    answer.response.warnings
}

fn settings(data: &Value) -> Value {
    json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings", "namespace": "shop"},
           "data": data})
}

fn object(kind: &str, version: &str, name: &str, spec: &Value) -> Value {
    json!({"apiVersion": version, "kind": kind, "metadata": {"name": name, "namespace": "shop"}, "spec": spec})
}

#[test]
fn whoever_deletes_what_pods_refer_to_is_told_who_needs_it() {
    let all = knowing(inventory(""));
    let map = settings(&json!({"level": "hunter2", "colour": "hunter2"}));
    assert_eq!(
        told(&all, &Review::delete(&map)),
        [
            "Deployment shop/api and CronJob shop/report need ConfigMap \"settings\": without it no new Pod starts"
        ]
    );
    let secret = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "db", "namespace": "shop"},
                        "data": {"password": "aHVudGVyMg=="}});
    assert_eq!(
        told(&all, &Review::delete(&secret)),
        ["Deployment shop/api needs Secret \"db\": without it no new Pod starts"]
    );
    let other = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "other", "namespace": "shop"}});
    assert_eq!(told(&all, &Review::delete(&other)), [""; 0]);
}

#[test]
fn a_key_that_goes_is_told_of_where_a_pod_cannot_start_without_it() {
    let all = knowing(inventory(""));
    let (old, new) = (json!({"level": "a", "colour": "a", "x": "a"}), json!({"x": "b"}));
    assert_eq!(
        told(&all, &Review::update(&settings(&old), &settings(&new))),
        [
            "Deployment shop/api needs key \"level\" of ConfigMap \"settings\": without it no new Pod starts"
        ]
    );
    // What was not there before is not taken away, and another value is no loss.
    assert_eq!(told(&all, &Review::update(&settings(&new), &settings(&json!({})))), [""; 0]);
    assert_eq!(told(&all, &Review::update(&settings(&old), &settings(&old))), [""; 0]);
}

#[test]
fn a_budget_is_needed_by_whom_no_other_keeps() {
    let budget = object(
        "PodDisruptionBudget",
        "policy/v1",
        "api",
        &json!({"maxUnavailable": 1, "selector": {"matchLabels": {"app": "api"}}}),
    );
    let left = "no PodDisruptionBudget is left for Deployment shop/api: a drained node may take all its Pods at once";
    let all = knowing(inventory(""));
    assert_eq!(told(&all, &Review::delete(&budget)), [left]);
    let mut narrow = budget.clone();
    narrow["spec"]["selector"] =
        json!({"matchExpressions": [{"key": "app", "operator": "In", "values": ["web"]}]});
    assert_eq!(told(&all, &Review::update(&budget, &narrow)), [left]);
    let mut wide = budget.clone();
    wide["spec"]["selector"] = json!({});
    assert_eq!(told(&all, &Review::update(&budget, &wide)), [""; 0]);
    let another = "{apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {name: all, namespace: shop}, \
                   spec: {maxUnavailable: 1, selector: {}}}";
    assert_eq!(told(&knowing(inventory(another)), &Review::delete(&budget)), [""; 0]);
}

#[test]
fn a_network_policy_is_needed_in_each_direction_by_whom_no_other_protects() {
    let policy = object(
        "NetworkPolicy",
        "networking.k8s.io/v1",
        "api",
        &json!({"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}),
    );
    assert_eq!(
        told(&knowing(inventory("")), &Review::delete(&policy)),
        [
            "no NetworkPolicy is left for Deployment shop/api: whoever reaches its Pods may talk to them",
            "no NetworkPolicy is left for Deployment shop/api and CronJob shop/report: its Pods may talk to \
             whomever they reach",
        ]
    );
}

#[test]
fn nothing_is_told_to_controllers_nor_of_what_nobody_looks_at() {
    let map = settings(&json!({"level": "a"}));
    let all = knowing(inventory(""));
    for user in
        ["system:serviceaccount:kube-system:namespace-controller", "system:kube-controller-manager"]
    {
        assert_eq!(told(&all, &Review::delete(&map).user(user)), [""; 0], "{user}");
    }
    assert_eq!(told(&knowing(Inventory::default()), &Review::delete(&map)), [""; 0]);
    assert_eq!(told(&all, &Review::delete(&map).sub_resource("status")), [""; 0]);
    assert_eq!(told(&all, &Review::create(&map)), [""; 0]);
}

#[test]
fn of_a_namespace_that_is_too_large_to_go_through_nothing_is_told() {
    let of = |budgets: usize| {
        let workload = |n| {
            format!(
                "---\n{{apiVersion: apps/v1, kind: Deployment, metadata: {{name: w{n}, namespace: shop}}, spec: \
                 {{template: {{metadata: {{labels: {{app: w}}}}}}}}}}\n"
            )
        };
        let budget = |n| {
            format!(
                "---\n{{apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {{name: p{n}, namespace: shop}}, \
                 spec: {{maxUnavailable: 1, selector: {{matchLabels: {{app: other}}}}}}}}\n"
            )
        };
        let text: String = (0..450).map(workload).chain((0..budgets).map(budget)).collect();
        let spec = json!({"maxUnavailable": 1, "selector": {"matchLabels": {"app": "w"}}});
        let wide = object("PodDisruptionBudget", "policy/v1", "wide", &spec);
        told(&knowing(inventory(&text)), &Review::delete(&wide)).len()
    };
    assert_eq!((of(100), of(450)), (1, 0));
}

#[test]
fn many_who_need_it_are_counted_and_no_text_of_theirs_is_raw() {
    let many: String = (0..50)
        .map(|n| {
            format!(
                "---\n{{apiVersion: apps/v1, kind: Deployment, metadata: {{name: \"w\\e[3{n:02}m\", namespace: shop}}, spec: \
                 {{template: {{spec: {{volumes: [{{name: a, secret: {{secretName: tls}}}}]}}}}}}}}\n"
            )
        })
        .collect();
    let secret = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "tls", "namespace": "shop"}});
    let told = told(&knowing(inventory(&many)), &Review::delete(&secret));
    assert_eq!(told.len(), 1);
    assert!(told[0].contains(" and 48 more need Secret \"tls\""), "{told:?}");
    assert!(!told[0].contains(char::is_control) && told[0].len() < 250, "{told:?}");
}

#[test]
fn deletions_are_sent_in_the_entry_that_never_stands_in_the_way() {
    let of = |rules: &str| {
        let registration = Registration::at(Target::url("https://a.example").expect("a URL"));
        let made = configuration(&registration.with_losses(loss_kinds()), None, &spec(rules));
        let entries = made.webhooks.expect("a list").into_iter();
        let mut sent = Vec::new();
        for entry in entries {
            for rule in entry.rules.into_iter().flatten() {
                let operations = rule.operations.expect("some");
                if operations.iter().any(|operation| operation == "DELETE") {
                    assert_eq!(entry.failure_policy.as_deref(), Some("Ignore"));
                    sent.push(format!(
                        "{} {}",
                        operations.join(","),
                        rule.resources.expect("some").join(",")
                    ));
                }
            }
        }
        sent
    };
    assert_eq!(
        of("{rules: {privileged: {}}}"),
        [
            "UPDATE,DELETE configmaps",
            "UPDATE,DELETE networkpolicies",
            "UPDATE,DELETE poddisruptionbudgets"
        ]
    );
    assert_eq!(
        of("{rules: {secret-strength: {}, secret-in-config-map: {}}}"),
        [
            "DELETE configmaps,secrets",
            "UPDATE,DELETE networkpolicies",
            "UPDATE,DELETE poddisruptionbudgets"
        ]
    );
}
