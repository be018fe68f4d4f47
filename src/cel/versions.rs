//! Versions (`k8s.io/apiserver/pkg/cel/library/semverlib.go`, version 1).

use std::rc::Rc;

use semver::Version;

use super::function::{Call, Function, Overload};
use super::meter::{Failure, Meter};
use super::operators::text;
use super::types::Type::{Bool, Int, Semver, String as Text};
use super::value::Value;

pub(super) static FUNCTIONS: &[Function] = &[
    Function::global(
        "semver",
        &[Overload::new(&[Text], Semver, version), Overload::new(&[Text, Bool], Semver, version)],
    ),
    Function::global(
        "isSemver",
        &[Overload::new(&[Text], Bool, is_version), Overload::new(&[Text, Bool], Bool, is_version)],
    ),
    Function::method("major", &number(|of, _| whole(own(of)?.major))),
    Function::method("minor", &number(|of, _| whole(own(of)?.minor))),
    Function::method("patch", &number(|of, _| whole(own(of)?.patch))),
    Function::method(
        "isGreaterThan",
        &[Overload::new(&[Semver, Semver], Bool, |of, _| {
            compare(of).map(|order| Value::Bool(order > 0))
        })],
    ),
    Function::method(
        "isLessThan",
        &[Overload::new(&[Semver, Semver], Bool, |of, _| {
            compare(of).map(|order| Value::Bool(order < 0))
        })],
    ),
    Function::method(
        "compareTo",
        &[Overload::new(&[Semver, Semver], Int, |of, _| compare(of).map(Value::Int))],
    ),
];

const fn number(call: Call) -> [Overload; 1] {
    [Overload::new(&[Semver], Int, call)]
}

fn whole<'t>(number: u64) -> Result<Value<'t>, Failure> {
    i64::try_from(number).map(Value::Int).map_err(|_| Failure::Overflow)
}

fn own<'v>(of: &'v [Value<'_>]) -> Result<&'v Version, Failure> {
    match of {
        [Value::Semver(version)] => Ok(version),
        _ => Err(Failure::NoSuchOverload("semver")),
    }
}

fn compare(of: &[Value<'_>]) -> Result<i64, Failure> {
    match of {
        [Value::Semver(one), Value::Semver(other)] => Ok(one.cmp_precedence(other) as i64),
        _ => Err(Failure::NoSuchOverload("semver")),
    }
}

fn parse(of: &[Value<'_>], meter: &mut Meter) -> Result<Option<Version>, Failure> {
    let text = text(of.first().ok_or(Failure::NoSuchOverload("semver"))?, "semver")?;
    meter.allocate(text.len())?;
    let is_lenient = matches!(of.get(1), Some(Value::Bool(true)));
    let text = if is_lenient { normal(text) } else { text.to_owned() };
    match Version::parse(&text) {
        Ok(version) => Ok(Some(version)),
        Err(_) => Ok(None),
    }
}

/// `v1` and `01.2` as what they mean.
fn normal(text: &str) -> String {
    let text = text.strip_prefix('v').unwrap_or(text);
    let mut parts: Vec<String> = text.splitn(3, '.').map(without_zeros).collect();
    let has_more = |part: &String| part.contains(['+', '-']);
    if parts.len() < 3 && !parts.last().is_some_and(has_more) {
        while parts.len() < 3 {
            parts.push("0".to_owned());
        }
    }
    parts.join(".")
}

fn without_zeros(part: &str) -> String {
    if part.len() <= 1 {
        return part.to_owned();
    }
    let bare = part.trim_start_matches('0');
    let is_number = bare.starts_with(|c: char| c.is_ascii_digit());
    if is_number { bare.to_owned() } else { format!("0{bare}") }
}

fn version<'t>(of: &[Value<'t>], meter: &mut Meter) -> Result<Value<'t>, Failure> {
    let version = parse(of, meter)?.ok_or(Failure::Malformed("a version"))?;
    Ok(Value::Semver(Rc::new(version)))
}

fn is_version<'t>(of: &[Value<'t>], meter: &mut Meter) -> Result<Value<'t>, Failure> {
    Ok(Value::Bool(parse(of, meter)?.is_some()))
}
