//! Messages that every environment of CEL knows (`google.protobuf`): what they come to is no message.

use cel::common::ast::{EntryExpr, IdedExpr, StructExpr};
use jiff::SignedDuration;

use super::function::{Call, Overload};
use super::meter::{Failure, Meter};
use super::node::{Literal, Node};
use super::operators::{within_span, within_time};
use super::scope::{Scope, Typed};
use super::time::epoch;
use super::types::Type;
use super::value::Value;
use crate::text::{QUOTE_LIMIT, clipped};

/// A message: its fields, and what is made of them.
struct Message {
    name: &'static str,
    fields: &'static [(&'static str, Type)],
    overload: Overload,
}

impl Message {
    const fn wrapping(
        name: &'static str,
        fields: &'static [(&'static str, Type); 1],
        overload: Overload,
    ) -> Self {
        Self { name, fields, overload }
    }

    const fn in_time(name: &'static str, gives: Type, call: Call) -> Self {
        let fields = &[("seconds", Type::Int), ("nanos", Type::Int)];
        Self { name, fields, overload: Overload::new(&[Type::Int, Type::Int], gives, call) }
    }
}

static MESSAGES: [Message; 13] = [
    Message::wrapping(
        "BoolValue",
        &[("value", Type::Bool)],
        Overload::new(&[Type::Bool], Type::Bool, same),
    ),
    Message::wrapping(
        "BytesValue",
        &[("value", Type::Bytes)],
        Overload::new(&[Type::Bytes], Type::Bytes, same),
    ),
    Message::wrapping(
        "DoubleValue",
        &[("value", Type::Double)],
        Overload::new(&[Type::Double], Type::Double, same),
    ),
    Message::wrapping(
        "FloatValue",
        &[("value", Type::Double)],
        Overload::new(&[Type::Double], Type::Double, short),
    ),
    Message::wrapping(
        "Int32Value",
        &[("value", Type::Int)],
        Overload::new(&[Type::Int], Type::Int, short),
    ),
    Message::wrapping(
        "Int64Value",
        &[("value", Type::Int)],
        Overload::new(&[Type::Int], Type::Int, same),
    ),
    Message::wrapping(
        "StringValue",
        &[("value", Type::String)],
        Overload::new(&[Type::String], Type::String, same),
    ),
    Message::wrapping(
        "UInt32Value",
        &[("value", Type::Uint)],
        Overload::new(&[Type::Uint], Type::Uint, short),
    ),
    Message::wrapping(
        "UInt64Value",
        &[("value", Type::Uint)],
        Overload::new(&[Type::Uint], Type::Uint, same),
    ),
    Message::wrapping(
        "Struct",
        &[("fields", Type::Map)],
        Overload::new(&[Type::Map], Type::Map, same),
    ),
    Message::wrapping(
        "ListValue",
        &[("values", Type::List)],
        Overload::new(&[Type::List], Type::List, same),
    ),
    Message::in_time("Timestamp", Type::Timestamp, timestamp),
    Message::in_time("Duration", Type::Duration, duration),
];

/// The fields of `google.protobuf.Value`, of which one says what it is.
const VALUES: [(&str, Type); 6] = [
    ("null_value", Type::Dyn),
    ("number_value", Type::Double),
    ("string_value", Type::String),
    ("bool_value", Type::Bool),
    ("struct_value", Type::Map),
    ("list_value", Type::List),
];

/// The part that a message is which is written down.
pub(super) fn compile(scope: &mut Scope<'_>, at: &IdedExpr, made: &StructExpr) -> Typed {
    let name = made.type_name.trim_start_matches('.').strip_prefix("google.protobuf.");
    let message = name.and_then(|name| MESSAGES.iter().find(|message| message.name == name));
    let mut given = Vec::with_capacity(made.entries.len());
    for entry in &made.entries {
        match &entry.expr {
            EntryExpr::StructField(field) if !field.optional => {
                given.push((field.field.as_str(), &field.value));
            }
            _ => return scope.mistake(at, "messages with optional fields are not supported"),
        }
    }
    match message {
        Some(message) => filled(scope, at, message, &given),
        None if name == Some("Value") => value(scope, at, &given),
        None => {
            let shown = clipped(&made.type_name, QUOTE_LIMIT).into_owned();
            scope.mistake(at, format!("messages such as `{shown}{{}}` are not supported"))
        }
    }
}

fn filled(
    scope: &mut Scope<'_>,
    at: &IdedExpr,
    message: &'static Message,
    given: &[(&str, &IdedExpr)],
) -> Typed {
    if let Some((field, _)) =
        given.iter().find(|(field, _)| !message.fields.iter().any(|(known, _)| known == field))
    {
        let shown = clipped(field, QUOTE_LIMIT).into_owned();
        return scope.mistake(at, format!("`{}` has no field `{shown}`", message.name));
    }
    let argument = |scope: &mut Scope<'_>, (field, of): &(&str, Type)| {
        let found = given.iter().find(|(name, _)| name == field);
        found.map_or_else(|| nothing(*of), |(_, value)| scope.part_of(value, *of, message.name))
    };
    let arguments = message.fields.iter().map(|field| argument(scope, field)).collect();
    let overloads = Box::new([message.overload]);
    (Node::Call { name: message.name, overloads, arguments }, message.overload.gives)
}

fn value(scope: &mut Scope<'_>, at: &IdedExpr, given: &[(&str, &IdedExpr)]) -> Typed {
    let Some((field, value)) = given.last() else {
        return (Node::Literal(Literal::Null), Type::Null);
    };
    match VALUES.iter().find(|(known, _)| known == field) {
        Some(("null_value", _)) => (Node::Literal(Literal::Null), Type::Null),
        Some((_, of)) => (scope.part_of(value, *of, "Value"), *of),
        None => scope.mistake(at, "`Value` has no such field"),
    }
}

/// What a field is that is not written.
fn nothing(of: Type) -> Node {
    match of {
        Type::Bool => Node::Literal(Literal::Bool(false)),
        Type::Bytes => Node::Literal(Literal::Bytes(Box::default())),
        Type::Double => Node::Literal(Literal::Double(0.0)),
        Type::Int => Node::Literal(Literal::Int(0)),
        Type::Uint => Node::Literal(Literal::Uint(0)),
        Type::String => Node::Literal(Literal::String(Box::default())),
        Type::Map => Node::Map(Vec::new()),
        Type::List => Node::List(Vec::new()),
        _ => Node::Literal(Literal::Null),
    }
}

fn same<'t>(of: &[Value<'t>], _: &mut Meter) -> Result<Value<'t>, Failure> {
    of.first().cloned().ok_or(Failure::NoSuchOverload("message"))
}

/// A number of 32 bits.
fn short<'t>(of: &[Value<'t>], _: &mut Meter) -> Result<Value<'t>, Failure> {
    match of {
        [Value::Int(number)] if i32::try_from(*number).is_ok() => Ok(Value::Int(*number)),
        [Value::Uint(number)] if u32::try_from(*number).is_ok() => Ok(Value::Uint(*number)),
        #[expect(clippy::cast_possible_truncation, reason = "that is what a float is")]
        [Value::Double(number)] => Ok(Value::Double(f64::from(*number as f32))),
        _ => Err(Failure::Overflow),
    }
}

fn span(of: &[Value<'_>]) -> Result<SignedDuration, Failure> {
    match of {
        [Value::Int(seconds), Value::Int(nanos)] => {
            let seconds = SignedDuration::from_secs(*seconds);
            seconds.checked_add(SignedDuration::from_nanos(*nanos)).ok_or(Failure::Overflow)
        }
        _ => Err(Failure::NoSuchOverload("message")),
    }
}

fn timestamp<'t>(of: &[Value<'t>], _: &mut Meter) -> Result<Value<'t>, Failure> {
    let time = epoch().checked_add(span(of)?).map_err(|_| Failure::Overflow)?;
    within_time(time).map(Value::Timestamp)
}

fn duration<'t>(of: &[Value<'t>], _: &mut Meter) -> Result<Value<'t>, Failure> {
    within_span(span(of)?).map(Value::Duration)
}
