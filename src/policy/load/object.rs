//! An object as the API server has it: what of it says what is in force, and nothing else.

use std::fmt::Write as _;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::{Documents, PolicyProblem, Unknown, read_all};
use crate::policy::bound::BoundPolicy;

/// Reads one object as the API server has it. Neither its status nor what its metadata say beside name
/// and namespace can take anything of it out of force.
///
/// # Errors
/// Where nothing of it can be put in force: everything that is wrong.
pub fn load_object(whole: &Value, unknown: Unknown) -> Result<Documents, Vec<PolicyProblem>> {
    let found = read_all("", &escaped(&own_part(whole).to_string()), unknown);
    let found = found
        .map_err(|errors| errors.into_iter().map(|error| error.problem).collect::<Vec<_>>())?;
    let objects =
        found.policies.into_iter().map(|policy| BoundPolicy { is_object: true, ..policy });
    let policies = objects.map(Arc::new).collect();
    Ok(Documents { policies, exceptions: found.exceptions.into_iter().map(Arc::new).collect() })
}

/// Kind, name and `spec`.
fn own_part(whole: &Value) -> Value {
    let of = |from: &Value, keys: &[&str]| -> Map<String, Value> {
        let held = keys.iter().filter_map(|key| Some(((*key).to_owned(), from.get(key)?.clone())));
        held.collect()
    };
    let mut own = of(whole, &["apiVersion", "kind", "spec"]);
    let metadata = whole.get("metadata").unwrap_or(&Value::Null);
    own.insert("metadata".to_owned(), Value::Object(of(metadata, &["name", "namespace"])));
    Value::Object(own)
}

/// The same JSON, with all characters escaped that YAML has only so.
fn escaped(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for character in json.chars() {
        match character {
            '\u{7f}'..='\u{9f}'
            | '\u{2028}'
            | '\u{2029}'
            | '\u{feff}'
            | '\u{fffe}'
            | '\u{ffff}' => {
                // Writing into a `String` cannot fail. What stands outside of strings is ASCII.
                let _ = write!(text, "\\u{:04x}", u32::from(character));
            }
            character => text.push(character),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn object(spec: &Value) -> Value {
        json!({"apiVersion": "plimsoll.dev/v1alpha1", "kind": "DeployPolicy",
            "metadata": {"name": "p"}, "spec": spec})
    }

    fn in_force(whole: &Value) -> BoundPolicy {
        let mut made =
            load_object(whole, Unknown::IsLeftOutWithFaults).unwrap_or_else(|e| panic!("{e:?}"));
        Arc::into_inner(made.policies.remove(0)).expect("held once")
    }

    #[test]
    fn neither_metadata_nor_status_take_anything_of_an_object_out_of_force() {
        let mut whole = object(&json!({"rules": {"privileged": {"note": "see\u{2028}wiki"}}}));
        whole["metadata"]["annotations"] = json!({"a": "b\u{2028}\u{85}\u{7f}"});
        whole["metadata"]["ofTheFuture"] = json!({});
        whole["status"] = json!({"conditions": "\u{fffe}"});
        let policy = in_force(&whole);
        assert_eq!((policy.rules.len(), policy.unknown.len()), (1, 0));
    }

    #[test]
    fn an_object_of_which_a_hundred_rules_are_of_the_future_is_in_force_but_for_them() {
        let future = (0..150).map(|n| (format!("of-the-future-{n}"), json!({})));
        let mut rules: Map<_, _> = future.collect();
        rules.insert("privileged".to_owned(), json!({}));
        let whole = object(&json!({"rules": rules}));
        let policy = in_force(&whole);
        assert_eq!((policy.rules.len(), policy.unknown.len()), (1, 150));
        let many = (0..2_000).map(|n| (format!("of-the-future-{n}"), json!({})));
        let whole = object(&json!({"rules": many.collect::<Map<_, _>>()}));
        let problems = load_object(&whole, Unknown::IsLeftOutWithFaults).err().expect("too many");
        assert!(!problems.is_empty(), "it is said");
    }

    #[test]
    fn what_is_wrong_outside_of_the_rules_of_an_object_takes_nothing_from_them() {
        let policy = in_force(&object(&json!({
            "tomorrow": [],
            "match": {"ofTheFuture": {}, "excludeUsers": ["system:masters", "eve"],
                      "kinds": [{"group": "a.example", "kind": "wrong", "podTemplate": "spec"}]},
            "rules": {"privileged": {"mode": "deny", "denyFrom": "2026-12-01T00:00:00Z"}}
        })));
        assert_eq!(policy.rules.len(), 1, "{:?}", policy.unknown);
        assert_eq!(policy.matches.exclude_users, ["eve"], "the wrong one excludes nobody");
        for told in ["tomorrow", "ofTheFuture", "excludeUsers[0]", "kinds[0].kind", "denyFrom"] {
            assert!(
                policy.unknown.iter().any(|text| text.contains(told)),
                "{told}: {:?}",
                policy.unknown
            );
        }
    }

    #[test]
    fn whom_an_object_binds_must_be_known() {
        let selector = json!({"matchLabels": {"a b": "c"}});
        let whole = object(&json!({"match": {"namespaceSelector": selector},
            "rules": {"privileged": {}}}));
        assert!(load_object(&whole, Unknown::IsLeftOutWithFaults).is_err());
    }
}
