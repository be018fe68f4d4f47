//! An expression, evaluated: every step and every byte counted.

use std::rc::Rc;

use super::fold::fold;
use super::function::{self, Overload};
use super::made::{self, some};
use super::meter::{Failure, Meter};
use super::node::{Element, Entry, Literal, Node};
use super::operators;
use super::run::{Inputs, Run};
use super::search::search;
use super::value::{Text, Value};

/// What a whole expression comes to.
pub(super) fn evaluate<'t>(
    node: &'t Node,
    inputs: &dyn Inputs<'t>,
    meter: &mut Meter,
) -> Result<Value<'t>, Failure> {
    value(&mut Run { inputs, locals: Vec::new(), meter, each: value }, node)
}

/// The value of a part of the expression.
fn value<'t>(run: &mut Run<'t, '_>, node: &'t Node) -> Result<Value<'t>, Failure> {
    run.meter.step(1)?;
    match node {
        Node::Literal(literal) => Ok(literal.into()),
        Node::Input(at) => run.inputs.get(*at, run.meter),
        Node::Local(at) => run.locals.get(*at).cloned().ok_or(Failure::Unknown("variable")),
        Node::Select { of, field, is_optional } => {
            let of = value(run, of)?;
            select(run, &of, field, *is_optional)
        }
        Node::Has { of, field } => {
            let of = value(run, of)?;
            Ok(Value::Bool(has(&of, field)?))
        }
        Node::Index { of, at, is_optional } => {
            let (of, at) = (value(run, of)?, value(run, at)?);
            index(run, &of, &at, *is_optional)
        }
        Node::Binary(operator, sides) => {
            let (one, other) = (value(run, &sides.0)?, value(run, &sides.1)?);
            operator.of(&one, &other, run.meter)
        }
        Node::And(sides) => junction(run, &sides.0, &sides.1, false),
        Node::Or(sides) => junction(run, &sides.0, &sides.1, true),
        Node::Not(of) => run.truth(of, "!").map(|is_true| Value::Bool(!is_true)),
        Node::Negate(of) => match value(run, of)? {
            Value::Int(number) => number.checked_neg().map(Value::Int).ok_or(Failure::Overflow),
            Value::Double(number) => Ok(Value::Double(-number)),
            _ => Err(Failure::NoSuchOverload("-")),
        },
        Node::Choice(parts) => {
            let (condition, one, other) = &**parts;
            if run.truth(condition, "?:")? { value(run, one) } else { value(run, other) }
        }
        Node::List(elements) => list(run, elements),
        Node::Map(entries) => map(run, entries),
        Node::Call { name, overloads, arguments } => call(run, name, overloads, arguments),
        Node::Search(of) => search(run, of),
        Node::Fold(of) => fold(run, of),
        Node::OrElse { of, other, is_optional } => or_else(run, of, other, *is_optional),
        Node::IfThere { of, local, body, is_optional } => {
            if_there(run, of, *local, body, *is_optional)
        }
    }
}

/// `&&` and `||`: what decides on one side makes up for what fails on the other.
fn junction<'t>(
    run: &mut Run<'t, '_>,
    one: &'t Node,
    other: &'t Node,
    decides: bool,
) -> Result<Value<'t>, Failure> {
    let sign = if decides { "||" } else { "&&" };
    let first = run.truth(one, sign);
    match &first {
        Ok(is_true) if *is_true == decides => return Ok(Value::Bool(decides)),
        Err(failure) if failure.is_final() => return first.map(Value::Bool),
        _ => {}
    }
    let second = run.truth(other, sign);
    match (first, second) {
        (_, Ok(is_true)) if is_true == decides => Ok(Value::Bool(decides)),
        (Ok(_), second) => second.map(Value::Bool),
        (first, Ok(_)) => first.map(Value::Bool),
        (Err(_), Err(second)) if second.is_final() => Err(second),
        (Err(first), Err(second)) => Err(first.and(second)),
    }
}

fn select<'t>(
    run: &mut Run<'t, '_>,
    of: &Value<'t>,
    field: &'t str,
    is_optional: bool,
) -> Result<Value<'t>, Failure> {
    let (of, is_optional) = match of {
        Value::Optional(None) => return Ok(Value::Optional(None)),
        Value::Optional(Some(of)) => (&**of, true),
        of => (of, is_optional),
    };
    let Value::Map(map) = of else { return Err(Failure::NoSuchOverload(".")) };
    match map.field(field) {
        None if !map.is_closed() => Err(map.missing()),
        value => found(run, value, is_optional, Failure::NoSuchKey),
    }
}

fn index<'t>(
    run: &mut Run<'t, '_>,
    of: &Value<'t>,
    at: &Value<'t>,
    is_optional: bool,
) -> Result<Value<'t>, Failure> {
    let (of, is_optional) = match of {
        Value::Optional(None) => return Ok(Value::Optional(None)),
        Value::Optional(Some(of)) => (&**of, true),
        of => (of, is_optional),
    };
    let missing =
        if matches!(of, Value::List(_)) { Failure::OutOfRange } else { Failure::NoSuchKey };
    let value = operators::index(of, at)?;
    found(run, value, is_optional, missing)
}

fn found<'t>(
    run: &mut Run<'t, '_>,
    value: Option<Value<'t>>,
    is_optional: bool,
    missing: Failure,
) -> Result<Value<'t>, Failure> {
    match value {
        Some(value) if is_optional => some(value, run.meter),
        None if is_optional => Ok(Value::Optional(None)),
        value => value.ok_or(missing),
    }
}

fn list<'t>(run: &mut Run<'t, '_>, elements: &'t [Element]) -> Result<Value<'t>, Failure> {
    let mut items = Vec::with_capacity(elements.len());
    for element in elements {
        let value = value(run, &element.value)?;
        items.extend(if element.is_optional { there(&value)? } else { Some(value) });
    }
    made::list(items, run.meter)
}

fn map<'t>(run: &mut Run<'t, '_>, entries: &'t [Entry]) -> Result<Value<'t>, Failure> {
    let mut made = Vec::with_capacity(entries.len());
    for entry in entries {
        let (key, value) = (value(run, &entry.key)?, value(run, &entry.value)?);
        let value = if entry.is_optional { there(&value)? } else { Some(value) };
        made.extend(value.map(|value| (key, value)));
    }
    made::map(made, run.meter)
}

fn call<'t>(
    run: &mut Run<'t, '_>,
    name: &'static str,
    overloads: &[Overload],
    arguments: &'t [Node],
) -> Result<Value<'t>, Failure> {
    match arguments {
        [one] => {
            let values = [value(run, one)?];
            function::call(name, overloads, &values, run.meter)
        }
        [one, other] => {
            let values = [value(run, one)?, value(run, other)?];
            function::call(name, overloads, &values, run.meter)
        }
        more => {
            let values: Result<Vec<_>, _> = more.iter().map(|node| value(run, node)).collect();
            function::call(name, overloads, &values?, run.meter)
        }
    }
}

fn or_else<'t>(
    run: &mut Run<'t, '_>,
    of: &'t Node,
    other: &'t Node,
    is_optional: bool,
) -> Result<Value<'t>, Failure> {
    match value(run, of)? {
        Value::Optional(None) if is_optional => match value(run, other)? {
            value @ Value::Optional(_) => Ok(value),
            _ => Err(Failure::NoSuchOverload("or")),
        },
        Value::Optional(None) => value(run, other),
        value @ Value::Optional(Some(_)) if is_optional => Ok(value),
        Value::Optional(Some(value)) => Ok((*value).clone()),
        _ => Err(Failure::NoSuchOverload(if is_optional { "or" } else { "orValue" })),
    }
}

fn if_there<'t>(
    run: &mut Run<'t, '_>,
    of: &'t Node,
    local: usize,
    body: &'t Node,
    is_optional: bool,
) -> Result<Value<'t>, Failure> {
    let there = match value(run, of)? {
        Value::Optional(None) => return Ok(Value::Optional(None)),
        Value::Optional(Some(value)) => (*value).clone(),
        _ => return Err(Failure::NoSuchOverload("optMap")),
    };
    run.locals.truncate(local);
    run.locals.push(there);
    let made = value(run, body);
    run.locals.truncate(local);
    match made? {
        value if is_optional => match value {
            value @ Value::Optional(_) => Ok(value),
            _ => Err(Failure::NoSuchOverload("optFlatMap")),
        },
        value => some(value, run.meter),
    }
}

/// Whether a map, or an optional one, has a field.
fn has(of: &Value<'_>, field: &str) -> Result<bool, Failure> {
    match of {
        Value::Map(map) if map.is_closed() => Ok(map.field(field).is_some()),
        Value::Map(map) => map.field(field).map(|_| true).ok_or_else(|| map.missing()),
        Value::Optional(None) => Ok(false),
        Value::Optional(Some(of)) => has(of, field),
        _ => Err(Failure::NoSuchOverload("has")),
    }
}

/// What is in an optional value.
fn there<'t>(value: &Value<'t>) -> Result<Option<Value<'t>>, Failure> {
    match value {
        Value::Optional(value) => Ok(value.as_deref().cloned()),
        _ => Err(Failure::NoSuchOverload("?")),
    }
}

impl<'t> From<&'t Literal> for Value<'t> {
    fn from(literal: &'t Literal) -> Self {
        match literal {
            Literal::Null => Self::Null,
            Literal::Bool(value) => Self::Bool(*value),
            Literal::Int(value) => Self::Int(*value),
            Literal::Uint(value) => Self::Uint(*value),
            Literal::Double(value) => Self::Double(*value),
            Literal::String(text) => Self::String(Text::Borrowed(text)),
            Literal::Bytes(bytes) => Self::Bytes(Rc::from(&**bytes)),
            Literal::Type(of) => Self::Type(*of),
        }
    }
}
