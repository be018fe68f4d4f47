//! From a Rust type to a schema that the API server takes: a structural one.

use kube_core::schema::{OptionalEnum, OptionalIntOrString, StructuralSchemaRewriter};
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value};

/// Formats that the API server knows; it warns about any other.
const FORMATS: [&str; 4] = ["int32", "int64", "double", "date-time"];

/// The structural schema of a type.
///
/// What an object may leave out it leaves out: no `null` is kept. And only words of the type's own
/// fields are put into it as defaults. Any other default stands in the description, or every object
/// would be stored with those of the version that it was written under, and keep them for good.
pub(super) fn structural<T: JsonSchema>() -> Value {
    let settings = SchemaSettings::openapi3()
        .with(|settings| settings.inline_subschemas = true)
        .with_transform(StructuralSchemaRewriter)
        .with_transform(OptionalEnum)
        .with_transform(OptionalIntOrString);
    let mut schema = settings.into_generator().into_root_schema_for::<T>().to_value();
    let words = taken_words(&mut schema);
    cleaned(&mut schema);
    for (name, word) in words {
        let property = schema.pointer_mut(&format!("/properties/{name}"));
        if let Some(property) = property.and_then(Value::as_object_mut) {
            property.insert("default".to_owned(), word);
        }
    }
    schema
}

/// Takes out the defaults of the schema's own fields that are words, by the names of the fields.
fn taken_words(schema: &mut Value) -> Vec<(String, Value)> {
    let properties = schema.get_mut("properties").and_then(Value::as_object_mut);
    let word = |(name, property): (&String, &mut Value)| {
        let parts = property.as_object_mut()?;
        let is_word = parts.get("default").is_some_and(Value::is_string);
        is_word.then(|| parts.remove("default")).flatten().map(|word| (name.clone(), word))
    };
    properties.into_iter().flatten().filter_map(word).collect()
}

/// Takes out what the API server does not take, or keeps for nothing.
fn cleaned(schema: &mut Value) {
    let Some(parts) = schema.as_object_mut() else { return };
    for key in ["$schema", "title", "nullable"] {
        parts.remove(key);
    }
    if parts.get("format").is_some_and(|format| !FORMATS.iter().any(|known| format == known)) {
        parts.remove("format");
    }
    let default = parts.remove("default");
    let description = described(parts, default.as_ref());
    if !description.is_empty() {
        parts.insert("description".to_owned(), description.into());
    }
    for key in ["items", "additionalProperties"] {
        parts.get_mut(key).into_iter().for_each(cleaned);
    }
    let properties = parts.get_mut("properties").and_then(Value::as_object_mut);
    properties.into_iter().flat_map(Map::values_mut).for_each(cleaned);
}

/// The description in one line, with what holds where nothing is set.
fn described(parts: &Map<String, Value>, default: Option<&Value>) -> String {
    let text = parts.get("description").and_then(Value::as_str).unwrap_or_default();
    let text = text.split('\n').filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ");
    let is_nothing = |value: &&Value| match value {
        Value::Null | Value::Object(_) => true,
        Value::Array(list) => list.is_empty(),
        _ => false,
    };
    match default.filter(|default| !is_nothing(default)) {
        Some(default) => format!("{text} Where it is not set: `{default}`."),
        None => text,
    }
}
