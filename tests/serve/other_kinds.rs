//! Services and roles are read with the same care as workloads: whatever is broken about a review of
//! one that is to be refused, it is not let in.

use serde_json::{Value, json};

use crate::fixture::{ask_under, document, policies, spec};
use plimsoll::policy::Snapshot;
use std::sync::Arc;
use support::review::{Review, UID, create, update};

fn strict() -> Arc<Snapshot> {
    spec("{rules: {external-ips: {}, service-exposure: {}, rbac-wildcard: {}}}")
}

/// A Service with two flaws, in different fields.
fn service() -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "api", "namespace": "shop", "labels": {"app": "api"}},
        "spec": {
            "type": "NodePort",
            "externalIPs": ["198.51.100.53"],
            "loadBalancerSourceRanges": ["0.0.0.0/0"],
            "clusterIP": "10.96.0.10",
            "selector": {"app": "api"},
            "ports": [{"name": "http", "port": 80, "appProtocol": "http", "nodePort": 30080}]
        }
    })
}

/// A `ClusterRole` with a flaw in each of two rules.
fn cluster_role() -> Value {
    json!({
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRole",
        "metadata": {"name": "all", "annotations": {"a": "b"}},
        "rules": [
            {"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"], "resourceNames": ["a"]},
            {"nonResourceURLs": ["*"], "verbs": ["*"]}
        ]
    })
}

fn assert_not_let_in(snapshot: &Snapshot, body: &[u8]) {
    let shown = String::from_utf8_lossy(body);
    match ask_under(snapshot, body) {
        Err(_) => {}
        Ok(answer) => {
            assert!(!answer.response.allowed, "{shown}");
            assert_eq!(answer.response.uid, UID, "{shown}");
        }
    }
}

#[test]
fn f11_no_beginning_of_a_review_of_a_service_or_role_is_allowed() {
    let strict = strict();
    for golden in [create(&service()), create(&cluster_role()), update(&Value::Null, &service())] {
        for end in 0..golden.len() {
            assert_not_let_in(&strict, &golden.as_bytes()[..end]);
        }
    }
}

#[test]
fn no_flipped_bit_of_a_review_of_a_service_or_role_lets_it_in() {
    let strict = strict();
    for golden in [create(&service()), create(&cluster_role())] {
        for bit in 0..golden.len() * 8 {
            let mut broken = golden.clone().into_bytes();
            broken[bit / 8] ^= 1 << (bit % 8);
            let Ok(answer) = ask_under(&strict, &broken) else { continue };
            // Without the one field that holds it all there is nothing to refuse.
            let review: Value = serde_json::from_slice(&broken).unwrap_or_default();
            let object = &review["request"]["object"];
            let is_empty = object["spec"].is_null() && object["rules"].is_null();
            let shown = String::from_utf8_lossy(&broken);
            assert!(!answer.response.allowed || is_empty && !review.is_null(), "{shown}");
        }
    }
}

/// Every place in a value, as JSON pointers.
fn places(value: &Value, at: &str, found: &mut Vec<String>) {
    found.push(at.to_owned());
    let children: Vec<(String, &Value)> = match value {
        Value::Object(map) => map.iter().map(|(key, value)| (key.clone(), value)).collect(),
        Value::Array(list) => list.iter().enumerate().map(|(n, v)| (n.to_string(), v)).collect(),
        _ => Vec::new(),
    };
    for (key, child) in children {
        places(child, &format!("{at}/{}", key.replace('/', "~1")), found);
    }
}

#[test]
fn no_wrong_type_in_a_service_or_role_lets_it_in() {
    let strict = strict();
    let mut made = 0;
    for object in [service(), cluster_role()] {
        let mut all = Vec::new();
        places(&object, "", &mut all);
        for place in all {
            for wrong in
                [json!("planted"), json!(7), json!(true), json!(["planted"]), json!({"a": 1})]
            {
                let mut spoilt = object.clone();
                let there = spoilt.pointer_mut(&place).expect("a place");
                let is_same = std::mem::discriminant(&*there) == std::mem::discriminant(&wrong);
                if is_same {
                    continue;
                }
                *there = wrong;
                let body = Review::create(&object).with("object", spoilt).to_string();
                assert_not_let_in(&strict, body.as_bytes());
                made += 1;
            }
        }
    }
    assert!(made > 150, "{made}");
}

#[test]
fn what_no_policy_reads_is_let_in_whatever_it_is() {
    let pods_alone = policies(&document("p", "{rules: {privileged: {}}}"));
    let mut broken = service();
    broken["spec"] = json!([]);
    for object in [service(), broken, cluster_role()] {
        let answer = ask_under(&pods_alone, create(&object)).expect("an answer");
        assert!(answer.response.allowed && answer.verdict.tallies.is_empty(), "{object}");
    }
}

#[test]
fn a_kind_and_a_resource_that_do_not_go_together_are_refused() {
    let strict = strict();
    let review = Review::create(&service());
    for review in [review.clone().resource("", "pods"), review.kind("", "Pod")] {
        assert_not_let_in(&strict, review.to_string().as_bytes());
    }
}

/// The Service with one port more.
fn with_port(mut service: Value, port: i32, protocol: &str) -> Value {
    let more = json!({"name": "more", "port": port, "protocol": protocol});
    service["spec"]["ports"].as_array_mut().expect("a list").push(more);
    service
}

/// Old, new, and whether the change is let in.
fn updates() -> Vec<(Value, Value, bool)> {
    let ips = |ips: &[&str]| {
        let mut object = service();
        object["spec"]["type"] = "ClusterIP".into();
        object["spec"]["externalIPs"] = json!(ips);
        object
    };
    let role = |rules: Value| {
        let mut object = cluster_role();
        object["rules"] = rules;
        object
    };
    let entry = |groups: &[&str], resources: &[&str], verbs: &[&str], names: &[&str]| json!({"apiGroups": groups, "resources": resources, "verbs": verbs, "resourceNames": names});
    let one = |g: &[&str], r: &[&str], v: &[&str], n: &[&str]| role(json!([entry(g, r, v, n)]));
    let all = || one(&["*"], &["*"], &["*"], &[]);
    let groups = |number: usize| {
        let names: &'static [String] = Vec::leak((0..number).map(|n| format!("g{n}")).collect());
        names.iter().map(String::as_str).collect::<Vec<&'static str>>()
    };
    let gathering = |selector: Value| {
        let mut object = cluster_role();
        object["rules"] = json!([]);
        object["aggregationRule"] = json!({"clusterRoleSelectors": [selector]});
        object
    };
    let scale = || one(&["apps"], &["*/scale"], &["get"], &[]);
    vec![
        (ips(&["192.0.2.1"]), ips(&["192.0.2.1"]), true),
        (ips(&["192.0.2.1", "192.0.2.2"]), ips(&["192.0.2.2"]), true),
        (ips(&["192.0.2.1"]), ips(&["192.0.2.2"]), false),
        (ips(&["192.0.2.1"]), ips(&["192.0.2.1", "192.0.2.2"]), false),
        // Nodes take what goes to the ports of the Service.
        (ips(&["192.0.2.1"]), with_port(ips(&["192.0.2.1"]), 53, "UDP"), false),
        (with_port(ips(&["192.0.2.1"]), 53, "UDP"), ips(&["192.0.2.1"]), true),
        (service(), with_port(service(), 22, "TCP"), false),
        // In however many steps, narrower is let in.
        (all(), all(), true),
        (all(), one(&[""], &["*"], &["*"], &[]), true),
        (all(), one(&["", "apps"], &["pods", "deployments"], &["*"], &[]), true),
        (all(), one(&["*"], &["*"], &["get", "list"], &["a"]), true),
        (one(&[""], &["*"], &["*"], &[]), all(), false),
        (one(&[""], &["pods"], &["*"], &["a"]), one(&[""], &["pods"], &["*"], &["b"]), false),
        (one(&[""], &["pods"], &["*"], &["a"]), one(&[""], &["pods"], &["*"], &[]), false),
        (one(&[""], &["pods"], &["*"], &[]), one(&[""], &["secrets"], &["*"], &[]), false),
        (one(&[""], &["pods"], &["*"], &[]), one(&["", "apps"], &["pods"], &["*"], &[]), false),
        (scale(), scale(), true),
        (scale(), one(&["apps"], &["*/scale"], &["update"], &[]), false),
        // Split in two, it is the same.
        (
            one(&[""], &["pods", "secrets"], &["*"], &[]),
            role(json!([
                entry(&[""], &["secrets"], &["*"], &[]),
                entry(&[""], &["pods"], &["*"], &[])
            ])),
            true,
        ),
        (
            role(json!([{"nonResourceURLs": ["*"], "verbs": ["get"]}])),
            role(json!([{"nonResourceURLs": ["/*"], "verbs": ["get"]}])),
            true,
        ),
        (
            role(json!([{"nonResourceURLs": ["*"], "verbs": ["get"]}])),
            role(json!([{"nonResourceURLs": ["*"], "verbs": ["get", "post"]}])),
            false,
        ),
        // However many grants there are.
        (
            one(&groups(70), &["*"], &["*"], &[]),
            one(&groups(70), &["pods", "services"], &["*"], &[]),
            true,
        ),
        (
            one(&groups(60), &groups(80), &["*", "get", "list"], &[]),
            role(json!([
                {"apiGroups": groups(60), "resources": groups(80), "verbs": ["*", "get", "list"], "resourceNames": []},
                {"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}
            ])),
            true,
        ),
        (role(json!([])), gathering(json!({"matchLabels": {"example.com/mine": "true"}})), true),
        (role(json!([])), gathering(json!({})), false),
        (gathering(json!({})), gathering(json!({})), true),
        (
            role(json!([])),
            gathering(json!({"matchLabels": {"kubernetes.io/bootstrapping": "rbac-defaults"}})),
            false,
        ),
        (
            role(json!([])),
            gathering(json!({"matchExpressions": [{"key": "x", "operator": "DoesNotExist"}]})),
            false,
        ),
        // What is allowed of URLs is nothing that is allowed of resources.
        (role(json!([{"nonResourceURLs": ["*"], "verbs": ["*"]}])), all(), false),
    ]
}

#[test]
fn a_service_or_role_that_stood_before_may_get_better_and_not_worse() {
    let strict = strict();
    for (old, new, is_let_in) in updates() {
        let answer = ask_under(&strict, update(&old, &new)).expect("an answer");
        assert!(!answer.is_fault, "{:?}", answer.response);
        assert_eq!(answer.response.allowed, is_let_in, "{old}\n{new}");
    }
}

#[test]
fn replicas_and_strategies_that_stood_before_may_get_better_and_not_worse() {
    let strict = spec("{rules: {replicas: {min: 4}, update-strategy: {}}}");
    let deployment = |replicas: i32, strategy: Value| {
        json!({
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": "api", "namespace": "shop"},
            "spec": {"replicas": replicas, "strategy": strategy, "template": {"spec": {"containers": []}}}
        })
    };
    let rolling =
        |most: Value| json!({"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": most}});
    let recreate = || json!({"type": "Recreate"});
    for (old, new, is_let_in) in [
        (deployment(2, rolling(1.into())), deployment(3, rolling(1.into())), true),
        (deployment(3, rolling(1.into())), deployment(2, rolling(1.into())), false),
        (deployment(0, rolling(1.into())), deployment(2, rolling(1.into())), true),
        (deployment(4, rolling(1.into())), deployment(0, rolling(1.into())), false),
        // One may be an autoscaler's, which nobody looks at here.
        (deployment(4, rolling(1.into())), deployment(1, rolling(1.into())), true),
        (deployment(1, rolling(1.into())), deployment(2, rolling(1.into())), true),
        (deployment(1, rolling(1.into())), deployment(0, rolling(1.into())), false),
        (deployment(1, rolling(50.into())), deployment(5, rolling(50.into())), false),
        (deployment(4, recreate()), deployment(5, recreate()), true),
        (deployment(4, rolling("100%".into())), deployment(4, rolling(4.into())), true),
        (deployment(4, rolling(1.into())), deployment(4, recreate()), false),
        (deployment(4, rolling(1.into())), deployment(4, rolling("100%".into())), false),
    ] {
        let answer = ask_under(&strict, update(&old, &new)).expect("an answer");
        assert!(!answer.is_fault, "{:?}", answer.response);
        assert_eq!(answer.response.allowed, is_let_in, "{old}\n{new}");
    }
}
