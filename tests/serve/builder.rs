//! The builder of reviews and the changes of text: what is not there is not changed in silence.

use std::panic::{AssertUnwindSafe, catch_unwind};

use serde_json::{Value, json};
use support::edit::{planted, replaced, replaced_once};
use support::review::{Review, UID};

/// A small Pod.
fn pod() -> Value {
    json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a", "namespace": "b"}})
}

fn assert_refused<T>(what: &str, change: impl FnOnce() -> T) {
    assert!(catch_unwind(AssertUnwindSafe(change)).is_err(), "{what}");
}

#[test]
fn a_review_is_written_as_the_api_server_writes_it() {
    let gvk = r#"{"group":"","kind":"Pod","version":"v1"}"#;
    let gvr = r#"{"group":"","resource":"pods","version":"v1"}"#;
    let object = pod();
    let expected = format!(
        r#"{{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":{{"uid":"{UID}","kind":{gvk},"resource":{gvr},"subResource":"resize","requestKind":{gvk},"requestResource":{gvr},"name":"a","namespace":"b","operation":"UPDATE","userInfo":{{"username":"eve","groups":["system:authenticated"]}},"object":{object},"oldObject":null,"dryRun":true,"options":{{"kind":"CreateOptions","apiVersion":"meta.k8s.io/v1"}}}}}}"#
    );
    let review = Review::create(&object).operation("UPDATE").sub_resource("resize");
    assert_eq!(review.user("eve").with("dryRun", true).to_string(), expected);
}

#[test]
fn a_review_can_be_broken_as_it_is_meant_to_be() {
    let review = Review::create(&pod());
    let text = review.clone().with_text("object", "{").without("uid").to_string();
    assert!(text.contains(r#""request":{"kind""#) && text.contains(r#""object":{,"oldObject""#));
    let twice = review.clone().twice("uid", "other").to_string();
    assert!(twice.contains(&format!(r#""request":{{"uid":"other","uid":"{UID}","#)), "{twice}");
    let bare = review.clone().without_beside("kind").without_beside("apiVersion").to_string();
    assert!(bare.starts_with(r#"{"request":{"#), "{bare}");
    let swapped = review.clone().swapped(0, 14).to_string();
    assert!(swapped.contains(r#""request":{"kind":{"#), "counted around: {swapped}");
    let sorted = review.clone().sorted().to_string();
    let value: Value = serde_json::from_str(&review.to_string()).unwrap();
    assert_eq!(sorted, value.to_string());
}

#[test]
fn a_change_that_would_change_nothing_fails_the_test() {
    let review = || Review::create(&pod());
    assert_refused("another value of what is not there", || review().with("Object", 1));
    assert_refused("the subresource of none", || review().with("subResource", "status"));
    assert_refused("without what is not there", || review().without("uuid"));
    assert_refused("twice what is not there", || review().twice("uuid", 1));
    assert_refused("one of two", || review().twice("uid", 1).with("uid", 2));
    assert_refused("more of what is there", || review().adding("object", 1));
    assert_refused("another frame", || review().with_beside("version", 1));
    assert_refused("less of the frame", || review().without_beside("version"));
    assert_refused("more of the frame", || review().adding_beside("kind", 1));
}

#[test]
fn text_is_replaced_as_often_as_is_meant_and_planted_where_it_is_meant() {
    assert_eq!(replaced("a-a", "a", "b", 2), "b-b");
    assert_refused("once more", || replaced("a-a", "a", "b", 1));
    assert_refused("not found", || replaced_once("a", "c", "b"));
    let object = json!({"list": [1, {"a": 2}], "map": {}});
    assert_eq!(planted(&object, "/list/1/a", "{{"), r#"{"list":[1,{"a":{{}],"map":{}}"#);
    assert_eq!(planted(&object, "/list/0", "x"), r#"{"list":[x,{"a":2}],"map":{}}"#);
    assert_eq!(planted(&object, "/map/new", "0"), r#"{"list":[1,{"a":2}],"map":{"new":0}}"#);
    assert_refused("nothing to hold it", || planted(&object, "/none/a", "0"));
    assert_refused("no such element", || planted(&object, "/list/7", "0"));
    assert_refused("a number holds nothing", || planted(&object, "/list/0/a", "0"));
}
