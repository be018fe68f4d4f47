//! Lists and maps that are made on the way: counted, and never deeper than can be gone down.

use std::cmp::Ordering;
use std::rc::Rc;

use super::meter::{Failure, Meter};
use super::value::{Key, List, MadeList, MadeMap, Map, Text, Value};

/// How deep values may be made in each other.
const DEPTH: usize = 64;

/// The depth of what holds these; what is deeper than can be gone down is not made.
fn depth_above<'v, 't: 'v>(values: impl Iterator<Item = &'v Value<'t>>) -> Result<usize, Failure> {
    let depth = 1 + values.map(Value::depth).max().unwrap_or(0);
    if depth > DEPTH { Err(Failure::Full) } else { Ok(depth) }
}

/// A value that is there, where it may not have been.
pub(super) fn some<'t>(value: Value<'t>, meter: &mut Meter) -> Result<Value<'t>, Failure> {
    meter.allocate(size_of::<Value<'_>>())?;
    depth_above(std::iter::once(&value))?;
    Ok(Value::Optional(Some(Rc::new(value))))
}

/// Text that is made; its bytes are counted.
pub(super) fn text<'t>(text: &str, meter: &mut Meter) -> Result<Value<'t>, Failure> {
    meter.allocate(text.len())?;
    Ok(Value::made(text))
}

/// A list of these.
pub(super) fn list<'t>(items: Vec<Value<'t>>, meter: &mut Meter) -> Result<Value<'t>, Failure> {
    meter.allocate(items.len().saturating_mul(size_of::<Value<'_>>()))?;
    let depth = depth_above(items.iter())?;
    Ok(Value::List(List::Made(Rc::new(MadeList { items, depth }))))
}

/// A map of text and what is known under it, of which there may be more keys than these: `what` it is.
pub fn partly_known<'t>(what: &'static str, fields: Vec<(&'static str, Value<'t>)>) -> Value<'t> {
    let mut entries: Vec<_> = fields
        .into_iter()
        .map(|(name, value)| (Value::String(Text::Borrowed(name)), value))
        .collect();
    entries.sort_by(|(one, _), (other, _)| match (one.key(), other.key()) {
        (Some(one), Some(other)) => one.order(&other),
        _ => Ordering::Equal,
    });
    let depth = 1 + entries.iter().map(|(_, value)| value.depth()).max().unwrap_or(0);
    Value::Map(Map::Made(Rc::new(MadeMap { entries, depth, open: Some(what) })))
}

/// A map of labels, or of others that all are known.
pub fn labels<'t>(labels: impl Iterator<Item = (&'t str, &'t str)>) -> Value<'t> {
    let text = |text| Value::String(Text::Borrowed(text));
    let mut entries: Vec<_> = labels.map(|(name, value)| (text(name), text(value))).collect();
    entries.sort_by(|(one, _), (other, _)| match (one.key(), other.key()) {
        (Some(one), Some(other)) => one.order(&other),
        _ => Ordering::Equal,
    });
    Value::Map(Map::Made(Rc::new(MadeMap { entries, depth: 1, open: None })))
}

/// A map of these.
pub(super) fn map<'t>(
    mut entries: Vec<(Value<'t>, Value<'t>)>,
    meter: &mut Meter,
) -> Result<Value<'t>, Failure> {
    meter.allocate(entries.len().saturating_mul(2 * size_of::<Value<'_>>()))?;
    let is_key = |key: &Value<'_>| key.key().is_some() && !matches!(key, Value::Double(_));
    if !entries.iter().all(|(key, _)| is_key(key)) {
        return Err(Failure::NoSuchOverload("{}"));
    }
    let length =
        |key: &Value<'_>| if let Some(Key::Text(text)) = key.key() { text.len() } else { 1 };
    meter.step(entries.iter().map(|(key, _)| length(key)).sum())?;
    let order = |one: &Value<'_>, other: &Value<'_>| match (one.key(), other.key()) {
        (Some(one), Some(other)) => one.order(&other),
        _ => Ordering::Equal,
    };
    entries.sort_by(|(one, _), (other, _)| order(one, other));
    let is_twice = |pair: &[(Value<'t>, Value<'t>)]| match pair {
        [(one, _), (other, _)] => order(one, other).is_eq(),
        _ => false,
    };
    if entries.windows(2).any(is_twice) {
        return Err(Failure::RepeatedKey);
    }
    let depth = depth_above(entries.iter().map(|(_, value)| value))?;
    Ok(Value::Map(Map::Made(Rc::new(MadeMap { entries, depth, open: None }))))
}
