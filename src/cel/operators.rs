//! What operators make of values: as cel-go does, with numbers of different types compared
//! (`cel.CrossTypeNumericComparisons`, which Kubernetes sets).

use std::cmp::Ordering;

use jiff::SignedDuration;
use jiff::civil::{DateTime, date};

use super::made;
use super::meter::{Failure, Meter};
use super::value::{List, Map, Text, Value};

/// An operator between two values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
    /// `%`
    Remainder,
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `>`
    Greater,
    /// `>=`
    AtLeast,
    /// `in`
    In,
}

impl Operator {
    /// As it is written.
    pub(super) fn sign(self) -> &'static str {
        match self {
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Divide => "/",
            Self::Remainder => "%",
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::AtMost => "<=",
            Self::Greater => ">",
            Self::AtLeast => ">=",
            Self::In => "in",
        }
    }

    /// What it makes of two values.
    pub(super) fn of<'t>(
        self,
        one: &Value<'t>,
        other: &Value<'t>,
        meter: &mut Meter,
    ) -> Result<Value<'t>, Failure> {
        Ok(Value::Bool(match self {
            Self::Equal => equal(one, other, meter)?,
            Self::NotEqual => !equal(one, other, meter)?,
            Self::In => is_in(one, other, meter)?,
            Self::Less => compare(one, other, meter, self)?.is_some_and(Ordering::is_lt),
            Self::AtMost => compare(one, other, meter, self)?.is_some_and(Ordering::is_le),
            Self::Greater => compare(one, other, meter, self)?.is_some_and(Ordering::is_gt),
            Self::AtLeast => compare(one, other, meter, self)?.is_some_and(Ordering::is_ge),
            _ => return arithmetic(self, one, other, meter),
        }))
    }
}

/// Whether two values are the same; of different types none are, but for numbers.
pub(super) fn equal(
    one: &Value<'_>,
    other: &Value<'_>,
    meter: &mut Meter,
) -> Result<bool, Failure> {
    meter.step(1)?;
    Ok(match (one, other) {
        (Value::Null, Value::Null) | (Value::Optional(None), Value::Optional(None)) => true,
        (Value::Bool(a), Value::Bool(b)) => a == b,
        (Value::String(a), Value::String(b)) => {
            meter.step(a.len().min(b.len()) / 16)?;
            **a == **b
        }
        (Value::Bytes(a), Value::Bytes(b)) => {
            meter.step(a.len().min(b.len()) / 16)?;
            a == b
        }
        (Value::List(a), Value::List(b)) => return equal_lists(a, b, meter),
        (Value::Map(a), Value::Map(b)) => return equal_maps(a, b, meter),
        (Value::Duration(a), Value::Duration(b)) => a == b,
        (Value::Timestamp(a), Value::Timestamp(b)) => a == b,
        (Value::Type(a), Value::Type(b)) => a == b,
        (Value::Optional(Some(a)), Value::Optional(Some(b))) => return equal(a, b, meter),
        (Value::Quantity(a), Value::Quantity(b)) => a == b,
        (Value::Url(a), Value::Url(b)) => a == b,
        (Value::Ip(a), Value::Ip(b)) => a == b,
        (Value::Cidr(a), Value::Cidr(b)) => a == b,
        (Value::Semver(a), Value::Semver(b)) => a.cmp_precedence(b).is_eq(),
        (Value::Format(a), Value::Format(b)) => a.name == b.name,
        _ => match (one.number(), other.number()) {
            (Some(one), Some(other)) => one.compare(other) == Some(Ordering::Equal),
            _ => false,
        },
    })
}

fn equal_lists(one: &List<'_>, other: &List<'_>, meter: &mut Meter) -> Result<bool, Failure> {
    if one.len() != other.len() {
        return Ok(false);
    }
    for (a, b) in one.iter().zip(other.iter()) {
        if !equal(&a, &b, meter)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn equal_maps(one: &Map<'_>, other: &Map<'_>, meter: &mut Meter) -> Result<bool, Failure> {
    if one.len() != other.len() {
        return Ok(false);
    }
    for (key, a) in (0..one.len()).filter_map(|at| one.entry(at)) {
        let Some(b) = other.get(&key) else { return Ok(false) };
        if !equal(&a, &b, meter)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn is_in(one: &Value<'_>, other: &Value<'_>, meter: &mut Meter) -> Result<bool, Failure> {
    match other {
        Value::List(list) => {
            for item in list.iter() {
                if equal(one, &item, meter)? {
                    return Ok(true);
                }
            }
            Ok(false)
        }
        Value::Map(map) if map.is_closed() => Ok(map.get(one).is_some()),
        Value::Map(map) => map.get(one).map(|_| true).ok_or_else(|| map.missing()),
        _ => Err(Failure::NoSuchOverload("in")),
    }
}

/// How two values stand to each other; none where a number is none.
pub(super) fn compare(
    one: &Value<'_>,
    other: &Value<'_>,
    meter: &mut Meter,
    operator: Operator,
) -> Result<Option<Ordering>, Failure> {
    Ok(Some(match (one, other) {
        (Value::Bool(a), Value::Bool(b)) => a.cmp(b),
        (Value::String(a), Value::String(b)) => {
            meter.step(a.len().min(b.len()) / 16)?;
            (**a).cmp(b)
        }
        (Value::Bytes(a), Value::Bytes(b)) => {
            meter.step(a.len().min(b.len()) / 16)?;
            a.cmp(b)
        }
        (Value::Duration(a), Value::Duration(b)) => a.cmp(b),
        (Value::Timestamp(a), Value::Timestamp(b)) => a.cmp(b),
        _ => match (one.number(), other.number()) {
            (Some(one), Some(other)) => return Ok(one.compare(other)),
            _ => return Err(Failure::NoSuchOverload(operator.sign())),
        },
    }))
}

fn arithmetic<'t>(
    operator: Operator,
    one: &Value<'t>,
    other: &Value<'t>,
    meter: &mut Meter,
) -> Result<Value<'t>, Failure> {
    match (one, other) {
        (Value::Int(a), Value::Int(b)) => whole(operator, *a, *b).map(Value::Int),
        (Value::Uint(a), Value::Uint(b)) => without_sign(operator, *a, *b).map(Value::Uint),
        (Value::Double(a), Value::Double(b)) => floating(operator, *a, *b).map(Value::Double),
        (Value::Timestamp(_) | Value::Duration(_), _) | (_, Value::Timestamp(_)) => {
            times(operator, one, other)
        }
        _ if operator == Operator::Add => add(one, other, meter),
        _ => Err(Failure::NoSuchOverload(operator.sign())),
    }
}

fn whole(operator: Operator, a: i64, b: i64) -> Result<i64, Failure> {
    let result = match operator {
        Operator::Add => a.checked_add(b),
        Operator::Subtract => a.checked_sub(b),
        Operator::Multiply => a.checked_mul(b),
        Operator::Divide | Operator::Remainder if b == 0 => return Err(Failure::DivisionByZero),
        Operator::Divide => a.checked_div(b),
        Operator::Remainder => a.checked_rem(b),
        _ => None,
    };
    result.ok_or(Failure::Overflow)
}

fn without_sign(operator: Operator, a: u64, b: u64) -> Result<u64, Failure> {
    let result = match operator {
        Operator::Add => a.checked_add(b),
        Operator::Subtract => a.checked_sub(b),
        Operator::Multiply => a.checked_mul(b),
        Operator::Divide | Operator::Remainder if b == 0 => return Err(Failure::DivisionByZero),
        Operator::Divide => a.checked_div(b),
        Operator::Remainder => a.checked_rem(b),
        _ => None,
    };
    result.ok_or(Failure::Overflow)
}

fn floating(operator: Operator, a: f64, b: f64) -> Result<f64, Failure> {
    Ok(match operator {
        Operator::Add => a + b,
        Operator::Subtract => a - b,
        Operator::Multiply => a * b,
        Operator::Divide => a / b,
        _ => return Err(Failure::NoSuchOverload(operator.sign())),
    })
}

/// A point in time that CEL knows: from the first year on, to the end of the last of four digits.
pub(super) fn within_time(time: DateTime) -> Result<DateTime, Failure> {
    if time >= date(1, 1, 1).at(0, 0, 0, 0) { Ok(time) } else { Err(Failure::Overflow) }
}

/// A span of time that CEL knows: as many nanoseconds as 64 bits hold.
pub(super) fn within_span(span: SignedDuration) -> Result<SignedDuration, Failure> {
    i64::try_from(span.as_nanos()).map(|_| span).map_err(|_| Failure::Overflow)
}

fn times<'t>(operator: Operator, one: &Value<'t>, other: &Value<'t>) -> Result<Value<'t>, Failure> {
    let at = |time: Result<DateTime, jiff::Error>| {
        time.map_err(|_| Failure::Overflow).and_then(within_time).map(Value::Timestamp)
    };
    let span = |span: Option<SignedDuration>| {
        span.ok_or(Failure::Overflow).and_then(within_span).map(Value::Duration)
    };
    match (operator, one, other) {
        (Operator::Add, Value::Timestamp(time), Value::Duration(by))
        | (Operator::Add, Value::Duration(by), Value::Timestamp(time)) => at(time.checked_add(*by)),
        (Operator::Subtract, Value::Timestamp(time), Value::Duration(by)) => {
            at(time.checked_sub(*by))
        }
        (Operator::Subtract, Value::Timestamp(a), Value::Timestamp(b)) => {
            span(Some(b.duration_until(*a)))
        }
        (Operator::Add, Value::Duration(a), Value::Duration(b)) => span(a.checked_add(*b)),
        (Operator::Subtract, Value::Duration(a), Value::Duration(b)) => span(a.checked_sub(*b)),
        _ => Err(Failure::NoSuchOverload(operator.sign())),
    }
}

fn add<'t>(one: &Value<'t>, other: &Value<'t>, meter: &mut Meter) -> Result<Value<'t>, Failure> {
    match (one, other) {
        (Value::String(a), Value::String(b)) => {
            meter.allocate(a.len() + b.len())?;
            Ok(Value::made([&**a, &**b].concat()))
        }
        (Value::Bytes(a), Value::Bytes(b)) => {
            meter.allocate(a.len() + b.len())?;
            Ok(Value::Bytes([&**a, &**b].concat().into()))
        }
        (Value::List(a), Value::List(b)) => {
            meter.allocate((a.len() + b.len()) * size_of::<Value<'_>>())?;
            made::list(a.iter().chain(b.iter()).collect(), meter)
        }
        _ => Err(Failure::NoSuchOverload("+")),
    }
}

/// What stands at an index of a list, or under a key of a map.
pub(super) fn index<'t>(one: &Value<'t>, at: &Value<'t>) -> Result<Option<Value<'t>>, Failure> {
    match one {
        Value::List(list) => Ok(place(at)?.and_then(|at| list.get(at))),
        Value::Map(map) => match map.get(at) {
            None if !map.is_closed() => Err(map.missing()),
            value => Ok(value),
        },
        _ => Err(Failure::NoSuchOverload("[]")),
    }
}

/// A place in a list; none where there can be none.
fn place(at: &Value<'_>) -> Result<Option<usize>, Failure> {
    match at {
        Value::Int(at) => Ok(usize::try_from(*at).ok()),
        Value::Uint(at) => Ok(usize::try_from(*at).ok()),
        #[expect(clippy::cast_possible_truncation, reason = "it was looked at that it fits")]
        Value::Double(at) if at.fract() == 0.0 && at.abs() < 1e15 => {
            Ok(usize::try_from(*at as i64).ok())
        }
        _ => Err(Failure::NoSuchOverload("[]")),
    }
}

/// Text that is read as such.
pub(super) fn text<'v>(value: &'v Value<'_>, user: &'static str) -> Result<&'v str, Failure> {
    match value {
        Value::String(Text::Borrowed(text)) => Ok(text),
        Value::String(Text::Made(text)) => Ok(text),
        _ => Err(Failure::NoSuchOverload(user)),
    }
}
