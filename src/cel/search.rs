//! Searches by regular expressions (RE2's syntax): without going back, and of a bounded size.

use std::borrow::Cow;

use regex::{Regex, RegexBuilder};

use super::made;
use super::meter::Failure;
use super::node::{Pattern, Search, Sought};
use super::operators::text;
use super::run::Run;
use super::value::Value;

/// The longest regular expression, in bytes.
const LENGTH: usize = 2_000;

/// How large a regular expression may become when it is made ready, in bytes.
const SIZE: usize = 256 << 10;

/// How many steps it takes to make one ready, for each of its bytes.
const READY: usize = 500;

/// The regular expression of a text, made ready.
pub(super) fn ready(pattern: &str) -> Option<Regex> {
    if pattern.len() > LENGTH {
        return None;
    }
    let mut builder = RegexBuilder::new(pattern);
    builder.size_limit(SIZE).dfa_size_limit(SIZE).nest_limit(50);
    builder.build().ok()
}

/// What a search comes to.
pub(super) fn search<'t>(run: &mut Run<'t, '_>, of: &'t Search) -> Result<Value<'t>, Failure> {
    let within = run.value(&of.text)?;
    let (name, most) = match &of.what {
        Sought::Any => ("matches", None),
        Sought::First => ("find", None),
        Sought::All(None) => ("findAll", Some(-1)),
        Sought::All(Some(most)) => match run.value(most)? {
            Value::Int(most) => ("findAll", Some(most)),
            _ => return Err(Failure::NoSuchOverload("findAll")),
        },
    };
    let regex = match &of.pattern {
        Pattern::Ready(regex) => Cow::Borrowed(&**regex),
        Pattern::Made(pattern) => {
            let pattern = run.value(pattern)?;
            let pattern = text(&pattern, name)?;
            run.meter.step(READY.saturating_mul(1 + pattern.len()))?;
            Cow::Owned(ready(pattern).ok_or(Failure::Malformed("a regular expression"))?)
        }
    };
    let within = text(&within, name)?;
    run.meter.step(1 + within.len() / 4)?;
    match most {
        None if matches!(of.what, Sought::Any) => Ok(Value::Bool(regex.is_match(within))),
        None => {
            let found = regex.find(within).map_or("", |found| found.as_str());
            made::text(found, run.meter)
        }
        Some(most) => {
            let most = usize::try_from(most).unwrap_or(usize::MAX);
            let mut all = Vec::new();
            for found in regex.find_iter(within).take(most) {
                run.meter.allocate(size_of::<Value<'_>>() + found.len())?;
                all.push(Value::made(found.as_str()));
            }
            made::list(all, run.meter)
        }
    }
}
