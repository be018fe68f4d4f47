//! The frame of a review: what is no review is an HTTP error, what has a uid is answered with it.

use serde_json::{Value, json};
use support::review::{UID, create};

use crate::fixture::{Webhook, ask, bad, fault, good};

/// A review whose parts can be set one by one; not in the order in which Go writes them.
pub fn parts(object: &Value) -> Value {
    serde_json::from_str(&create(object)).expect("JSON")
}

/// The good review with one part of its request replaced.
pub fn with(part: &str, value: Value) -> String {
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
    let review = parts(&good());
    let as_list = json!([review["apiVersion"], review["kind"], review["request"]]);
    assert_400(as_list.to_string()).await;
}

#[test]
fn f135_a_review_with_something_behind_it_is_denied_with_its_uid() {
    for behind in [create(&good()), create(&bad()), "x".to_owned(), "}".to_owned(), ",".to_owned()]
    {
        let message = fault(format!("{}{behind}", create(&good())));
        assert!(message.contains("breaks off"), "{message}");
    }
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
