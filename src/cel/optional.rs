//! Values that may not be there. What is evaluated only where it is needed (`or`, `orValue`,
//! `optMap`) is a part of its own.

use super::function::{Function, Overload};
use super::made::{list, some};
use super::meter::{Failure, Meter};
use super::types::Type::{Bool, Dyn, List, Optional};
use super::value::Value;

pub(super) static FUNCTIONS: &[Function] = &[
    Function::global("optional.of", &[Overload::new(&[Dyn], Optional, of)]),
    Function::global("optional.ofNonZeroValue", &[Overload::new(&[Dyn], Optional, of_some)]),
    Function::global(
        "optional.none",
        &[Overload::new(&[], Optional, |_, _| Ok(Value::Optional(None)))],
    ),
    Function::method(
        "hasValue",
        &[Overload::new(&[Optional], Bool, |of, _| {
            Ok(Value::Bool(matches!(of, [Value::Optional(Some(_))])))
        })],
    ),
    Function::method("value", &[Overload::new(&[Optional], Dyn, value)]),
    Function::global("optional.unwrap", &[Overload::new(&[List], List, unwrap)]),
    Function::method("unwrapOpt", &[Overload::new(&[List], List, unwrap)]),
];

fn of<'t>(of: &[Value<'t>], meter: &mut Meter) -> Result<Value<'t>, Failure> {
    let value = of.first().cloned().ok_or(Failure::NoSuchOverload("optional.of"))?;
    some(value, meter)
}

fn of_some<'t>(of: &[Value<'t>], meter: &mut Meter) -> Result<Value<'t>, Failure> {
    match of.first() {
        Some(value) if !is_nothing(value) => some(value.clone(), meter),
        _ => Ok(Value::Optional(None)),
    }
}

fn is_nothing(value: &Value<'_>) -> bool {
    match value {
        Value::Null | Value::Bool(false) | Value::Int(0) | Value::Uint(0) => true,
        Value::Double(number) => *number == 0.0,
        Value::String(text) => text.is_empty(),
        Value::Bytes(bytes) => bytes.is_empty(),
        Value::List(list) => list.is_empty(),
        Value::Map(map) => map.is_empty(),
        Value::Duration(span) => span.is_zero(),
        Value::Optional(value) => value.is_none(),
        _ => false,
    }
}

fn value<'t>(of: &[Value<'t>], _: &mut Meter) -> Result<Value<'t>, Failure> {
    match of {
        [Value::Optional(Some(value))] => Ok((**value).clone()),
        _ => Err(Failure::NoSuchKey),
    }
}

fn unwrap<'t>(of: &[Value<'t>], meter: &mut Meter) -> Result<Value<'t>, Failure> {
    let [Value::List(all)] = of else { return Err(Failure::NoSuchOverload("unwrapOpt")) };
    meter.allocate(all.len() * size_of::<Value<'_>>())?;
    let mut there = Vec::new();
    for item in all.iter() {
        match item {
            Value::Optional(value) => there.extend(value.as_deref().cloned()),
            _ => return Err(Failure::NoSuchOverload("unwrapOpt")),
        }
    }
    list(there, meter)
}
