//! Every value has a comment and a place in the schema, and the reference is made from them.

use std::fmt::Write as _;
use std::fs;

use serde_json::Value;
use support::committed::assert_committed;

use crate::helm::{chart, values};

/// A value that is described as a whole.
struct Described {
    path: Vec<String>,
    comment: String,
}

/// The values of a `values.yaml`, each with the comment above it. A key without one holds others that
/// have.
fn described(text: &str) -> Vec<Described> {
    let mut found = Vec::new();
    let (mut comment, mut section) = (Vec::new(), None::<String>);
    let mut whole = true;
    for line in text.lines() {
        let indent = line.len() - line.trim_start().len();
        let body = line.trim_start();
        if body.is_empty() || (indent > 0 && whole) {
            comment.clear();
            continue;
        }
        if let Some(text) = body.strip_prefix('#') {
            comment.push(text.trim());
            whole = false;
            continue;
        }
        let (key, _) = body.split_once(':').unwrap_or_else(|| panic!("no key in {line:?}"));
        let path = match (indent, &section) {
            (0, _) => vec![key.to_owned()],
            (2, Some(section)) => vec![section.clone(), key.to_owned()],
            _ => continue,
        };
        if comment.is_empty() {
            assert!(indent == 0, "{path:?} has no comment");
            (section, whole) = (Some(key.to_owned()), false);
            continue;
        }
        found.push(Described { path, comment: comment.join(" ") });
        comment.clear();
        whole = indent == 0;
        if whole {
            section = None;
        }
    }
    found
}

fn at<'v>(mut value: &'v Value, path: &[String]) -> Option<&'v Value> {
    for key in path {
        value = value.get(key)?;
    }
    Some(value)
}

fn read(name: &str) -> String {
    fs::read_to_string(chart().join(name)).expect(name)
}

#[test]
fn the_values_reference_is_what_the_comments_say() {
    let text = read("values.yaml");
    let defaults = values(&text).remove(0);
    // The first paragraph is about the file.
    let (_, text) = text.split_once("\n\n").unwrap();
    let mut page = String::from(
        "<!-- Made by `make bless` from charts/plimsoll/values.yaml; do not edit. -->\n\n# Values\n\n\
         What can be set for the chart `charts/plimsoll`. A misspelt name, or a value that can mean \
         nothing, is refused before anything is installed.\n\n| Value | Default | Meaning |\n\
         | --- | --- | --- |\n",
    );
    for value in described(text) {
        let default = at(&defaults, &value.path).expect("it is there");
        let default = if default.to_string().len() > 60 {
            "see `values.yaml`".to_owned()
        } else {
            format!("`{default}`")
        };
        let (name, comment) = (value.path.join("."), value.comment.replace('|', "\\|"));
        writeln!(page, "| `{name}` | {default} | {comment} |").unwrap();
    }
    assert_committed("docs/values.md", &page);
}

#[test]
fn every_value_is_described_and_no_description_is_about_nothing() {
    let text = read("values.yaml");
    let defaults = values(&text).remove(0);
    let (_, text) = text.split_once("\n\n").unwrap();
    let described: Vec<_> = described(text).into_iter().map(|value| value.path).collect();
    for (key, value) in defaults.as_object().unwrap() {
        if described.contains(&vec![key.clone()]) {
            continue;
        }
        for below in value.as_object().unwrap_or_else(|| panic!("{key} is not described")).keys() {
            let path = vec![key.clone(), below.clone()];
            assert!(described.contains(&path), "{path:?} is not described");
        }
    }
}

#[test]
fn values_and_schema_have_the_same_names() {
    let defaults = values(&read("values.yaml")).remove(0);
    let schema: Value = serde_json::from_str(&read("values.schema.json")).unwrap();
    let properties = schema["properties"].as_object().unwrap();
    let names: Vec<_> = defaults.as_object().unwrap().keys().collect();
    let mut known: Vec<_> = properties.keys().collect();
    known.sort();
    assert_eq!(names, known);
    for (name, property) in properties {
        let Some(below) = property["properties"].as_object() else { continue };
        let is_open = ["global", "resources", "affinity"].contains(&name.as_str());
        assert!(is_open || property["additionalProperties"] == false, "{name} takes any name");
        if name == "certificates" || !is_open {
            let names: Vec<_> = defaults[name].as_object().unwrap().keys().collect();
            let mut known: Vec<_> = below.keys().collect();
            known.sort();
            assert_eq!(names, known, "{name}");
        }
    }
}
