//! Points in time and spans of it.

use jiff::SignedDuration;
use jiff::civil::{DateTime, date};
use jiff::tz::{Offset, TimeZone};

use super::function::{Call, Function, Overload};
use super::meter::{Failure, Meter};
use super::operators::{within_span, within_time};
use super::types::Type::{self, Duration, Int, Timestamp as Time};
use super::value::Value;

pub(super) static FUNCTIONS: &[Function] = &[
    Function::global(
        "timestamp",
        &[
            Overload::new(&[Type::String], Time, timestamp),
            Overload::new(&[Int], Time, timestamp),
            Overload::new(&[Time], Time, timestamp),
        ],
    ),
    Function::global(
        "duration",
        &[
            Overload::new(&[Type::String], Duration, duration),
            Overload::new(&[Duration], Duration, duration),
        ],
    ),
    Function::method("getFullYear", &of_time(|of, _| part(of, |t| i64::from(t.year())))),
    Function::method("getMonth", &of_time(|of, _| part(of, |t| i64::from(t.month()) - 1))),
    Function::method(
        "getDayOfYear",
        &of_time(|of, _| part(of, |t| i64::from(t.day_of_year()) - 1)),
    ),
    Function::method("getDayOfMonth", &of_time(|of, _| part(of, |t| i64::from(t.day()) - 1))),
    Function::method("getDate", &of_time(|of, _| part(of, |t| i64::from(t.day())))),
    Function::method(
        "getDayOfWeek",
        &of_time(|of, _| part(of, |t| i64::from(t.weekday().to_sunday_zero_offset()))),
    ),
    Function::method(
        "getHours",
        &of_either(|of, _| span_or(of, 3_600_000, |t| i64::from(t.hour()))),
    ),
    Function::method(
        "getMinutes",
        &of_either(|of, _| span_or(of, 60_000, |t| i64::from(t.minute()))),
    ),
    Function::method(
        "getSeconds",
        &of_either(|of, _| span_or(of, 1_000, |t| i64::from(t.second()))),
    ),
    Function::method(
        "getMilliseconds",
        &of_either(|of, _| match of {
            [Value::Duration(span)] => Ok(Value::Int(i64::from(span.subsec_millis()))),
            _ => part(of, |t| i64::from(t.millisecond())),
        }),
    ),
];

const fn of_time(call: Call) -> [Overload; 2] {
    [Overload::new(&[Time], Int, call), Overload::new(&[Time, Type::String], Int, call)]
}

const fn of_either(call: Call) -> [Overload; 3] {
    let [one, two] = of_time(call);
    [one, two, Overload::new(&[Duration], Int, call)]
}

/// What a point in time says in its zone.
fn part<'t>(of: &[Value<'t>], read: fn(DateTime) -> i64) -> Result<Value<'t>, Failure> {
    let time = match of {
        [Value::Timestamp(time)] => *time,
        [Value::Timestamp(time), Value::String(zone)] => within(*time, zone)?,
        _ => return Err(Failure::NoSuchOverload("time")),
    };
    Ok(Value::Int(read(time)))
}

/// The same, and of a span how many times this many milliseconds are in it.
fn span_or<'t>(
    of: &[Value<'t>],
    milliseconds: i128,
    read: fn(DateTime) -> i64,
) -> Result<Value<'t>, Failure> {
    match of {
        [Value::Duration(span)] => {
            let count = span.as_millis() / milliseconds;
            Ok(Value::Int(i64::try_from(count).map_err(|_| Failure::Overflow)?))
        }
        _ => part(of, read),
    }
}

/// What the clocks of a zone show: `UTC`, `+01:00`, `02:00`, or of a place such as `Asia/Kathmandu`.
fn within(time: DateTime, zone: &str) -> Result<DateTime, Failure> {
    if matches!(zone, "" | "UTC") {
        return Ok(time);
    }
    let shift = if let Some(seconds) = offset(zone) {
        SignedDuration::from_secs(seconds)
    } else {
        let zone = TimeZone::get(zone).map_err(|_| Failure::Malformed("a zone of time"))?;
        let at = Offset::UTC.to_timestamp(time).map_err(|_| Failure::Overflow)?;
        SignedDuration::from_secs(zone.to_offset(at).seconds().into())
    };
    time.checked_add(shift).map_err(|_| Failure::Overflow)
}

/// How many seconds a zone is ahead that is written as `+01:00`, `-08:00` or `02:00`.
fn offset(zone: &str) -> Option<i64> {
    let (sign, rest) = match zone.as_bytes().first()? {
        b'-' => (-1, zone.get(1..)?),
        b'+' => (1, zone.get(1..)?),
        _ => (1, zone),
    };
    let number = |text: &str| -> Option<i64> {
        let is_number = matches!(text.len(), 1 | 2) && text.bytes().all(|b| b.is_ascii_digit());
        is_number.then(|| text.bytes().fold(0, |n, b| n * 10 + i64::from(b - b'0')))
    };
    let (hours, minutes) = rest.split_once(':')?;
    let (hours, minutes) = (number(hours)?, number(minutes)?);
    (hours < 24 && minutes < 60).then_some(sign * (hours * 3_600 + minutes * 60))
}

/// A point in time as RFC 3339 writes it.
pub(super) fn read_time(text: &str) -> Result<DateTime, Failure> {
    let malformed = || Failure::Malformed("a point in time");
    let (bare, ahead) = if let Some(bare) = text.strip_suffix(['Z', 'z']) {
        (bare, 0)
    } else {
        let at = text.len().checked_sub(6).ok_or_else(malformed)?;
        let (bare, zone) = text.split_at_checked(at).ok_or_else(malformed)?;
        let is_signed = zone.starts_with(['+', '-']);
        (bare, offset(zone).filter(|_| is_signed).ok_or_else(malformed)?)
    };
    // Weeks, blanks and names of zones are others' forms.
    let is_plain = bare.bytes().all(|b| b.is_ascii_digit() || b"-:.Tt".contains(&b));
    if !is_plain || bare.len() < 19 || !bare.contains(['T', 't']) {
        return Err(malformed());
    }
    let time: DateTime = bare.parse().map_err(|_| malformed())?;
    let time = time.checked_sub(SignedDuration::from_secs(ahead)).map_err(|_| malformed())?;
    within_time(time)
}

/// The point in time from which seconds are counted.
pub(super) fn epoch() -> DateTime {
    date(1970, 1, 1).at(0, 0, 0, 0)
}

/// How many seconds it is after that, with what is less than one left out.
pub(super) fn seconds(time: DateTime) -> i64 {
    let since = epoch().duration_until(time);
    since.as_secs() - i64::from(since.subsec_nanos() < 0)
}

fn timestamp<'t>(of: &[Value<'t>], _: &mut Meter) -> Result<Value<'t>, Failure> {
    let time = match of {
        [Value::Timestamp(time)] => *time,
        [Value::String(text)] => read_time(text)?,
        [Value::Int(seconds)] => {
            let time = epoch().checked_add(SignedDuration::from_secs(*seconds));
            within_time(time.map_err(|_| Failure::Overflow)?)?
        }
        _ => return Err(Failure::NoSuchOverload("timestamp")),
    };
    Ok(Value::Timestamp(time))
}

/// A span of time as Go writes it (`time.ParseDuration`): `1h30m`, `-1.5s`, `100ms`.
pub(super) fn read_span(text: &str) -> Result<SignedDuration, Failure> {
    let malformed = || Failure::Malformed("a span of time");
    let (sign, mut rest) = match text.as_bytes().first() {
        Some(b'-') => (-1_i128, text.get(1..).unwrap_or_default()),
        Some(b'+') => (1, text.get(1..).unwrap_or_default()),
        _ => (1, text),
    };
    if rest == "0" {
        return Ok(SignedDuration::ZERO);
    }
    if rest.is_empty() || rest.len() > 200 {
        return Err(malformed());
    }
    let mut whole: i128 = 0;
    while !rest.is_empty() {
        let length = rest.bytes().take_while(|b| b.is_ascii_digit() || *b == b'.').count();
        let (number, behind) = rest.split_at_checked(length).ok_or_else(malformed)?;
        let length = behind.bytes().take_while(|b| !b.is_ascii_digit() && *b != b'.').count();
        let (unit, behind) = behind.split_at_checked(length).ok_or_else(malformed)?;
        let unit: i128 = match unit {
            "ns" => 1,
            "us" | "\u{b5}s" | "\u{3bc}s" => 1_000,
            "ms" => 1_000_000,
            "s" => 1_000_000_000,
            "m" => 60_000_000_000,
            "h" => 3_600_000_000_000,
            _ => return Err(malformed()),
        };
        whole = whole
            .checked_add(nanoseconds(number, unit).ok_or_else(malformed)?)
            .ok_or_else(malformed)?;
        rest = behind;
    }
    let whole = i64::try_from(sign * whole).map_err(|_| malformed())?;
    within_span(SignedDuration::from_nanos(whole))
}

/// So many of a unit, of which a part may be behind a point.
fn nanoseconds(number: &str, unit: i128) -> Option<i128> {
    let (whole, part) = number.split_once('.').unwrap_or((number, ""));
    if whole.is_empty() && part.is_empty() || part.contains('.') || whole.len() > 20 {
        return None;
    }
    let digits = |text: &str| text.bytes().fold(0_i128, |n, b| n * 10 + i128::from(b - b'0'));
    let part = part.get(..part.len().min(15)).unwrap_or_default();
    let scale = 10_i128.checked_pow(u32::try_from(part.len()).ok()?)?;
    Some(digits(whole).checked_mul(unit)? + digits(part).checked_mul(unit)? / scale)
}

fn duration<'t>(of: &[Value<'t>], _: &mut Meter) -> Result<Value<'t>, Failure> {
    match of {
        [Value::Duration(span)] => Ok(Value::Duration(*span)),
        [Value::String(text)] => read_span(text).map(Value::Duration),
        _ => Err(Failure::NoSuchOverload("duration")),
    }
}

/// A point in time as RFC 3339 writes it, with as much of a second as there is.
pub(super) fn shown_time(time: DateTime) -> String {
    format!("{time}Z")
}

/// A span of time in seconds, as CEL writes it.
pub(super) fn shown_span(span: SignedDuration) -> String {
    let (seconds, rest) = (span.as_secs(), span.subsec_nanos().unsigned_abs());
    let sign = if span.is_negative() && seconds == 0 { "-" } else { "" };
    if rest == 0 {
        return format!("{sign}{seconds}s");
    }
    let part = format!("{rest:09}");
    format!("{sign}{seconds}.{}s", part.trim_end_matches('0'))
}
