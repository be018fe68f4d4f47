//! Examples of the rules' pages, worked over at random: they have what a rule looks for, and then something
//! that nobody thought of.

use plimsoll::rules::catalog::CATALOG;
use plimsoll::subject::Kind;
use plimsoll::yaml;
use proptest::prelude::RngExt;
use serde_json::Value;
use support::page::{Part, parts};

use super::made_up::text;

/// What is in the place of a value now and then.
const ODD: [&str; 7] = ["null", "{}", "[]", "7", "-1", "\"x\"", "true"];

/// The examples about objects of one kind.
pub struct Examples(Vec<Value>);

impl Examples {
    /// Those of all pages.
    pub fn of(kind: &Kind) -> Self {
        let blocks = CATALOG.iter().flat_map(|meta| parts(&meta.page));
        let objects = blocks.filter_map(|part| match part {
            Part::Block(info, text) => {
                let is_example = info.first().is_some_and(|word| word == "yaml")
                    && !info.iter().any(|word| word == "params");
                is_example.then_some(text)
            }
            Part::Prose(_) => None,
        });
        let mut examples = Vec::new();
        for text in objects {
            for document in yaml::documents(&text).iter().flatten() {
                let object: Value = serde_json::from_str(&document.to_json()).unwrap();
                let version = object["apiVersion"].as_str().unwrap_or_default();
                let group = version.rsplit_once('/').map_or("", |(group, _)| group);
                if group == kind.group && object["kind"] == *kind.kind {
                    examples.push(object);
                }
            }
        }
        Self(examples)
    }

    /// One of them, worked over, as JSON.
    pub fn make(&self, rng: &mut impl RngExt) -> Option<String> {
        let mut object = self.any(rng)?.clone();
        // A part of another.
        if rng.random_ratio(1, 2) {
            let other = self.any(rng)?;
            let part = ["metadata", "spec", "rules"][rng.random_range(0..3)];
            if let Some(value) = other.get(part) {
                object[part] = value.clone();
            }
        }
        let of = [30, 100, 1_000][rng.random_range(0..3)];
        work_over(&mut object, of, rng);
        if let Some(object) = object.as_object_mut() {
            let namespace = Value::from("shop");
            object.entry("metadata").or_insert_with(|| serde_json::json!({"namespace": namespace}));
        }
        Some(object.to_string())
    }

    fn any(&self, rng: &mut impl RngExt) -> Option<&Value> {
        let last = self.0.len().checked_sub(1)?;
        self.0.get(rng.random_range(0..=last))
    }
}

/// Changes one value of so many, at any depth.
fn work_over(value: &mut Value, of: u32, rng: &mut impl RngExt) {
    if rng.random_ratio(1, of) {
        *value = match (rng.random_range(0..3), &*value) {
            (0, _) | (_, Value::Object(_) | Value::Array(_)) => {
                serde_json::from_str(ODD[rng.random_range(0..ODD.len())]).unwrap()
            }
            // A token may be no text by itself, such as half of a surrogate.
            _ => serde_json::from_str(&text(rng)).unwrap_or_default(),
        };
    }
    match value {
        Value::Array(elements) => {
            if rng.random_ratio(1, of)
                && let Some(first) = elements.first().cloned()
            {
                elements.push(first);
            }
            if rng.random_ratio(1, of) {
                elements.pop();
            }
            for element in elements {
                work_over(element, of, rng);
            }
        }
        Value::Object(fields) => {
            fields.retain(|_, _| !rng.random_ratio(1, of));
            for (_, below) in fields.iter_mut() {
                work_over(below, of, rng);
            }
        }
        _ => {}
    }
}
