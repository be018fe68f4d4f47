//! What a request is about: its kind, its resource and its object must say the same.

use plimsoll::rules::Mode;
use serde_json::{Value, json};
use support::review::{review, update};

use crate::envelope::{parts, with};
use crate::fixture::{ask, bad, fault, good, good_pod};

#[test]
fn f17_an_object_of_another_kind_than_the_request_is_denied() {
    for (field, value) in [
        ("kind", "Pod"),
        ("kind", "deployment"),
        ("kind", ""),
        ("apiVersion", "v1"),
        ("apiVersion", ""),
        ("apiVersion", "extensions/v1"),
        ("apiVersion", "APPS/v1"),
        ("apiVersion", "/v1"),
    ] {
        let mut object = good();
        object[field] = value.into();
        let message = fault(with("object", object));
        assert!(message.contains("another kind"), "{field}: {value}: {message}");
    }
    for object in [json!("x"), json!([]), json!(7), json!(true), json!(null)] {
        fault(with("object", object));
    }
    let mut review = parts(&good());
    review["request"].as_object_mut().unwrap().remove("object");
    assert!(fault(review.to_string()).contains("`request.object` is missing"));
}

#[test]
fn f17_kind_and_resource_that_name_different_things_are_denied() {
    let workloads = ["deployments", "pods", "jobs", "replicasets"];
    for kind in ["Pod", "Deployment", "Job", "ConfigMap", "deployment", ""] {
        for resource in workloads.into_iter().chain(["configmaps", "deployment", "Deployments", ""])
        {
            let core =
                |name: &str| name.to_lowercase().starts_with("pod") || name.contains("onfig");
            let group_of = |name: &str| if core(name) { "" } else { "apps" };
            let mut review = parts(&good());
            review["request"]["kind"] =
                json!({"group": group_of(kind), "version": "v1", "kind": kind});
            review["request"]["resource"] =
                json!({"group": group_of(resource), "version": "v1", "resource": resource});
            let same = format!("{kind}s").to_lowercase() == resource && kind != "deployment";
            let nobody = |name: &str| !["Pod", "Deployment"].contains(&name);
            let unread = !kind.is_empty()
                && !resource.is_empty()
                && nobody(kind)
                && !["pods", "deployments", "replicasets"].contains(&resource);
            if same && kind == "Deployment" || unread {
                assert!(ask(review.to_string()).unwrap().response.allowed, "{kind} {resource}");
            } else {
                fault(review.to_string());
            }
        }
    }
}

#[test]
fn a_wrong_type_anywhere_in_the_frame_is_denied_or_an_http_error() {
    let fields = [
        "kind",
        "resource",
        "subResource",
        "name",
        "namespace",
        "operation",
        "userInfo",
        "dryRun",
        "object",
    ];
    let values = [
        json!(["planted", "planted", "planted"]),
        json!([]),
        json!("planted"),
        json!(31337),
        json!(true),
        json!({"group": 31337}),
        json!({"kind": ["planted"], "resource": ["planted"], "username": ["planted"]}),
    ];
    for field in fields {
        for value in &values {
            let is_right = match field {
                "subResource" | "name" | "namespace" => value.is_string(),
                "dryRun" => value.is_boolean(),
                // An object without a pod template.
                "object" => value.is_object(),
                "userInfo" => value.is_object() && value.get("username").is_none(),
                _ => false,
            };
            if is_right {
                continue;
            }
            let message = fault(with(field, value.clone()));
            assert!(
                message.contains(&format!("request.{field}")) || field == "object",
                "{message}"
            );
            assert!(!message.contains("planted") && !message.contains("31337"), "{message}");
        }
    }
}

#[test]
fn the_order_of_the_fields_makes_no_difference() {
    let as_go_writes = |object: &Value| update(&bad(), object);
    for object in [good(), bad(), good_pod()] {
        let go = ask(as_go_writes(&object)).unwrap();
        let sorted = serde_json::from_str::<Value>(&as_go_writes(&object)).unwrap().to_string();
        assert!(sorted.find("\"object\"") < sorted.find("\"resource\""), "read as text first");
        let other = ask(&sorted).unwrap();
        assert_eq!(go.response, other.response);
    }
}

#[test]
fn a_kind_that_no_rule_reads_is_allowed_unread() {
    let map = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a", "namespace": "shop"}});
    let mut odd = map.clone();
    odd["metadata"] = json!(7);
    odd["spec"] = json!("x");
    for object in [map, odd] {
        let answer = ask(review(&object, &Value::Null, "CREATE", "")).unwrap();
        assert!(answer.response.allowed);
        assert_eq!(answer.verdict.with_consequence(Mode::Deny).count(), 0);
        assert!(answer.verdict.tallies.is_empty(), "nothing was reviewed");
    }
}
