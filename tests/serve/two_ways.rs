//! There are two ways to read a body: at once, and member by member where that does not do. Nobody
//! gains by which of the two is taken.

use plimsoll::serve::Answer;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::{Value, json};
use support::review::{Review, UID, create, update};

use crate::fixture::{ask_under, bad, good, good_pod, spec};
use crate::ratchet_property::{any_step, everything, pod_of};

/// What an answer says, whichever way it came about.
fn said(answer: Result<Answer, &'static str>) -> Result<Value, &'static str> {
    answer.map(|answer| {
        let summary = format!("{:?}", answer.summary);
        json!([serde_json::to_value(&answer.response).unwrap(), answer.is_fault, summary])
    })
}

/// The same review with a byte that is no text where nobody reads, which is read the slow way.
fn slowed(body: &[u8]) -> Vec<u8> {
    let start = b"{\"unread\":\"\xff\",";
    [start, body.strip_prefix(b"{").expect("an object")].concat()
}

/// The members of the request in another order.
fn shuffled(review: &Review, order: &[usize]) -> String {
    let swapped = |review: Review, (one, &other): (usize, &usize)| review.swapped(one, other);
    order.iter().enumerate().fold(review.clone().sorted(), swapped).to_string()
}

/// Text put in place of some bytes of a body.
fn any_damage() -> impl Strategy<Value = (Index, usize, Vec<u8>)> {
    let pieces: Vec<&[u8]> = vec![
        b"",
        b"\xff",
        b"null",
        b"\"",
        b"\\",
        b"{}",
        b"[]",
        b"{",
        b"}",
        b",",
        b":",
        b"7",
        b"true",
        b"\\ud800",
        b"\\u0000",
        b"1e400",
        b"\"spec\":{},",
        b"\"object\":null,",
        b"\"kind\":\"x\",",
        b"\"uid\":\"x\",",
        b" ",
        b"\n",
    ];
    (any::<Index>(), 0_usize..12, select(pieces).prop_map(<[u8]>::to_vec))
}

fn damaged(body: &[u8], damage: &[(Index, usize, Vec<u8>)]) -> Vec<u8> {
    let mut body = body.to_vec();
    for (at, length, piece) in damage {
        let start = at.index(body.len());
        let end = (start + length).min(body.len());
        body.splice(start..end, piece.iter().copied());
    }
    body
}

fn any_review() -> impl Strategy<Value = Review> {
    let steps = || prop::collection::vec(any_step(), 0..5);
    let operations = vec!["CREATE", "UPDATE", "DELETE", "CONNECT"];
    let parts = vec!["", "status", "resize", "ephemeralcontainers", "scale", "new"];
    prop_oneof![
        Just(Review::create(&good())),
        Just(Review::create(&bad())),
        Just(Review::update(&good(), &bad())),
        Just(Review::update(&bad(), &good())),
        (steps(), steps(), select(operations), select(parts)).prop_map(|(old, new, what, part)| {
            Review::of(what, &pod_of(&new), &pod_of(&old)).sub_resource(part)
        }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn f135_both_ways_to_read_a_review_come_to_the_same(
        review in any_review(),
        order in prop::collection::vec(0_usize..16, 0..8),
        damage in prop::collection::vec(any_damage(), 0..3),
    ) {
        let policy = everything();
        let body = damaged(shuffled(&review, &order).as_bytes(), &damage);
        if body.first() == Some(&b'{') {
            let (fast, slow) = (ask_under(&policy, &body), ask_under(&policy, slowed(&body)));
            prop_assert_eq!(said(fast), said(slow), "{}", String::from_utf8_lossy(&body));
        }
    }

    #[test]
    fn f135_the_order_of_the_members_decides_nothing(
        review in any_review(),
        order in prop::collection::vec(0_usize..16, 0..8),
    ) {
        let policy = everything();
        let body = review.to_string();
        let other = ask_under(&policy, shuffled(&review, &order));
        let one = ask_under(&policy, &body);
        prop_assert_eq!(said(one), said(other), "{}", body);
    }
}

/// The place behind the uid from which on a body may be damaged, and the uid still be read: the
/// quote and the comma tell where it ends.
fn behind_the_uid(review: &str) -> usize {
    review.find(UID).unwrap() + UID.len() + 2
}

#[test]
fn f135_while_the_uid_can_be_read_every_damage_behind_it_is_answered_to_it() {
    let policy = spec("{rules: {privileged: {}}}");
    for review in [create(&good()), update(&bad(), &bad())] {
        for at in behind_the_uid(&review)..review.len() {
            for piece in [&b"\xff"[..], b"\"", b"{", b"}", b"]", b"\\", b",", b"\0", b"x"] {
                for length in [0, 1] {
                    let body = review.as_bytes();
                    let body = [&body[..at], piece, &body[(at + length).min(body.len())..]];
                    let body = body.concat();
                    let answer = ask_under(&policy, &body);
                    let answer = answer.unwrap_or_else(|error| {
                        panic!("HTTP 400, {error}: {}", String::from_utf8_lossy(&body))
                    });
                    assert_eq!(answer.response.uid, UID, "{}", String::from_utf8_lossy(&body));
                }
            }
        }
    }
}

#[test]
fn f08_a_frame_that_says_twice_what_it_is_is_answered_to_its_uid() {
    let review = create(&good_pod());
    for key in ["apiVersion", "kind"] {
        for value in ["\"AdmissionReview\"", "\"admission.k8s.io/v1\"", "null", "7"] {
            for body in [
                format!("{{\"{key}\":{value},{}", &review[1..]),
                format!("{},\"{key}\":{value}}}", &review[..review.len() - 1]),
            ] {
                let answer =
                    ask_under(&spec("{rules: {privileged: {}}}"), &body).expect("the uid is there");
                assert!(!answer.response.allowed && answer.is_fault, "{body}");
                assert_eq!(answer.response.uid, UID);
            }
        }
    }
    // Bytes that are no text are no other version.
    for (word, broken) in
        [("io/v1", &b"io/\xffv1"[..]), ("AdmissionReview", b"Admission\xffReview")]
    {
        let at = review.find(word).unwrap();
        let body =
            [&review.as_bytes()[..at], broken, &review.as_bytes()[at + word.len()..]].concat();
        let answer =
            ask_under(&spec("{rules: {privileged: {}}}"), &body).expect("the uid is there");
        assert!(!answer.response.allowed && answer.is_fault);
    }
}

/// A fault in a place of a Pod that is read, so that there is no verdict on it.
fn unreadable(pod: &Value) -> Value {
    let mut pod = pod.clone();
    pod["spec"]["imagePullSecrets"] = json!(7);
    pod
}

/// The key of a review's new object as JSON may also spell it.
fn spelled(review: &str, key: &str) -> String {
    let at = review.find("\"object\":").unwrap();
    let (frame, objects) = review.split_at(at);
    let escaped = format!("\"\\u{:04x}{}\":", u32::from(key.chars().next().unwrap()), &key[1..]);
    let (before, after) = objects.split_once(&format!("\"{key}\":")).expect("the key");
    format!("{frame}{before}{escaped}{after}")
}

/// The new object with a key a second time, in front or behind.
fn doubled(review: &str, key: &str, value: &Value) -> [String; 2] {
    let at = review.find("\"object\":{").unwrap() + "\"object\":{".len();
    let end = review.find(",\"oldObject\"").unwrap() - 1;
    let again = format!("\"{key}\":{value}");
    [
        format!("{}{again},{}", &review[..at], &review[at..]),
        format!("{},{again}{}", &review[..end], &review[end..]),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn f136_what_cannot_be_read_is_let_in_exactly_when_nothing_that_is_judged_changes(
        before in prop::collection::vec(any_step(), 0..8),
        after in prop::collection::vec(any_step(), 0..2),
        labels in any::<bool>(),
        by_label in any::<bool>(),
        key in select(vec!["spec", "metadata", "apiVersion", "kind"]),
    ) {
        let selecting = "match: {objectSelector: {matchLabels: {app: api}}},";
        let policy = spec(&format!(
            "{{{} rules: {{privileged: {{}}}}}}", if by_label { selecting } else { "" }
        ));
        let old = unreadable(&pod_of(&before));
        let mut new = unreadable(&pod_of(&[before, after].concat()));
        new["metadata"]["finalizers"] = json!(["a/b"]);
        if labels {
            new["metadata"]["labels"]["team"] = json!("a");
        }
        let has_path = old["spec"].to_string().contains("subPathExpr");
        let is_same = old["spec"] == new["spec"]
            && old["metadata"]["annotations"] == new["metadata"]["annotations"]
            && !(labels && (by_label || has_path));
        let body = update(&old, &new);
        let allowed = |body: &str| {
            let answer = ask_under(&policy, body).expect("a review");
            assert_eq!(answer.response.allowed, !answer.is_fault);
            answer.response.allowed
        };
        prop_assert_eq!(allowed(&body), is_same, "{}", body);
        // However the key is spelled, it is the key; and there is one of it.
        prop_assert_eq!(allowed(&spelled(&body, key)), is_same, "{} in {}", key, body);
        for body in doubled(&body, key, &new[key]) {
            prop_assert!(!allowed(&body), "{} twice in {}", key, body);
        }
    }
}
