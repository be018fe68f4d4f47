//! How long a text, a list or a mapping may be, and how large a number: what the schemas of the
//! types say, so that nothing in a file is more than the API server takes.

use std::sync::LazyLock;

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::Value as Schema;

use super::exception::PolicyException;
use super::selector::FieldProblem;
use super::spec::DeployPolicy;
use crate::path::FieldPath;
use crate::text::plural;
use crate::yaml::{Node, Value};

static OF_POLICIES: LazyLock<Schema> = LazyLock::new(schema::<DeployPolicy>);
static OF_EXCEPTIONS: LazyLock<Schema> = LazyLock::new(schema::<PolicyException>);

/// A schema in one piece.
fn schema<T: JsonSchema>() -> Schema {
    let settings = SchemaSettings::openapi3().with(|settings| settings.inline_subschemas = true);
    settings.into_generator().into_root_schema_for::<T>().to_value()
}

/// What of a policy is more or less than it may be.
pub(super) fn of_policy(document: &Node) -> Vec<FieldProblem> {
    let mut problems = Vec::new();
    walk(document, &OF_POLICIES, &FieldPath::root(), &mut problems);
    problems
}

/// What of an exception is.
pub(super) fn of_exception(document: &Node) -> Vec<FieldProblem> {
    let mut problems = Vec::new();
    walk(document, &OF_EXCEPTIONS, &FieldPath::root(), &mut problems);
    problems
}

/// What the schema does not know, or wants to be of another type, is not its business.
fn walk(node: &Node, schema: &Schema, at: &FieldPath, problems: &mut Vec<FieldProblem>) {
    // Of what may also be nothing, the first is what it is otherwise.
    let schema = schema.pointer("/anyOf/0").unwrap_or(schema);
    if let Some(text) = beyond(node, schema) {
        problems.push((at.clone(), text));
    }
    match &node.value {
        Value::Sequence(elements) => {
            let Some(schema) = schema.get("items") else { return };
            for (index, element) in elements.iter().enumerate() {
                walk(element, schema, &at.clone().index(index), problems);
            }
        }
        Value::Mapping(entries) => {
            let named = schema.get("properties");
            let other = schema.get("additionalProperties");
            for entry in entries {
                let schema = named.and_then(|named| named.get(&entry.key)).or(other);
                let Some(schema) = schema else { continue };
                walk(&entry.value, schema, &at.clone().key(entry.key.clone()), problems);
            }
        }
        _ => {}
    }
}

/// In which way a value, what is in it aside, is more or less than it may be.
fn beyond(node: &Node, schema: &Schema) -> Option<String> {
    let limit = |key: &str| schema.get(key).and_then(Schema::as_u64);
    let (count, what, least, most) = match &node.value {
        Value::String(text) => (text.chars().count(), "character", "minLength", "maxLength"),
        Value::Sequence(list) => (list.len(), "element", "minItems", "maxItems"),
        Value::Mapping(entries) => (entries.len(), "key", "minProperties", "maxProperties"),
        Value::Number(number) => return out_of_range(number.as_f64()?, schema),
        _ => return None,
    };
    let has = plural(count, what);
    let count = u64::try_from(count).unwrap_or(u64::MAX);
    let few = limit(least).filter(|least| count < *least);
    let few = few.map(|least| format!("has {has}, and needs {least} at least"));
    let many = limit(most).filter(|most| count > *most);
    few.or_else(|| many.map(|most| format!("has {has}, and may have {most}")))
}

fn out_of_range(number: f64, schema: &Schema) -> Option<String> {
    let limit = |key: &str| schema.get(key).and_then(Schema::as_f64);
    let least = limit("minimum").filter(|least| number < *least);
    let least = least.map(|least| format!("is {number}, and must be {least} at least"));
    let most = limit("maximum").filter(|most| number > *most);
    least.or_else(|| most.map(|most| format!("is {number}, and must be {most} at most")))
}
