//! `"…".format([…])` (`github.com/google/cel-go/ext/formatting.go`).

use super::conversions::shown_double;
use super::function::{Function, Overload};
use super::meter::{Failure, Meter};
use super::time::{shown_span, shown_time};
use super::types::Type::{List, String as Text};
use super::value::{self, Value};

pub(super) static FUNCTIONS: &[Function] =
    &[Function::method("format", &[Overload::new(&[Text, List], Text, format)])];

const MALFORMED: Failure = Failure::Malformed("a form of text");

/// The most digits behind a point.
const PRECISION: usize = 100;

fn format<'t>(of: &[Value<'t>], meter: &mut Meter) -> Result<Value<'t>, Failure> {
    let [Value::String(form), Value::List(arguments)] = of else {
        return Err(Failure::NoSuchOverload("format"));
    };
    let mut made = String::new();
    let mut arguments = arguments.iter();
    let mut rest: &str = form;
    while let Some((before, behind)) = rest.split_once('%') {
        add(&mut made, before, meter)?;
        if let Some(behind) = behind.strip_prefix('%') {
            add(&mut made, "%", meter)?;
            rest = behind;
            continue;
        }
        let (precision, behind) = precision(behind)?;
        let clause = behind.chars().next().ok_or(MALFORMED)?;
        let argument = arguments.next().ok_or(Failure::OutOfRange)?;
        let text = shown(clause, precision, &argument, meter)?;
        add(&mut made, &text, meter)?;
        rest = behind.get(clause.len_utf8()..).unwrap_or_default();
    }
    add(&mut made, rest, meter)?;
    Ok(Value::made(made))
}

fn add(made: &mut String, text: &str, meter: &mut Meter) -> Result<(), Failure> {
    meter.allocate(text.len())?;
    made.push_str(text);
    Ok(())
}

/// How many digits are asked for, and what is behind that.
fn precision(text: &str) -> Result<(Option<usize>, &str), Failure> {
    let Some(behind) = text.strip_prefix('.') else { return Ok((None, text)) };
    let length = behind.bytes().take_while(u8::is_ascii_digit).count();
    let (digits, behind) = behind.split_at_checked(length).unwrap_or_default();
    let digits: usize = digits.parse().map_err(|_| MALFORMED)?;
    if digits > PRECISION { Err(MALFORMED) } else { Ok((Some(digits), behind)) }
}

fn shown(
    clause: char,
    precision: Option<usize>,
    of: &Value<'_>,
    meter: &mut Meter,
) -> Result<String, Failure> {
    let digits = precision.unwrap_or(6);
    match clause {
        's' => {
            let mut text = String::new();
            write(of, &mut text, meter)?;
            Ok(text)
        }
        'd' => match of {
            Value::Int(number) => Ok(number.to_string()),
            Value::Uint(number) => Ok(number.to_string()),
            Value::Double(number) if !number.is_finite() => Ok(endless(*number)),
            _ => Err(Failure::NoSuchOverload("format")),
        },
        'f' => with_point(of, |number| format!("{number:.digits$}")),
        'e' => with_point(of, |number| {
            let text = format!("{number:.digits$e}");
            let (digits, power) = text.split_once('e').unwrap_or((&text, "0"));
            let power: i32 = power.parse().unwrap_or(0);
            let sign = if power < 0 { '-' } else { '+' };
            format!("{digits}e{sign}{:02}", power.unsigned_abs())
        }),
        'b' => match of {
            Value::Bool(value) => Ok(u8::from(*value).to_string()),
            _ => in_base(of, |sign, number| format!("{sign}{number:b}")),
        },
        'o' => in_base(of, |sign, number| format!("{sign}{number:o}")),
        'x' => hex(of, meter),
        'X' => hex(of, meter).map(|text| text.to_ascii_uppercase()),
        _ => Err(MALFORMED),
    }
}

fn endless(number: f64) -> String {
    let text = if number.is_nan() {
        "NaN"
    } else if number > 0.0 {
        "Infinity"
    } else {
        "-Infinity"
    };
    text.to_owned()
}

#[expect(clippy::cast_precision_loss, reason = "that is what is asked for")]
fn with_point(of: &Value<'_>, show: impl Fn(f64) -> String) -> Result<String, Failure> {
    let number = match of {
        Value::Double(number) => *number,
        Value::Int(number) => *number as f64,
        Value::Uint(number) => *number as f64,
        Value::String(text) if matches!(&**text, "NaN" | "Infinity" | "-Infinity") => {
            return Ok(text.to_string());
        }
        _ => return Err(Failure::NoSuchOverload("format")),
    };
    Ok(if number.is_finite() { show(number) } else { endless(number) })
}

fn in_base(of: &Value<'_>, show: impl Fn(&str, u64) -> String) -> Result<String, Failure> {
    match of {
        Value::Int(number) => Ok(show(if *number < 0 { "-" } else { "" }, number.unsigned_abs())),
        Value::Uint(number) => Ok(show("", *number)),
        _ => Err(Failure::NoSuchOverload("format")),
    }
}

fn hex(of: &Value<'_>, meter: &mut Meter) -> Result<String, Failure> {
    let bytes: &[u8] = match of {
        Value::String(text) => text.as_bytes(),
        Value::Bytes(bytes) => bytes,
        _ => return in_base(of, |sign, number| format!("{sign}{number:x}")),
    };
    meter.allocate(4 * bytes.len())?;
    let digit = |half: u8| char::from_digit(half.into(), 16).unwrap_or('0');
    Ok(bytes.iter().flat_map(|b| [digit(b >> 4), digit(b & 15)]).collect())
}

/// Writes a value as `%s` does.
fn write(of: &Value<'_>, text: &mut String, meter: &mut Meter) -> Result<(), Failure> {
    meter.step(1)?;
    match of {
        Value::Null => add(text, "null", meter),
        Value::Bool(value) => add(text, if *value { "true" } else { "false" }, meter),
        Value::Int(number) => add(text, &number.to_string(), meter),
        Value::Uint(number) => add(text, &number.to_string(), meter),
        Value::Double(number) if !number.is_finite() => add(text, &endless(*number), meter),
        Value::Double(number) => add(text, &shown_double(*number), meter),
        Value::String(part) => add(text, part, meter),
        Value::Bytes(bytes) => add(text, &String::from_utf8_lossy(bytes), meter),
        Value::Duration(span) => add(text, &shown_span(*span), meter),
        Value::Timestamp(time) => add(text, &shown_time(*time), meter),
        Value::Type(of) => add(text, of.name(), meter),
        Value::List(list) => {
            add(text, "[", meter)?;
            for (at, item) in list.iter().enumerate() {
                add(text, if at > 0 { ", " } else { "" }, meter)?;
                write(&item, text, meter)?;
            }
            add(text, "]", meter)
        }
        Value::Map(map) => write_map(map, text, meter),
        _ => Err(Failure::NoSuchOverload("format")),
    }
}

fn write_map(map: &value::Map<'_>, text: &mut String, meter: &mut Meter) -> Result<(), Failure> {
    // In the order of the keys as they are written.
    let mut entries = Vec::new();
    for (key, value) in (0..map.len()).filter_map(|at| map.entry(at)) {
        let mut shown = String::new();
        write(&key, &mut shown, meter)?;
        meter.allocate(size_of::<(String, Value<'_>)>())?;
        entries.push((shown, value));
    }
    entries.sort_by(|(one, _), (other, _)| one.cmp(other));
    add(text, "{", meter)?;
    for (at, (key, value)) in entries.iter().enumerate() {
        add(text, if at > 0 { ", " } else { "" }, meter)?;
        add(text, key, meter)?;
        add(text, ": ", meter)?;
        write(value, text, meter)?;
    }
    add(text, "}", meter)
}
