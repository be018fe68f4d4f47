//! Lists: Kubernetes' own functions (`k8s.io/apiserver/pkg/cel/library/lists.go`) and cel-go's.

use std::cmp::Ordering;

use jiff::SignedDuration;

use super::conversions::count;
use super::function::{Function, Overload};
use super::made;
use super::meter::{Failure, Meter};
use super::operators::{Operator, compare, equal};
use super::types::Type::{Bool, Dyn, Int, List};
use super::value::{self, Value};

pub(super) static FUNCTIONS: &[Function] = &[
    Function::method("isSorted", &[Overload::new(&[List], Bool, is_sorted)]),
    Function::method("sum", &[Overload::new(&[List], Dyn, sum)]),
    Function::method(
        "min",
        &[Overload::new(&[List], Dyn, |of, meter| outermost("min", Ordering::Greater, of, meter))],
    ),
    Function::method(
        "max",
        &[Overload::new(&[List], Dyn, |of, meter| outermost("max", Ordering::Less, of, meter))],
    ),
    Function::method(
        "indexOf",
        &[Overload::new(&[List, Dyn], Int, |of, meter| place(of, false, meter))],
    ),
    Function::method(
        "lastIndexOf",
        &[Overload::new(&[List, Dyn], Int, |of, meter| place(of, true, meter))],
    ),
    Function::method("slice", &[Overload::new(&[List, Int, Int], List, slice)]),
    Function::method(
        "flatten",
        &[Overload::new(&[List], List, flatten), Overload::new(&[List, Int], List, flatten)],
    ),
    Function::method("sort", &[Overload::new(&[List], List, sort)]),
    Function::method("reverse", &[Overload::new(&[List], List, reverse)]),
    Function::method("distinct", &[Overload::new(&[List], List, distinct)]),
    Function::global("lists.range", &[Overload::new(&[Int], List, range)]),
];

/// The list that a function is called on.
fn list<'v, 't>(of: &'v [Value<'t>], meter: &mut Meter) -> Result<&'v value::List<'t>, Failure> {
    let Some(Value::List(list)) = of.first() else { return Err(Failure::NoSuchOverload("list")) };
    meter.step(list.len())?;
    Ok(list)
}

/// The same, of which as long a list is made.
fn copied<'t>(of: &[Value<'t>], meter: &mut Meter) -> Result<Vec<Value<'t>>, Failure> {
    let list = list(of, meter)?;
    meter.allocate(list.len() * size_of::<Value<'_>>())?;
    Ok(list.iter().collect())
}

fn is_sorted<'t>(of: &[Value<'t>], meter: &mut Meter) -> Result<Value<'t>, Failure> {
    let mut before: Option<Value<'t>> = None;
    for item in list(of, meter)?.iter() {
        if let Some(before) = before
            && compare(&before, &item, meter, Operator::Less)? == Some(Ordering::Greater)
        {
            return Ok(Value::Bool(false));
        }
        before = Some(item);
    }
    Ok(Value::Bool(true))
}

fn sum<'t>(of: &[Value<'t>], meter: &mut Meter) -> Result<Value<'t>, Failure> {
    let mut items = list(of, meter)?.iter();
    let Some(first) = items.next() else { return Ok(Value::Int(0)) };
    let mut sum = match first {
        Value::Int(_) | Value::Uint(_) | Value::Double(_) => first,
        Value::Duration(span) => Value::Duration(SignedDuration::ZERO + span),
        _ => return Err(Failure::NoSuchOverload("sum")),
    };
    for item in items {
        sum = Operator::Add.of(&sum, &item, meter)?;
    }
    Ok(sum)
}

fn outermost<'t>(
    name: &'static str,
    replaced: Ordering,
    of: &[Value<'t>],
    meter: &mut Meter,
) -> Result<Value<'t>, Failure> {
    let mut items = list(of, meter)?.iter();
    let mut found = items.next().ok_or(Failure::OutOfRange)?;
    for item in items {
        match compare(&found, &item, meter, Operator::Less) {
            Ok(order) if order == Some(replaced) => found = item,
            Ok(_) => {}
            Err(Failure::NoSuchOverload(_)) => return Err(Failure::NoSuchOverload(name)),
            Err(failure) => return Err(failure),
        }
    }
    Ok(found)
}

fn place<'t>(of: &[Value<'t>], last: bool, meter: &mut Meter) -> Result<Value<'t>, Failure> {
    let all = list(of, meter)?;
    let wanted = of.get(1).ok_or(Failure::NoSuchOverload("indexOf"))?;
    let mut found = None;
    for (at, item) in all.iter().enumerate() {
        if equal(&item, wanted, meter)? {
            found = Some(at);
            if !last {
                break;
            }
        }
    }
    Ok(found.map_or(Value::Int(-1), count))
}

fn slice<'t>(of: &[Value<'t>], meter: &mut Meter) -> Result<Value<'t>, Failure> {
    let all = list(of, meter)?;
    let [_, Value::Int(start), Value::Int(end)] = of else {
        return Err(Failure::NoSuchOverload("slice"));
    };
    let place = |at: &i64| usize::try_from(*at).map_err(|_| Failure::OutOfRange);
    let (start, end) = (place(start)?, place(end)?);
    if start > end || end > all.len() {
        return Err(Failure::OutOfRange);
    }
    meter.allocate((end - start) * size_of::<Value<'_>>())?;
    made::list((start..end).filter_map(|at| all.get(at)).collect(), meter)
}

fn flatten<'t>(of: &[Value<'t>], meter: &mut Meter) -> Result<Value<'t>, Failure> {
    let times = match of.get(1) {
        Some(Value::Int(times)) => usize::try_from(*times).map_err(|_| Failure::OutOfRange)?,
        _ => 1,
    };
    let mut items = copied(of, meter)?;
    for _ in 0..times {
        if !items.iter().any(|item| matches!(item, Value::List(_))) {
            break;
        }
        let mut flat = Vec::new();
        for item in items {
            match item {
                Value::List(list) => {
                    meter.allocate(list.len() * size_of::<Value<'_>>())?;
                    flat.extend(list.iter());
                }
                item => {
                    meter.allocate(size_of::<Value<'_>>())?;
                    flat.push(item);
                }
            }
        }
        items = flat;
    }
    made::list(items, meter)
}

fn sort<'t>(of: &[Value<'t>], meter: &mut Meter) -> Result<Value<'t>, Failure> {
    let mut items = copied(of, meter)?;
    let mut failed = None;
    // One by itself is in order only where it can be compared at all.
    if let [one] = items.as_slice() {
        compare(one, one, meter, Operator::Less)?;
    }
    let is_mixed = items.windows(2).any(|pair| match pair {
        [one, other] => one.of_type() != other.of_type(),
        _ => false,
    });
    if is_mixed {
        return Err(Failure::NoSuchOverload("sort"));
    }
    items.sort_by(|one, other| {
        match meter.step(1).and_then(|()| compare(one, other, meter, Operator::Less)) {
            Ok(order) => order.unwrap_or(Ordering::Equal),
            Err(failure) => {
                failed = Some(failure);
                Ordering::Equal
            }
        }
    });
    failed.map_or_else(|| made::list(items, meter), Err)
}

fn reverse<'t>(of: &[Value<'t>], meter: &mut Meter) -> Result<Value<'t>, Failure> {
    let mut items = copied(of, meter)?;
    items.reverse();
    made::list(items, meter)
}

fn distinct<'t>(of: &[Value<'t>], meter: &mut Meter) -> Result<Value<'t>, Failure> {
    let mut kept: Vec<Value<'t>> = Vec::new();
    for item in copied(of, meter)? {
        let mut is_new = true;
        for known in &kept {
            if equal(known, &item, meter)? {
                is_new = false;
                break;
            }
        }
        if is_new {
            kept.push(item);
        }
    }
    made::list(kept, meter)
}

fn range<'t>(of: &[Value<'t>], meter: &mut Meter) -> Result<Value<'t>, Failure> {
    let [Value::Int(end)] = of else { return Err(Failure::NoSuchOverload("lists.range")) };
    let length = usize::try_from(*end).unwrap_or(0);
    meter.allocate(length.saturating_mul(size_of::<Value<'_>>()))?;
    made::list((0..*end).map(Value::Int).collect(), meter)
}
