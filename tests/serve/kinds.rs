//! What a request is about: its kind, its resource and its object must say the same.

use plimsoll::rules::Mode;
use serde_json::json;
use support::review::{Review, create};

use crate::envelope::{faults, in_both_orders};
use crate::fixture::{ask, bad, good, good_pod};

#[test]
fn f17_an_object_of_another_kind_than_the_request_is_denied() {
    let review = Review::create(&good());
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
        let message = faults(&review.clone().with("object", object));
        assert!(message.contains("another kind"), "{field}: {value}: {message}");
    }
    for object in [json!("x"), json!([]), json!(7), json!(true), json!(null)] {
        faults(&review.clone().with("object", object));
    }
    assert!(faults(&review.without("object")).contains("`request.object` is missing"));
}

/// What becomes of the good Deployment when the request says of it that it is of a kind (in front)
/// and of a resource (above): it is reviewed (`R`), let in unread (`u`), or refused (`-`).
const KINDS: &str = "
                 | apps/deployments /pods batch/jobs apps/jobs apps/replicasets /endpoints  apps/deployment apps/Deployments apps/
apps/Deployment  | R                -     -          -         -                -           -               -                -
/Deployment      | -                -     -          u         -                u           u               u                -
/Pod             | -                -     -          -         -                -           -               -                -
batch/Job        | -                -     -          -         -                -           -               -                -
apps/Job         | -                -     -          u         -                u           u               u                -
/Endpoints       | -                -     -          u         -                u           u               u                -
apps/deployment  | -                -     -          u         -                u           u               u                -
apps/            | -                -     -          -         -                -           -               -                -
";

#[test]
fn f17_kind_and_resource_that_name_different_things_are_denied() {
    let mut rows = KINDS.trim_matches('\n').lines().map(|row| row.split_once('|').expect("a row"));
    let resources: Vec<&str> = rows.next().expect("a head").1.split_whitespace().collect();
    let mut tried = 0;
    for (kind, outcomes) in rows {
        let (group, kind) = kind.trim().split_once('/').expect("a group");
        let review = Review::create(&good()).kind(group, kind);
        let outcomes: Vec<&str> = outcomes.split_whitespace().collect();
        assert_eq!(outcomes.len(), resources.len(), "{kind}");
        for (resource, expected) in resources.iter().zip(outcomes) {
            let (group, resource) = resource.split_once('/').expect("a group");
            for body in in_both_orders(&review.clone().resource(group, resource)) {
                let answer = ask(&body).expect("a review");
                let outcome = match (answer.is_fault, answer.response.allowed) {
                    (true, false) => "-",
                    (false, true) if answer.verdict.tallies.is_empty() => "u",
                    (false, true) => "R",
                    other => panic!("{other:?}: {body}"),
                };
                assert_eq!(outcome, expected, "{kind} and {resource}");
                tried += 1;
            }
        }
    }
    assert_eq!(tried, 8 * 9 * 2);
}

/// What becomes of the good Deployment when a member of its request (in front) has a value (by its
/// number): it is let in (`+`), or refused (`-`).
const TYPES: [(&str, &str); 9] = [
    ("kind", "-------"),
    ("resource", "-------"),
    ("subResource", "--+----"),
    ("name", "--+----"),
    ("namespace", "--+----"),
    ("operation", "-------"),
    // A user without a name.
    ("userInfo", "-----+-"),
    ("dryRun", "----+--"),
    // Objects without a pod template.
    ("object", "-----+-"),
];

#[test]
fn a_wrong_type_anywhere_in_the_frame_is_denied_or_an_http_error() {
    let values = [
        json!(["planted", "planted", "planted"]),
        json!([]),
        json!("planted"),
        json!(31337),
        json!(true),
        json!({"group": 31337}),
        json!({"kind": ["planted"], "resource": ["planted"], "username": ["planted"]}),
    ];
    for (member, outcomes) in TYPES {
        assert_eq!(outcomes.len(), values.len(), "{member}");
        for (value, expected) in values.iter().zip(outcomes.chars()) {
            let part = if member == "subResource" { "resize" } else { "" };
            let review = Review::create(&good()).sub_resource(part).with(member, value.clone());
            if expected == '+' {
                for body in in_both_orders(&review) {
                    assert!(ask(&body).expect("a review").response.allowed, "{body}");
                }
                continue;
            }
            let message = faults(&review);
            let is_named = message.contains(&format!("request.{member}"));
            assert!(is_named || member == "object", "{message}");
            assert!(!message.contains("planted") && !message.contains("31337"), "{message}");
        }
    }
}

#[test]
fn the_order_of_the_fields_makes_no_difference() {
    for object in [good(), bad(), good_pod()] {
        let [go, sorted] = in_both_orders(&Review::update(&bad(), &object));
        assert!(go.find("\"resource\"") < go.find("\"object\""), "read at once");
        assert!(sorted.find("\"object\"") < sorted.find("\"resource\""), "read as text first");
        assert_eq!(ask(go).unwrap().response, ask(sorted).unwrap().response);
    }
}

#[test]
fn a_kind_that_no_rule_reads_is_allowed_unread() {
    let event = json!({"apiVersion": "v1", "kind": "Event", "metadata": {"name": "a", "namespace": "shop"}});
    let mut odd = event.clone();
    odd["metadata"] = json!(7);
    odd["spec"] = json!("x");
    for object in [event, odd] {
        let answer = ask(create(&object)).unwrap();
        assert!(answer.response.allowed);
        assert_eq!(answer.verdict.with_consequence(Mode::Deny).count(), 0);
        assert!(answer.verdict.tallies.is_empty(), "nothing was reviewed");
    }
}
