//! A wrong type in any field that some rule reads is a denial that names the field and no value;
//! in any other field it is the API server's business.

use std::collections::{BTreeMap, BTreeSet};

use plimsoll::path::{FieldPath, Segment};
use serde_json::{Map, Value, json};
use support::committed::assert_committed;
use support::edit::planted;
use support::review::{Review, UID, create};

use crate::fixture::{ask, fault, manifest};

/// What is put in place of each field; no part of it may be seen again.
const PLANTED: &str = "planted-canary";
const PLANTED_NUMBER: i64 = 987_654_321;

fn rich() -> Value {
    manifest("tests/serve/rich.yaml")
}

/// The type of a value, as far as it matters to a reader.
fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "list",
        Value::Object(_) => "map",
    }
}

/// Every place below `value`, as paths.
fn places(value: &Value, at: &[Segment], found: &mut Vec<Vec<Segment>>) {
    let children: Vec<(Segment, &Value)> = match value {
        Value::Object(map) => {
            map.iter().map(|(k, v)| (Segment::Key(k.clone().into()), v)).collect()
        }
        Value::Array(list) => {
            list.iter().enumerate().map(|(i, v)| (Segment::Index(i), v)).collect()
        }
        _ => Vec::new(),
    };
    for (segment, child) in children {
        let at = [at, &[segment]].concat();
        places(child, &at, found);
        found.push(at);
    }
}

fn all_places(value: &Value) -> Vec<FieldPath> {
    let mut found = Vec::new();
    places(value, &[], &mut found);
    found.into_iter().map(FieldPath::from_segments).collect()
}

fn replaced(object: &Value, at: &FieldPath, by: Value) -> Value {
    let mut object = object.clone();
    *object.pointer_mut(&at.pointer()).expect("a place") = by;
    object
}

/// The place with `[]` for every index: the field, whichever element it is of.
fn field(at: &FieldPath) -> String {
    let shown = at.to_string();
    let mut field = String::new();
    let mut rest = shown.as_str();
    while let Some((before, after)) = rest.split_once('[') {
        let (index, after) = after.split_once(']').expect("a bracket closes");
        field += before;
        field += &if index.starts_with('"') { format!("[{index}]") } else { "[]".to_owned() };
        rest = after;
    }
    field + rest
}

/// Quantities may be bare numbers, also for the API server.
fn is_quantity(field: &str) -> bool {
    [".requests.", ".limits."].iter().any(|list| field.contains(list))
        || field.ends_with(".sizeLimit")
}

/// Which fields are read, each with how often it was refused.
fn refused_fields() -> BTreeMap<String, usize> {
    let rich = rich();
    assert!(ask(create(&rich)).unwrap().response.allowed, "{:?}", ask(create(&rich)));
    let replacements = [
        json!(PLANTED),
        json!(PLANTED_NUMBER),
        json!(true),
        json!([PLANTED]),
        json!({PLANTED: PLANTED}),
    ];
    let mut refused = BTreeMap::new();
    for at in all_places(&rich) {
        let before = rich.pointer(&at.pointer()).expect("a place");
        let (mut denials, mut allowances) = (0, Vec::new());
        for by in replacements.iter().filter(|by| kind(by) != kind(before)) {
            if is_quantity(&field(&at)) && by.is_number() {
                continue;
            }
            let is_port = field(&at).rsplit('.').next() == Some("port");
            if is_port && (by.is_number() || by.is_string()) {
                continue;
            }
            // The request's own name and namespace stay, whatever the object calls itself.
            let object = replaced(&rich, &at, by.clone());
            let review = Review::create(&rich).with("object", object).to_string();
            let answer = ask(&review).expect("the uid is readable");
            assert_eq!(answer.response.uid, UID);
            if answer.response.allowed {
                allowances.push(by.clone());
                continue;
            }
            denials += 1;
            let status = answer.response.status.expect("a denial has a status");
            assert!(answer.is_fault && status.code == 400, "{at}: {by}: {}", status.message);
            assert!(status.message.contains(&format!("`{at}`")), "{at}: {by}: {}", status.message);
            assert!(
                !status.message.contains("canary") && !status.message.contains("987654321"),
                "{at}"
            );
            if let Some(text) = before.as_str().filter(|text| text.len() > 3) {
                let without_path = status.message.replace(&at.to_string(), "");
                assert!(!without_path.contains(text), "{at}: {}", status.message);
            }
        }
        assert!(denials == 0 || allowances.is_empty(), "{at} takes {allowances:?} for {before}");
        *refused.entry(field(&at)).or_default() += denials;
    }
    refused
}

#[test]
fn a_wrong_type_is_refused_in_every_field_that_is_read_and_in_no_other() {
    let refused = refused_fields();
    let read: BTreeSet<&String> = refused.iter().filter(|(_, n)| **n > 0).map(|(f, _)| f).collect();
    let unread: BTreeSet<&String> =
        refused.iter().filter(|(_, n)| **n == 0).map(|(f, _)| f).collect();
    // Below a field that nobody reads, nobody reads anything.
    let below = |field: &str| {
        unread
            .iter()
            .any(|u| field.strip_prefix(u.as_str()).is_some_and(|r| r.starts_with(['.', '['])))
    };
    assert!(!read.iter().any(|field| below(field)), "{read:?}");
    let mut text = String::from("# The fields of tests/serve/rich.yaml that some rule reads.\n");
    for field in &read {
        text += &format!("{field}\n");
    }
    text += "\n# Those that no rule reads, without what is below them.\n";
    unread.iter().filter(|f| !below(f)).for_each(|field| text += &format!("{field}\n"));
    assert_committed("tests/golden/read_fields.txt", &text);
}

#[test]
fn null_in_place_of_any_field_never_fails_the_review() {
    let rich = rich();
    for at in all_places(&rich) {
        let is_element = matches!(at.segments().last(), Some(Segment::Index(_)));
        let map = field(&at);
        let is_value_of_map =
            ["labels.", "annotations[", "requests.", "limits."].iter().any(|m| map.contains(m));
        let object = replaced(&rich, &at, Value::Null);
        let review = Review::create(&rich).with("object", object).to_string();
        let answer = ask(&review).expect("the uid is readable");
        // `null` for an element or a value is the zero value to Go, and no value to us.
        assert!(
            !answer.is_fault || is_element || is_value_of_map,
            "{at}: {:?}",
            answer.response.status
        );
    }
}

/// JSON in which the mapping at `at` holds its key twice.
fn twice(value: &Value, at: &[Segment], second: &Value) -> String {
    let Some((segment, rest)) = at.split_first() else { return value.to_string() };
    match (value, segment) {
        (Value::Object(map), Segment::Key(wanted)) => {
            let entry = |key: &str, value: &str| format!("{}:{value}", Value::from(key));
            let mut entries = Vec::new();
            for (key, value) in map {
                if key == wanted {
                    entries.push(entry(key, &twice(value, rest, second)));
                    if rest.is_empty() {
                        entries.push(entry(key, &second.to_string()));
                    }
                } else {
                    entries.push(entry(key, &value.to_string()));
                }
            }
            format!("{{{}}}", entries.join(","))
        }
        (Value::Array(list), Segment::Index(wanted)) => {
            let element = |(index, value): (usize, &Value)| {
                if index == *wanted { twice(value, rest, second) } else { value.to_string() }
            };
            format!("[{}]", list.iter().enumerate().map(element).collect::<Vec<_>>().join(","))
        }
        _ => unreachable!("a path leads somewhere"),
    }
}

#[test]
fn f08_a_key_that_is_read_and_there_twice_is_refused_wherever_it_stands() {
    let rich = rich();
    let read: BTreeMap<String, usize> = refused_fields();
    let mut tried = 0;
    for at in all_places(&rich) {
        let is_key = matches!(at.segments().last(), Some(Segment::Key(_)));
        // A field that is not read may hold what it wants, a map's own keys are all read.
        if !is_key || read[&field(&at)] == 0 {
            continue;
        }
        let same = rich.pointer(&at.pointer()).expect("a place");
        let empty = Value::Object(Map::new());
        for second in [same, &Value::Null, &empty] {
            let object = twice(&rich, at.segments(), second);
            let review = Review::create(&rich).with_text("object", &object).to_string();
            assert!(ask(&review).unwrap().is_fault, "{at} twice, then {second}");
            tried += 1;
        }
    }
    assert!(tried > 300, "{tried}");
}

#[test]
fn a_fraction_or_a_number_out_of_range_is_refused_where_a_whole_number_is_read() {
    let rich = rich();
    for (at, range) in [
        ("/spec/securityContext/runAsUser", "9223372036854775808"),
        ("/spec/containers/0/securityContext/runAsUser", "9223372036854775808"),
        ("/spec/containers/0/ports/0/hostPort", "2147483648"),
    ] {
        for number in ["1.5", "1e3", "-0.5", "1e400", "-1e400", range, &"9".repeat(400)] {
            assert!(rich.pointer(at).is_some(), "{at}");
            let object = planted(&rich, at, number);
            let message = fault(Review::create(&rich).with_text("object", &object).to_string());
            assert!(!message.contains(number), "{at}: {message}");
        }
    }
}
