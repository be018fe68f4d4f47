//! Lists as sets (`github.com/google/cel-go/ext/sets.go`).

use super::function::{Function, Overload};
use super::meter::{Failure, Meter};
use super::operators::equal;
use super::types::Type::{Bool, List};
use super::value::{self, Value};

pub(super) static FUNCTIONS: &[Function] = &[
    Function::global("sets.contains", &[Overload::new(&[List, List], Bool, contains)]),
    Function::global("sets.equivalent", &[Overload::new(&[List, List], Bool, equivalent)]),
    Function::global("sets.intersects", &[Overload::new(&[List, List], Bool, intersects)]),
];

fn both<'v, 't>(
    of: &'v [Value<'t>],
) -> Result<(&'v value::List<'t>, &'v value::List<'t>), Failure> {
    match of {
        [Value::List(one), Value::List(other)] => Ok((one, other)),
        _ => Err(Failure::NoSuchOverload("sets")),
    }
}

fn is_in(list: &value::List<'_>, wanted: &Value<'_>, meter: &mut Meter) -> Result<bool, Failure> {
    for item in list.iter() {
        if equal(&item, wanted, meter)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn holds_all(
    list: &value::List<'_>,
    others: &value::List<'_>,
    meter: &mut Meter,
) -> Result<bool, Failure> {
    for wanted in others.iter() {
        if !is_in(list, &wanted, meter)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn contains<'t>(of: &[Value<'t>], meter: &mut Meter) -> Result<Value<'t>, Failure> {
    let (one, other) = both(of)?;
    holds_all(one, other, meter).map(Value::Bool)
}

fn equivalent<'t>(of: &[Value<'t>], meter: &mut Meter) -> Result<Value<'t>, Failure> {
    let (one, other) = both(of)?;
    Ok(Value::Bool(holds_all(one, other, meter)? && holds_all(other, one, meter)?))
}

fn intersects<'t>(of: &[Value<'t>], meter: &mut Meter) -> Result<Value<'t>, Failure> {
    let (one, other) = both(of)?;
    for wanted in other.iter() {
        if is_in(one, &wanted, meter)? {
            return Ok(Value::Bool(true));
        }
    }
    Ok(Value::Bool(false))
}
