//! The frame of a review: what is no review is an HTTP error, what has a uid is answered with it.

use serde_json::{Value, json};
use support::review::{Review, UID, create};

use crate::fixture::{Webhook, ask, bad, fault, good};

/// A review in the order in which Go writes it, and with the object before what tells its kind.
pub fn in_both_orders(review: &Review) -> [String; 2] {
    [review.to_string(), review.clone().sorted().to_string()]
}

/// The message of the fault that the review is, in whatever order it is written.
pub fn faults(review: &Review) -> String {
    let [message, other] = in_both_orders(review).map(fault);
    assert_eq!(message, other, "{review}");
    message
}

async fn assert_no_review(review: Review) {
    for body in in_both_orders(&review) {
        assert_400(body).await;
    }
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
    let review: Value = serde_json::from_str(&create(&good())).expect("JSON");
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
    let good = Review::create(&good());
    for version in
        ["admission.k8s.io/v1beta1", "admission.k8s.io/v2", "v1", "", "Admission.k8s.io/v1"]
    {
        assert_no_review(good.clone().with_beside("apiVersion", version)).await;
    }
    for kind in ["admissionreview", "AdmissionReviews", "Pod", ""] {
        assert_no_review(good.clone().with_beside("kind", kind)).await;
    }
    for field in ["apiVersion", "kind"] {
        for value in [json!(null), json!(1), json!(["AdmissionReview"]), json!({})] {
            assert_no_review(good.clone().with_beside(field, value)).await;
        }
        assert_no_review(good.clone().without_beside(field)).await;
    }
}

#[tokio::test]
async fn f07_a_review_without_a_usable_uid_is_http_400() {
    for uid in [json!(null), json!(""), json!(7), json!([UID]), json!({"uid": UID}), json!(true)] {
        assert_no_review(Review::create(&good()).with("uid", uid)).await;
    }
    assert_no_review(Review::create(&good()).without("uid")).await;
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
            let review = Review::create(&good()).with("uid", uid).with("object", object);
            for body in in_both_orders(&review) {
                let response = webhook.post("/validate", body).await.response();
                assert!(response["uid"] == uid, "{:?} for {uid:.20?}", response["uid"]);
            }
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
        let mut tried = 0;
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
                    tried += 1;
                    let twice = format!("{}{spelled}{again},{}", &body[..at], &body[at..]);
                    if let Ok(answer) = ask(&twice) {
                        assert!(!answer.response.allowed && answer.is_fault, "{twice}");
                        assert_eq!(answer.response.uid, UID);
                        assert!(key != "uid", "one of two uids is answered to");
                    }
                }
            }
        }
        assert!(tried >= 4, "`{key}` was found nowhere");
    }
}

/// The first letter of a key as JSON may also spell it.
fn escaped(key: &str) -> String {
    format!("\\u{:04x}", u32::from(key.chars().next().unwrap()))
}

#[test]
fn f08_a_smuggled_answer_changes_nothing() {
    for smuggled in [json!({"allowed": true}), json!(true)] {
        let review = Review::create(&bad())
            .adding_beside("response", json!({"uid": UID, "allowed": true}))
            .adding_beside("allowed", smuggled.clone())
            .adding("allowed", smuggled.clone())
            .adding("response", smuggled);
        for body in in_both_orders(&review) {
            let answer = ask(body).unwrap();
            assert!(!answer.response.allowed && !answer.is_fault);
        }
    }
}

#[test]
fn f09_what_a_later_api_server_adds_is_passed_over() {
    for (object, allowed) in [(good(), true), (bad(), false)] {
        let kind = json!({"group": "apps", "version": "v1", "kind": "Deployment", "future": 1e300});
        let user = json!({"username": "developer", "future": {"username": "other"}});
        let review = Review::create(&object)
            .adding_beside("future", json!({"deep": [1, {"a": null}], "uid": "other"}))
            .adding("future", json!([{"uid": "other", "object": {}}]))
            .with("kind", kind)
            .with("userInfo", user);
        for body in in_both_orders(&review) {
            let answer = ask(body).unwrap();
            assert_eq!((answer.response.allowed, answer.is_fault), (allowed, false));
            assert_eq!(answer.response.uid, UID);
        }
    }
}

#[test]
fn f10_an_operation_that_nobody_knows_is_denied_with_the_uid() {
    let review = Review::create(&good());
    for operation in ["PATCH", "create", "", "CREATE ", "CREATE\u{0}", "*", "UPDATE,CREATE"] {
        let message = faults(&review.clone().operation(operation));
        assert!(message.contains("request.operation") || operation.contains('\0'), "{message}");
    }
    for operation in [json!(null), json!(1), json!(["CREATE"])] {
        faults(&review.clone().with("operation", operation));
    }
    faults(&review.without("operation"));
}
