//! The definitions of policies and exceptions: of a form and size that the API server takes.

use plimsoll::cluster::crds::definitions;
use plimsoll::rules::catalog::CATALOG;
use serde_json::Value;

/// `kubectl apply` keeps what it was given in an annotation, and all annotations of an object have
/// this many bytes.
const ANNOTATIONS: usize = 262_144;

/// How many rules there are to be.
const RULES: usize = 116;

fn made() -> [Value; 2] {
    definitions()
        .expect("they are made")
        .map(|definition| serde_json::to_value(definition).unwrap())
}

fn schema(definition: &Value) -> &Value {
    &definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
}

/// Calls `see` with every schema of a schema and its path.
fn each(schema: &Value, path: &str, see: &mut impl FnMut(&str, &Value)) {
    see(path, schema);
    for key in ["items", "additionalProperties"] {
        if let Some(below) = schema.get(key) {
            each(below, &format!("{path}[]"), see);
        }
    }
    for (name, below) in schema["properties"].as_object().into_iter().flatten() {
        each(below, &format!("{path}.{name}"), see);
    }
}

#[test]
fn a_client_can_apply_the_definitions_with_all_the_rules_that_there_are_to_be() {
    for definition in made() {
        let size = definition.to_string().len();
        let scaled = size * RULES / CATALOG.len();
        println!("{}: {size}, scaled {scaled}", definition["metadata"]["name"]);
        assert!(scaled < ANNOTATIONS, "{scaled} bytes with {RULES} rules");
    }
}

#[test]
fn every_schema_has_a_type_and_none_has_what_the_api_server_does_not_take() {
    let mut seen = 0;
    for definition in made() {
        each(schema(&definition), "", &mut |path, schema| {
            seen += 1;
            assert!(schema["type"].is_string(), "{path} has no type");
            let refused = ["$ref", "anyOf", "oneOf", "allOf", "nullable", "uniqueItems", "title"];
            for key in refused {
                assert!(schema.get(key).is_none(), "{path} has {key}");
            }
            let is_both =
                schema["properties"].is_object() && schema["additionalProperties"] != Value::Null;
            assert!(!is_both, "{path} has properties and others");
            assert!(!schema["description"].as_str().unwrap_or_default().contains('\n'), "{path}");
        });
    }
    assert!(seen > 200, "{seen}");
}

#[test]
fn every_list_that_people_write_is_bounded() {
    for definition in made() {
        each(&schema(&definition)["properties"]["spec"], "spec", &mut |path, schema| {
            let most = match schema["type"].as_str() {
                Some("array") => &schema["maxItems"],
                _ if schema.get("additionalProperties").is_some() => &schema["maxProperties"],
                _ => return,
            };
            assert!(
                most.is_u64(),
                "{path} may be of any length; say `length(max = …)` of its field"
            );
        });
    }
}

#[test]
fn every_rule_is_a_field_with_its_checklist_line_and_one_must_be_set() {
    let [policies, _] = made();
    let rules = &schema(&policies)["properties"]["spec"]["properties"]["rules"];
    assert_eq!(rules["properties"].as_object().unwrap().len(), CATALOG.len());
    for meta in CATALOG {
        let rule = &rules["properties"][meta.id.as_ref()];
        assert_eq!(rule["description"], meta.checklist.as_ref());
        assert_eq!(rule["properties"]["denyFrom"]["format"], "date-time");
    }
    assert_eq!(rules["minProperties"], 1);
}

/// A default is written into an object, where it stays as it was when that object was stored.
#[test]
fn no_default_is_put_into_an_object_but_those_that_mean_the_same_in_every_version() {
    let mut found = Vec::new();
    for definition in made() {
        each(schema(&definition), "", &mut |path, schema| {
            if let Some(default) = schema.get("default") {
                found.push(format!("{path}: {default}"));
            }
        });
    }
    assert_eq!(found, [".spec.mode: \"deny\"", ".spec.podSecurityVersion: \"latest\""]);
}
