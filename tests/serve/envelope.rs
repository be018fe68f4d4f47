//! The frame of a review: what is no review is an HTTP error, what has a uid is answered with it.

use plimsoll::rules::Mode;
use serde_json::{Value, json};

use crate::fixture::{Webhook, ask, bad, fault, good, good_pod};
use crate::review::{UID, create, review, update};

/// A review whose parts can be set one by one; not in the order in which Go writes them.
fn parts(object: &Value) -> Value {
    serde_json::from_str(&create(object)).expect("JSON")
}

/// The good review with one part of its request replaced.
fn with(part: &str, value: Value) -> String {
    let mut review = parts(&good());
    review["request"][part] = value;
    review.to_string()
}

async fn assert_400(body: impl Into<axum::body::Body> + std::fmt::Debug + Clone) {
    let shown = format!("{body:?}");
    Webhook::production().post("/validate", body).await.assert_error(400, &shown);
}

#[tokio::test]
async fn f04_json_that_is_no_review_is_http_400() {
    let bodies = [
        "[]",
        "\"AdmissionReview\"",
        "null",
        "0",
        "true",
        "{}",
        " ",
        "{",
        "\u{feff}",
        "[{}]",
        "not JSON",
    ];
    for body in bodies {
        assert_400(body).await;
    }
    let kubernetes_list = format!("[{}]", create(&good()));
    assert_400(kubernetes_list).await;
    assert_400(format!("{}{}", create(&good()), create(&good()))).await;
    assert_400(format!("{}x", create(&good()))).await;
    let review = parts(&good());
    let as_list = json!([review["apiVersion"], review["kind"], review["request"]]);
    assert_400(as_list.to_string()).await;
}

#[tokio::test]
async fn f05_a_review_without_a_request_is_http_400() {
    let frame = json!({"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview"});
    assert_400(frame.to_string()).await;
    let empty = [json!(null), json!([]), json!("x"), json!({}), json!(7), json!([UID, null])];
    for request in empty {
        let mut review = frame.clone();
        review["request"] = request;
        assert_400(review.to_string()).await;
    }
    let mut response = frame;
    response["response"] = json!({"uid": UID, "allowed": true});
    assert_400(response.to_string()).await;
}

#[tokio::test]
async fn f06_a_review_of_another_version_or_kind_is_http_400() {
    let good = parts(&good());
    for version in
        ["admission.k8s.io/v1beta1", "admission.k8s.io/v2", "v1", "", "Admission.k8s.io/v1"]
    {
        let mut review = good.clone();
        review["apiVersion"] = version.into();
        assert_400(review.to_string()).await;
    }
    for kind in ["admissionreview", "AdmissionReviews", "Pod", ""] {
        let mut review = good.clone();
        review["kind"] = kind.into();
        assert_400(review.to_string()).await;
    }
    for field in ["apiVersion", "kind"] {
        for value in [json!(null), json!(1), json!(["AdmissionReview"]), json!({})] {
            let mut review = good.clone();
            review[field] = value;
            assert_400(review.to_string()).await;
        }
        let mut review = good.clone();
        review.as_object_mut().unwrap().remove(field);
        assert_400(review.to_string()).await;
    }
}

#[tokio::test]
async fn f07_a_review_without_a_usable_uid_is_http_400() {
    for uid in [json!(null), json!(""), json!(7), json!([UID]), json!({"uid": UID}), json!(true)] {
        assert_400(with("uid", uid)).await;
    }
    let mut review = parts(&good());
    review["request"].as_object_mut().unwrap().remove("uid");
    assert_400(review.to_string()).await;
}

#[tokio::test]
async fn f07_the_uid_is_echoed_byte_for_byte() {
    let long = "u\"\n".repeat(350_000);
    let uids = [
        "a\"b",
        "line\nbreak",
        "\\",
        "\u{1b}[31m",
        "\u{202e}x",
        "é",
        "😀",
        " ",
        "\u{0}",
        "</script>",
        "a\\u0041",
        long.as_str(),
    ];
    let webhook = Webhook::production();
    for uid in uids {
        for object in [good(), bad(), json!("no object")] {
            let mut review = parts(&good());
            review["request"]["uid"] = uid.into();
            review["request"]["object"] = object;
            let response = webhook.post("/validate", review.to_string()).await.response();
            assert!(response["uid"] == uid, "{:?} for {uid:.20?}", response["uid"]);
        }
    }
}

#[test]
fn f08_a_key_of_the_frame_that_is_there_twice_never_allows() {
    let body = create(&good());
    assert!(ask(&body).unwrap().response.allowed);
    let keys = [
        "kind",
        "apiVersion",
        "request",
        "uid",
        "resource",
        "name",
        "namespace",
        "operation",
        "userInfo",
        "object",
        "oldObject",
        "dryRun",
        "username",
        "group",
    ];
    for key in keys {
        let once = format!("\"{key}\":");
        for (at, _) in body.match_indices(&once) {
            // Objects are looked at elsewhere: `types.rs`.
            if body[..at].contains("\"object\":{") && key != "oldObject" && key != "dryRun" {
                continue;
            }
            // What the user sent before conversion is not read.
            if body[..at].contains("\"requestKind\"")
                && ["kind", "group", "resource"].contains(&key)
            {
                continue;
            }
            let value = body[at + once.len()..].to_owned();
            let value = serde_json::Deserializer::from_str(&value).into_iter::<Value>().next();
            let value = value.unwrap().unwrap();
            for again in [&value, &Value::Null] {
                for spelled in [once.clone(), once.replacen(&key[..1], &escaped(key), 1)] {
                    let twice = format!("{}{spelled}{again},{}", &body[..at], &body[at..]);
                    if let Ok(answer) = ask(&twice) {
                        assert!(!answer.response.allowed && answer.is_fault, "{twice}");
                        assert_eq!(answer.response.uid, UID);
                        assert!(key != "uid", "one of two uids is answered to");
                    }
                }
            }
        }
    }
}

/// The first letter of a key as JSON may also spell it.
fn escaped(key: &str) -> String {
    format!("\\u{:04x}", u32::from(key.chars().next().unwrap()))
}

#[test]
fn f08_a_smuggled_answer_changes_nothing() {
    for smuggled in [json!({"allowed": true}), json!(true)] {
        let mut review = parts(&bad());
        review["response"] = json!({"uid": UID, "allowed": true});
        review["allowed"] = smuggled.clone();
        review["request"]["allowed"] = smuggled.clone();
        review["request"]["response"] = smuggled;
        let answer = ask(review.to_string()).unwrap();
        assert!(!answer.response.allowed && !answer.is_fault);
    }
}

#[test]
fn f09_what_a_later_api_server_adds_is_passed_over() {
    for (object, allowed) in [(good(), true), (bad(), false)] {
        let mut review = parts(&object);
        review["future"] = json!({"deep": [1, {"a": null}], "uid": "other"});
        review["request"]["future"] = json!([{"uid": "other", "object": {}}]);
        review["request"]["kind"]["future"] = json!(1e300);
        review["request"]["userInfo"]["future"] = json!({"username": "other"});
        let answer = ask(review.to_string()).unwrap();
        assert_eq!((answer.response.allowed, answer.is_fault), (allowed, false));
        assert_eq!(answer.response.uid, UID);
    }
}

#[test]
fn f10_an_operation_that_nobody_knows_is_denied_with_the_uid() {
    for operation in ["PATCH", "create", "", "CREATE ", "CREATE\u{0}", "*", "UPDATE,CREATE"] {
        let message = fault(with("operation", operation.into()));
        assert!(message.contains("request.operation") || operation.contains('\0'), "{message}");
    }
    for operation in [json!(null), json!(1), json!(["CREATE"])] {
        fault(with("operation", operation));
    }
    let mut review = parts(&good());
    review["request"].as_object_mut().unwrap().remove("operation");
    fault(review.to_string());
}

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
            let unread =
                nobody(kind) && !["pods", "deployments", "replicasets"].contains(&resource);
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
