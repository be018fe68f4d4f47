//! `int`, `uint`, `double`, `string`, `bytes`, `bool`, `type` and `size`.

use std::rc::Rc;

use super::function::{Function, Overload};
use super::made;
use super::meter::{Failure, Meter};
use super::time;
use super::types::Type::{self, Bool, Bytes, Double, Duration, Dyn, Int, Timestamp, Uint};
use super::value::{Text, Value};

pub(super) static FUNCTIONS: &[Function] = &[
    Function::global(
        "int",
        &[
            Overload::new(&[Int], Int, same),
            Overload::new(&[Uint], Int, to_int),
            Overload::new(&[Double], Int, to_int),
            Overload::new(&[Type::String], Int, to_int),
            Overload::new(&[Timestamp], Int, to_int),
        ],
    ),
    Function::global(
        "uint",
        &[
            Overload::new(&[Uint], Uint, same),
            Overload::new(&[Int], Uint, to_uint),
            Overload::new(&[Double], Uint, to_uint),
            Overload::new(&[Type::String], Uint, to_uint),
        ],
    ),
    Function::global(
        "double",
        &[
            Overload::new(&[Double], Double, same),
            Overload::new(&[Int], Double, to_double),
            Overload::new(&[Uint], Double, to_double),
            Overload::new(&[Type::String], Double, to_double),
        ],
    ),
    Function::global(
        "string",
        &[
            Overload::new(&[Type::String], Type::String, same),
            Overload::new(&[Int], Type::String, to_string),
            Overload::new(&[Uint], Type::String, to_string),
            Overload::new(&[Double], Type::String, to_string),
            Overload::new(&[Bool], Type::String, to_string),
            Overload::new(&[Bytes], Type::String, to_string),
            Overload::new(&[Timestamp], Type::String, to_string),
            Overload::new(&[Duration], Type::String, to_string),
            Overload::new(&[Type::Ip], Type::String, to_string),
            Overload::new(&[Type::Cidr], Type::String, to_string),
        ],
    ),
    Function::global(
        "bytes",
        &[Overload::new(&[Bytes], Bytes, same), Overload::new(&[Type::String], Bytes, to_bytes)],
    ),
    Function::global(
        "bool",
        &[Overload::new(&[Bool], Bool, same), Overload::new(&[Type::String], Bool, to_bool)],
    ),
    Function::global(
        "type",
        &[Overload::new(&[Dyn], Type::Type, |of, _| {
            Ok(Value::Type(of.first().map_or(Type::Null, Value::of_type)))
        })],
    ),
    Function::global("size", SIZE),
    Function::method("size", SIZE),
];

const SIZE: &[Overload] = &[
    Overload::new(&[Type::String], Int, size),
    Overload::new(&[Bytes], Int, size),
    Overload::new(&[Type::List], Int, size),
    Overload::new(&[Type::Map], Int, size),
];

fn same<'t>(of: &[Value<'t>], _: &mut Meter) -> Result<Value<'t>, Failure> {
    of.first().cloned().ok_or(Failure::NoSuchOverload("conversion"))
}

/// A whole number as a length is.
pub(super) fn count<'t>(number: usize) -> Value<'t> {
    Value::Int(i64::try_from(number).unwrap_or(i64::MAX))
}

fn size<'t>(of: &[Value<'t>], meter: &mut Meter) -> Result<Value<'t>, Failure> {
    Ok(count(match of {
        [Value::String(text)] => {
            meter.step(text.len() / 16)?;
            text.chars().count()
        }
        [Value::Bytes(bytes)] => bytes.len(),
        [Value::List(list)] => list.len(),
        [Value::Map(map)] => map.len(),
        _ => return Err(Failure::NoSuchOverload("size")),
    }))
}

/// 2^63 and 2^64, as numbers with a point that floats.
const INT_END: f64 = 9_223_372_036_854_775_808.0;
const UINT_END: f64 = 18_446_744_073_709_551_616.0;

fn to_int<'t>(of: &[Value<'t>], _: &mut Meter) -> Result<Value<'t>, Failure> {
    let number = match of {
        [Value::Uint(number)] => i64::try_from(*number).map_err(|_| Failure::Overflow)?,
        #[expect(clippy::cast_possible_truncation, reason = "it was looked at that it fits")]
        [Value::Double(number)] if *number > -INT_END && *number < INT_END => *number as i64,
        [Value::Double(_)] => return Err(Failure::Overflow),
        [Value::String(text)] => text.parse().map_err(|_| Failure::Malformed("a number"))?,
        [Value::Timestamp(time)] => time::seconds(*time),
        _ => return Err(Failure::NoSuchOverload("int")),
    };
    Ok(Value::Int(number))
}

fn to_uint<'t>(of: &[Value<'t>], _: &mut Meter) -> Result<Value<'t>, Failure> {
    let number = match of {
        [Value::Int(number)] => u64::try_from(*number).map_err(|_| Failure::Overflow)?,
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "it was looked at that it fits"
        )]
        [Value::Double(number)] if *number > -1.0 && *number < UINT_END => *number as u64,
        [Value::Double(_)] => return Err(Failure::Overflow),
        [Value::String(text)] => text.parse().map_err(|_| Failure::Malformed("a number"))?,
        _ => return Err(Failure::NoSuchOverload("uint")),
    };
    Ok(Value::Uint(number))
}

#[expect(clippy::cast_precision_loss, reason = "that is what is asked for")]
fn to_double<'t>(of: &[Value<'t>], _: &mut Meter) -> Result<Value<'t>, Failure> {
    let number = match of {
        [Value::Int(number)] => *number as f64,
        [Value::Uint(number)] => *number as f64,
        [Value::String(text)] => text.parse().map_err(|_| Failure::Malformed("a number"))?,
        _ => return Err(Failure::NoSuchOverload("double")),
    };
    Ok(Value::Double(number))
}

/// A number as Go writes it (`strconv.FormatFloat` with `g`, as short as it can be).
pub(super) fn shown_double(number: f64) -> String {
    if number.is_nan() {
        return "NaN".to_owned();
    }
    if number.is_infinite() {
        return if number > 0.0 { "+Inf" } else { "-Inf" }.to_owned();
    }
    let exact = format!("{number:e}");
    let (digits, exponent) = exact.split_once('e').unwrap_or((&exact, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..21).contains(&exponent) {
        return format!("{number}");
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{digits}e{sign}{:02}", exponent.unsigned_abs())
}

fn to_string<'t>(of: &[Value<'t>], meter: &mut Meter) -> Result<Value<'t>, Failure> {
    let text = match of {
        [Value::Int(number)] => number.to_string(),
        [Value::Uint(number)] => number.to_string(),
        [Value::Double(number)] => shown_double(*number),
        [Value::Bool(value)] => value.to_string(),
        [Value::Bytes(bytes)] => {
            meter.step(bytes.len() / 16)?;
            let text = std::str::from_utf8(bytes);
            return made::text(text.map_err(|_| Failure::Malformed("text"))?, meter);
        }
        [Value::Timestamp(time)] => time::shown_time(*time),
        [Value::Duration(span)] => time::shown_span(*span),
        [Value::Ip(address)] => address.to_string(),
        [Value::Cidr(range)] => range.to_string(),
        _ => return Err(Failure::NoSuchOverload("string")),
    };
    made::text(&text, meter)
}

fn to_bytes<'t>(of: &[Value<'t>], meter: &mut Meter) -> Result<Value<'t>, Failure> {
    let [Value::String(text)] = of else { return Err(Failure::NoSuchOverload("bytes")) };
    meter.allocate(text.len())?;
    Ok(Value::Bytes(Rc::from(text.as_bytes())))
}

fn to_bool<'t>(of: &[Value<'t>], _: &mut Meter) -> Result<Value<'t>, Failure> {
    let text: &Text<'t> = match of {
        [Value::String(text)] => text,
        _ => return Err(Failure::NoSuchOverload("bool")),
    };
    match &**text {
        "true" | "True" | "TRUE" | "t" | "1" => Ok(Value::Bool(true)),
        "false" | "False" | "FALSE" | "f" | "0" => Ok(Value::Bool(false)),
        _ => Err(Failure::Malformed("`true` or `false`")),
    }
}
