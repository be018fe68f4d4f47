//! What a scalar is worth, with its style and its tag.

use std::borrow::Cow;

use granit_parser::{Event, ScalarStyle, Tag};

use super::node::Value;
use super::{DocumentProblem, scalar};

/// `<<`: plain, tagged as what it is, or behind the tag `!`, which says nothing.
pub(super) fn is_merge_key(event: &Event<'_>) -> bool {
    let Event::Scalar(text, style, _, tag) = event else { return false };
    text == "<<"
        && match tag.as_deref() {
            Some(tag) => says_nothing(tag) || yaml_tag(tag).as_deref() == Some("merge"),
            None => *style == ScalarStyle::Plain,
        }
}

/// What a tag such as `!!int` says.
fn yaml_tag(tag: &Tag) -> Option<Cow<'_, str>> {
    tag.suffix_in_namespace("tag:yaml.org,2002:")
}

/// The tag `!`, in either spelling.
fn says_nothing(tag: &Tag) -> bool {
    matches!((tag.handle(), tag.suffix()), ("!", "") | ("", "!"))
}

/// The value of a scalar, as `goyaml.v2` resolves it: a tag of YAML's own must be true, any other
/// makes it text.
pub(super) fn scalar_value(
    text: &str,
    style: ScalarStyle,
    tag: Option<&Tag>,
) -> Result<Value, DocumentProblem> {
    let Some(tag) = tag else {
        let is_plain = style == ScalarStyle::Plain;
        return if is_plain { scalar::resolve(text) } else { Ok(Value::String(text.to_owned())) };
    };
    let mistagged = |name| Err(DocumentProblem::Mistagged(name));
    match yaml_tag(tag).as_deref() {
        Some("binary") => Err(DocumentProblem::TagNotRead("binary")),
        Some("timestamp") => Err(DocumentProblem::TagNotRead("timestamp")),
        Some("null") => match scalar::resolve(text)? {
            Value::Null => Ok(Value::Null),
            _ => mistagged("null"),
        },
        Some("bool") => match scalar::resolve(text)? {
            value @ Value::Bool(_) => Ok(value),
            _ => mistagged("bool"),
        },
        Some("int") => match scalar::resolve(text)? {
            Value::Number(number) if !number.is_f64() => Ok(Value::Number(number)),
            _ => mistagged("int"),
        },
        Some("float") => match scalar::resolve(text)? {
            Value::Number(number) if number.is_f64() || number.is_i64() => {
                let float = number.as_f64().and_then(serde_json::Number::from_f64);
                float.map(Value::Number).ok_or(DocumentProblem::Mistagged("float"))
            }
            _ => mistagged("float"),
        },
        _ => Ok(Value::String(text.to_owned())),
    }
}

/// A key as JSON writes it; `sigs.k8s.io/yaml` turns numbers and booleans into text.
pub(super) fn key_text(value: Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text),
        Value::Bool(value) => Some(value.to_string()),
        Value::Number(value) => scalar::key(&value),
        Value::Null | Value::Sequence(_) | Value::Mapping(_) => None,
    }
}
