//! Text: the functions of CEL and those of `github.com/google/cel-go/ext/strings.go`, version 2.
//! Places in a text count characters.

use super::conversions::count;
use super::function::{Function, Overload};
use super::made;
use super::meter::{Failure, Meter};
use super::operators::text;
use super::types::Type::{Bool, Int, List, String as Text};
use super::value::Value;

pub(super) static FUNCTIONS: &[Function] = &[
    Function::method(
        "startsWith",
        &[Overload::new(&[Text, Text], Bool, |of, meter| {
            of_two(of, meter, "startsWith", |text, other| text.starts_with(other))
        })],
    ),
    Function::method(
        "endsWith",
        &[Overload::new(&[Text, Text], Bool, |of, meter| {
            of_two(of, meter, "endsWith", |text, other| text.ends_with(other))
        })],
    ),
    Function::method(
        "contains",
        &[Overload::new(&[Text, Text], Bool, |of, meter| {
            of_two(of, meter, "contains", |text, other| text.contains(other))
        })],
    ),
    Function::method("charAt", &[Overload::new(&[Text, Int], Text, char_at)]),
    Function::method(
        "indexOf",
        &[
            Overload::new(&[Text, Text], Int, index_of),
            Overload::new(&[Text, Text, Int], Int, index_of),
        ],
    ),
    Function::method(
        "lastIndexOf",
        &[
            Overload::new(&[Text, Text], Int, last_index_of),
            Overload::new(&[Text, Text, Int], Int, last_index_of),
        ],
    ),
    Function::method(
        "lowerAscii",
        &[Overload::new(&[Text], Text, |of, meter| {
            let text = own(of, meter, "lowerAscii")?;
            made::text(&text.to_ascii_lowercase(), meter)
        })],
    ),
    Function::method(
        "upperAscii",
        &[Overload::new(&[Text], Text, |of, meter| {
            let text = own(of, meter, "upperAscii")?;
            made::text(&text.to_ascii_uppercase(), meter)
        })],
    ),
    Function::method(
        "trim",
        &[Overload::new(&[Text], Text, |of, meter| {
            let text = own(of, meter, "trim")?;
            made::text(text.trim_matches(is_space), meter)
        })],
    ),
    Function::method(
        "replace",
        &[
            Overload::new(&[Text, Text, Text], Text, replace),
            Overload::new(&[Text, Text, Text, Int], Text, replace),
        ],
    ),
    Function::method(
        "split",
        &[
            Overload::new(&[Text, Text], List, split),
            Overload::new(&[Text, Text, Int], List, split),
        ],
    ),
    Function::method(
        "substring",
        &[
            Overload::new(&[Text, Int], Text, substring),
            Overload::new(&[Text, Int, Int], Text, substring),
        ],
    ),
    Function::method(
        "join",
        &[Overload::new(&[List], Text, join), Overload::new(&[List, Text], Text, join)],
    ),
    Function::global("strings.quote", &[Overload::new(&[Text], Text, quote)]),
];

/// The text that a function is called on, whose length is counted.
fn own<'v>(of: &'v [Value<'_>], meter: &mut Meter, user: &'static str) -> Result<&'v str, Failure> {
    let text = text(of.first().ok_or(Failure::NoSuchOverload(user))?, user)?;
    meter.step(text.len() / 16)?;
    Ok(text)
}

/// The text at a place of the arguments.
fn other<'v>(of: &'v [Value<'_>], at: usize, user: &'static str) -> Result<&'v str, Failure> {
    text(of.get(at).ok_or(Failure::NoSuchOverload(user))?, user)
}

/// The number at a place of the arguments, where there is one.
fn number(of: &[Value<'_>], at: usize) -> Option<i64> {
    match of.get(at) {
        Some(Value::Int(number)) => Some(*number),
        _ => None,
    }
}

/// White space as `unicode.IsSpace` of Go has it.
fn is_space(c: char) -> bool {
    c.is_whitespace()
}

fn of_two<'t>(
    of: &[Value<'t>],
    meter: &mut Meter,
    user: &'static str,
    holds: fn(&str, &str) -> bool,
) -> Result<Value<'t>, Failure> {
    Ok(Value::Bool(holds(own(of, meter, user)?, other(of, 1, user)?)))
}

/// Where the character at this place begins, in bytes; where it ends there is none.
fn offset(text: &str, at: i64) -> Result<usize, Failure> {
    let at = usize::try_from(at).map_err(|_| Failure::OutOfRange)?;
    let mut ends = text.char_indices().map(|(offset, _)| offset).chain([text.len()]);
    ends.nth(at).ok_or(Failure::OutOfRange)
}

fn char_at<'t>(of: &[Value<'t>], meter: &mut Meter) -> Result<Value<'t>, Failure> {
    let text = own(of, meter, "charAt")?;
    let at = offset(text, number(of, 1).unwrap_or(-1))?;
    let found: String = text.get(at..).unwrap_or_default().chars().take(1).collect();
    made::text(&found, meter)
}

fn index_of<'t>(of: &[Value<'t>], meter: &mut Meter) -> Result<Value<'t>, Failure> {
    let text = own(of, meter, "indexOf")?;
    let wanted = other(of, 1, "indexOf")?;
    let from = number(of, 2).unwrap_or(0);
    let rest = text.get(offset(text, from)?..).unwrap_or_default();
    Ok(match rest.find(wanted) {
        Some(at) => {
            let before = rest.get(..at).unwrap_or_default().chars().count();
            count(usize::try_from(from).unwrap_or(0) + before)
        }
        None => Value::Int(-1),
    })
}

fn last_index_of<'t>(of: &[Value<'t>], meter: &mut Meter) -> Result<Value<'t>, Failure> {
    let text = own(of, meter, "lastIndexOf")?;
    let wanted = other(of, 1, "lastIndexOf")?;
    let within = match number(of, 2) {
        // It may begin there, and end behind.
        Some(from) => {
            let end = offset(text, from)?.saturating_add(wanted.len()).min(text.len());
            (0..=end).rev().find_map(|end| text.get(..end)).unwrap_or_default()
        }
        None => text,
    };
    Ok(match within.rfind(wanted) {
        Some(at) => count(text.get(..at).unwrap_or_default().chars().count()),
        None => Value::Int(-1),
    })
}

/// How often at most, where a negative number means without end.
fn most(of: &[Value<'_>], at: usize) -> usize {
    number(of, at).map_or(usize::MAX, |most| usize::try_from(most).unwrap_or(usize::MAX))
}

fn replace<'t>(of: &[Value<'t>], meter: &mut Meter) -> Result<Value<'t>, Failure> {
    let text = own(of, meter, "replace")?;
    let (old, new) = (other(of, 1, "replace")?, other(of, 2, "replace")?);
    let times = text.matches(old).count().min(most(of, 3));
    meter.allocate(text.len().saturating_add(times.saturating_mul(new.len())))?;
    Ok(Value::made(text.replacen(old, new, times)))
}

fn split<'t>(of: &[Value<'t>], meter: &mut Meter) -> Result<Value<'t>, Failure> {
    let text = own(of, meter, "split")?;
    let (by, most) = (other(of, 1, "split")?, most(of, 2));
    if most == 0 {
        return made::list(Vec::new(), meter);
    }
    let mut parts = Vec::new();
    let mut keep = |part: &str, meter: &mut Meter| {
        meter.allocate(size_of::<Value<'_>>())?;
        parts.push(made::text(part, meter)?);
        Ok(())
    };
    if by.is_empty() {
        let mut rest = text;
        let mut left = most;
        while let Some(c) = rest.chars().next() {
            let length = if left == 1 { rest.len() } else { c.len_utf8() };
            let (part, behind) = rest.split_at_checked(length).unwrap_or_default();
            keep(part, meter)?;
            (rest, left) = (behind, left - 1);
        }
    } else {
        text.splitn(most, by).try_for_each(|part| keep(part, meter))?;
    }
    made::list(parts, meter)
}

fn substring<'t>(of: &[Value<'t>], meter: &mut Meter) -> Result<Value<'t>, Failure> {
    let text = own(of, meter, "substring")?;
    let start = offset(text, number(of, 1).unwrap_or(-1))?;
    let end = match number(of, 2) {
        Some(end) => offset(text, end)?,
        None => text.len(),
    };
    made::text(text.get(start..end).ok_or(Failure::OutOfRange)?, meter)
}

fn join<'t>(of: &[Value<'t>], meter: &mut Meter) -> Result<Value<'t>, Failure> {
    let Some(Value::List(list)) = of.first() else { return Err(Failure::NoSuchOverload("join")) };
    let between = if of.len() > 1 { other(of, 1, "join")? } else { "" };
    let mut joined = String::new();
    for (at, item) in list.iter().enumerate() {
        let part = text(&item, "join")?;
        meter.allocate(part.len() + between.len())?;
        if at > 0 {
            joined.push_str(between);
        }
        joined.push_str(part);
    }
    Ok(Value::made(joined))
}

fn quote<'t>(of: &[Value<'t>], meter: &mut Meter) -> Result<Value<'t>, Failure> {
    let text = own(of, meter, "strings.quote")?;
    meter.allocate(2 * text.len() + 2)?;
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        match c {
            '\u{7}' => quoted.push_str("\\a"),
            '\u{8}' => quoted.push_str("\\b"),
            '\u{c}' => quoted.push_str("\\f"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            '\u{b}' => quoted.push_str("\\v"),
            '\\' => quoted.push_str("\\\\"),
            '"' => quoted.push_str("\\\""),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    Ok(Value::made(quoted))
}
