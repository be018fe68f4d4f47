//! Broken reviews: cut short, with one bit flipped, with parts replaced at random. Nothing panics,
//! and nothing is let in that would not be let in whole.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{LazyLock, Mutex, PoisonError};

use jiff::Timestamp;
use plimsoll::check::check;
use plimsoll::files::SourceText;
use plimsoll::policy::{self, PRODUCTION, Snapshot};
use plimsoll::serve::Answer;
use proptest::prelude::*;
use serde_json::{Value, json};
use support::review::{UID, create};

use crate::fixture::{ask, bad, good};

/// The answer; a panic fails the test and shows the body.
fn ask_broken(body: &[u8]) -> Result<Answer, &'static str> {
    let answer = catch_unwind(AssertUnwindSafe(|| ask(body)));
    answer.unwrap_or_else(|_| panic!("a panic at {}", String::from_utf8_lossy(body)))
}

#[test]
fn f11_no_beginning_of_a_review_is_allowed() {
    for golden in [create(&bad()), create(&good())] {
        for end in 0..golden.len() {
            match ask_broken(&golden.as_bytes()[..end]) {
                Err(_) => {}
                Ok(answer) => {
                    assert!(!answer.response.allowed, "{}", &golden[..end]);
                    assert_eq!(answer.response.uid, UID, "{}", &golden[..end]);
                }
            }
        }
    }
    assert!(ask(create(&good())).unwrap().response.allowed);
}

#[test]
fn f11_no_end_of_a_review_is_allowed() {
    let golden = create(&good());
    for start in 1..golden.len() {
        assert!(ask_broken(&golden.as_bytes()[start..]).is_err(), "{}", &golden[start..]);
    }
}

/// Every part of the bad Deployment that runs something, wherever the API has room for one.
///
/// One flaw is mended by one bit at most, and the bad Deployment has several: an object with a
/// container in it is never right.
fn runs_something(object: &Value) -> bool {
    let pod = &object["spec"]["template"]["spec"];
    let lists = ["initContainers", "containers", "ephemeralContainers"];
    lists.iter().any(|list| pod[list].as_array().is_some_and(|list| !list.is_empty()))
}

/// The production policy, for the command line.
static CHECKED: LazyLock<Mutex<Snapshot>> = LazyLock::new(|| {
    let policies = policy::built_in(PRODUCTION).expect("the shipped policy loads");
    Mutex::new(Snapshot::new(policies))
});

/// What the command line says about the object that a body carries: another way to the rules,
/// with another reader in front. None where the body is no review of a Deployment.
fn passes_check(review: &Value) -> Option<bool> {
    let request = &review["request"];
    let is_reviewed = review["apiVersion"] == "admission.k8s.io/v1"
        && review["kind"] == "AdmissionReview"
        && request["kind"]["group"] == "apps"
        && request["kind"]["kind"] == "Deployment"
        && request["resource"]["group"] == "apps"
        && request["resource"]["resource"] == "deployments"
        && request["operation"] == "CREATE"
        && is_frame_right(request);
    let object = is_reviewed.then(|| completed(request)).flatten()?;
    let snapshot = CHECKED.lock().unwrap_or_else(PoisonError::into_inner);
    let source = SourceText { name: "review".to_owned(), text: as_yaml(&object), is_found: false };
    let report = check(&[source], &snapshot, Timestamp::UNIX_EPOCH);
    Some(report.unreviewed.is_empty() && report.reviewed.len() == 1 && !report.has_denials())
}

/// The object with the kind and namespace that the request names, which it may leave out; none
/// where it names others.
fn completed(request: &Value) -> Option<Value> {
    let mut object = request["object"].clone();
    object.as_object()?;
    let is_of_group = |version: &str| version.starts_with("apps/");
    let is_deployment = |kind: &str| kind == "Deployment";
    let fits = |own: &Value, is_right: fn(&str) -> bool| {
        own.is_null() || own.as_str().is_some_and(is_right)
    };
    if !fits(&object["apiVersion"], is_of_group) || !fits(&object["kind"], is_deployment) {
        return None;
    }
    object["apiVersion"] = "apps/v1".into();
    object["kind"] = "Deployment".into();
    if let Some(namespace) = request["namespace"].as_str().filter(|name| !name.is_empty()) {
        if object["metadata"].is_null() {
            object["metadata"] = json!({});
        }
        // Metadata of another type is left for the reader to refuse.
        if let Some(metadata) = object["metadata"].as_object_mut() {
            let own = metadata.entry("namespace").or_insert(Value::Null);
            if !own.is_null() && !own.is_string() {
                return None;
            }
            *own = namespace.into();
        }
    }
    Some(object)
}

/// YAML that holds every character: raw, it refuses some that JSON takes.
fn as_yaml(object: &Value) -> String {
    let escaped = |c: char| match c {
        ' '..='~' => c.to_string(),
        _ => format!("\\U{:08x}", u32::from(c)),
    };
    object.to_string().chars().map(escaped).collect()
}

/// Whether the parts of the frame that are read have the types of the API.
fn is_frame_right(request: &Value) -> bool {
    let is_text = |value: &Value| value.is_null() || value.is_string();
    let is_user = |user: &Value| {
        let is_text = |value: &Value| value.is_string() || value.is_null();
        let is_list = |value: &Value| {
            value.is_null() || value.as_array().is_some_and(|list| list.iter().all(is_text))
        };
        user.as_object().is_some_and(|user| {
            user.get("username").is_none_or(Value::is_string)
                && user.get("groups").is_none_or(is_list)
        })
    };
    ["name", "namespace", "subResource"].iter().all(|field| is_text(&request[*field]))
        && (request["dryRun"].is_null() || request["dryRun"].is_boolean())
        && request.get("userInfo").is_none_or(is_user)
}

#[test]
fn f12_no_single_bit_lets_in_what_was_denied_unless_nothing_is_left_to_deny() {
    let golden = create(&bad()).into_bytes();
    let uid = golden.windows(UID.len()).position(|w| w == UID.as_bytes()).expect("a uid");
    let uid = uid..uid + UID.len();
    let mut body = golden.clone();
    let mut allowances = 0;
    for at in 0..golden.len() {
        for bit in 0..8 {
            body[at] ^= 1 << bit;
            if let Ok(answer) = ask_broken(&body) {
                let text = String::from_utf8_lossy(&body);
                assert_eq!(answer.response.uid == UID, !uid.contains(&at), "{text}");
                if answer.response.allowed {
                    let review: Value = serde_json::from_slice(&body).expect("JSON");
                    assert_eq!(passes_check(&review), Some(true), "{text}");
                    assert!(!runs_something(&review["request"]["object"]), "{text}");
                    allowances += 1;
                }
            }
            body[at] = golden[at];
        }
    }
    // The letters of `spec`, `template`, `spec` and `containers`: keys that lead to the flaws.
    let letters = "spec".len() + "template".len() + "spec".len() + "containers".len();
    assert!(allowances > 5 * letters && allowances <= 8 * letters, "{allowances} allowances");
}

/// A JSON value as hostile as they come, of small size.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        // YAML has a zero for `0.0`, which JSON has not: the two ways in differ there, as kubectl does.
        any::<f64>().prop_map(|n| if n.is_normal() { n.into() } else { 0.into() }),
        "\\PC{0,8}".prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        prop::sample::select(vec![
            "CREATE",
            "DELETE",
            "CONNECT",
            "kube-system",
            "status",
            "Pod",
            "pods",
            "RuntimeDefault",
            "100m",
        ])
        .prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        let key = prop_oneof![
            prop::sample::select(vec![
                "spec",
                "template",
                "containers",
                "name",
                "image",
                "metadata"
            ])
            .prop_map(str::to_owned),
            "\\PC{0,4}",
        ];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(key, inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

/// Every place in a value, as JSON pointers.
fn places(value: &Value, at: String, found: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                places(value, format!("{at}/{}", key.replace('~', "~0").replace('/', "~1")), found);
            }
        }
        Value::Array(list) => {
            for (index, value) in list.iter().enumerate() {
                places(value, format!("{at}/{index}"), found);
            }
        }
        _ => {}
    }
    found.push(at);
}

/// Whether the request is one of those that are let through without a look at the object.
fn is_unreviewed(review: &Value) -> bool {
    let request = &review["request"];
    let ignored =
        ["attach", "binding", "eviction", "exec", "log", "portforward", "proxy", "scale", "status"];
    let is_deployment = request["kind"]["group"] == "apps"
        && request["kind"]["kind"] == "Deployment"
        && request["resource"]["group"] == "apps"
        && request["resource"]["resource"] == "deployments";
    request["operation"] == "DELETE"
        || request["operation"] == "CONNECT"
        || request["subResource"].as_str().is_some_and(|name| ignored.contains(&name))
        || !is_deployment
        || request["namespace"] == "kube-system"
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn f13_whatever_is_changed_in_a_review_it_is_allowed_only_if_its_object_passes(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any_json()), 1..4),
        from_good in any::<bool>(),
    ) {
        let golden = if from_good { good() } else { bad() };
        let mut review: Value = serde_json::from_str(&create(&golden)).unwrap();
        for (index, value) in changes {
            let mut found = Vec::new();
            places(&review, String::new(), &mut found);
            let place: &String = index.get(&found);
            *review.pointer_mut(place).unwrap() = value;
        }
        if let Ok(answer) = ask_broken(review.to_string().as_bytes()) {
            prop_assert_eq!(&answer.response.uid, review["request"]["uid"].as_str().unwrap());
            let allowed = answer.response.allowed;
            if !is_unreviewed(&review) {
                prop_assert_eq!(allowed, passes_check(&review) == Some(true), "{}", review);
            }
        } else {
            prop_assert!(review["request"]["uid"].as_str().is_none_or(str::is_empty)
                || review["apiVersion"] != "admission.k8s.io/v1" || review["kind"] != "AdmissionReview");
        }
    }

    #[test]
    fn f13_bytes_that_are_changed_anywhere_never_allow_what_was_denied(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let mut body = create(&bad()).into_bytes();
        for (index, byte) in changes {
            let at = index.index(body.len());
            body[at] = byte;
        }
        if let Ok(answer) = ask_broken(&body)
            && answer.response.allowed
        {
            let text = String::from_utf8_lossy(&body);
            let review: Value = serde_json::from_str(&text).unwrap();
            prop_assert!(is_unreviewed(&review) || passes_check(&review) == Some(true), "{}", text);
        }
    }
}
