//! Amounts of resources (`k8s.io/apiserver/pkg/cel/library/quantity.go`).

use super::function::{Call, Function, Overload};
use super::meter::Failure;
use super::operators::text;
use super::types::Type::{self, Bool, Double, Int, Quantity, String as Text};
use super::value::Value;
use crate::subject;

pub(super) static FUNCTIONS: &[Function] = &[
    Function::global(
        "quantity",
        &[Overload::new(&[Text], Quantity, |of, _| {
            let found = parse(of)?;
            found.map(Value::Quantity).ok_or(Failure::Malformed("a quantity"))
        })],
    ),
    Function::global(
        "isQuantity",
        &[Overload::new(&[Text], Bool, |of, _| Ok(Value::Bool(parse(of)?.is_some())))],
    ),
    Function::method("sign", &of_one(Int, |of, _| Ok(Value::Int(own(of)?.nano().signum() as i64)))),
    Function::method(
        "isInteger",
        &of_one(Bool, |of, _| Ok(Value::Bool(whole(own(of)?).is_some()))),
    ),
    Function::method(
        "asInteger",
        &of_one(Int, |of, _| whole(own(of)?).map(Value::Int).ok_or(Failure::Overflow)),
    ),
    Function::method(
        "asApproximateFloat",
        &of_one(Double, |of, _| Ok(Value::Double(own(of)?.approximately()))),
    ),
    Function::method(
        "isGreaterThan",
        &[Overload::new(&[Quantity, Quantity], Bool, |of, _| {
            both(of).map(|(one, other)| Value::Bool(one > other))
        })],
    ),
    Function::method(
        "isLessThan",
        &[Overload::new(&[Quantity, Quantity], Bool, |of, _| {
            both(of).map(|(one, other)| Value::Bool(one < other))
        })],
    ),
    Function::method(
        "compareTo",
        &[Overload::new(&[Quantity, Quantity], Int, |of, _| {
            both(of).map(|(one, other)| Value::Int(one.cmp(&other) as i64))
        })],
    ),
    Function::method(
        "add",
        &[
            Overload::new(&[Quantity, Quantity], Quantity, |of, _| sum(of, 1)),
            Overload::new(&[Quantity, Int], Quantity, |of, _| sum(of, 1)),
        ],
    ),
    Function::method(
        "sub",
        &[
            Overload::new(&[Quantity, Quantity], Quantity, |of, _| sum(of, -1)),
            Overload::new(&[Quantity, Int], Quantity, |of, _| sum(of, -1)),
        ],
    ),
];

const fn of_one(gives: Type, call: Call) -> [Overload; 1] {
    [Overload::new(&[Quantity], gives, call)]
}

fn parse(of: &[Value<'_>]) -> Result<Option<subject::Quantity>, Failure> {
    let text = text(of.first().ok_or(Failure::NoSuchOverload("quantity"))?, "quantity")?;
    match subject::Quantity::parse(text) {
        Ok(quantity) => Ok(Some(quantity)),
        Err(_) => Ok(None),
    }
}

fn own(of: &[Value<'_>]) -> Result<subject::Quantity, Failure> {
    match of.first() {
        Some(Value::Quantity(quantity)) => Ok(*quantity),
        _ => Err(Failure::NoSuchOverload("quantity")),
    }
}

fn both(of: &[Value<'_>]) -> Result<(subject::Quantity, subject::Quantity), Failure> {
    match of {
        [Value::Quantity(one), Value::Quantity(other)] => Ok((*one, *other)),
        _ => Err(Failure::NoSuchOverload("quantity")),
    }
}

fn whole(quantity: subject::Quantity) -> Option<i64> {
    let nano = quantity.nano();
    match i64::try_from(nano / subject::Quantity::NANO) {
        Ok(whole) if quantity.is_whole() => Some(whole),
        _ => None,
    }
}

fn sum<'t>(of: &[Value<'t>], sign: i128) -> Result<Value<'t>, Failure> {
    let other = match of.get(1) {
        Some(Value::Quantity(other)) => other.nano(),
        Some(Value::Int(other)) => i128::from(*other) * subject::Quantity::NANO,
        _ => return Err(Failure::NoSuchOverload("quantity")),
    };
    let sum = own(of)?.nano().checked_add(sign * other).ok_or(Failure::Overflow)?;
    Ok(Value::Quantity(subject::Quantity::of_nano(sum)))
}
