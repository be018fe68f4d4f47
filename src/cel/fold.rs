//! Comprehensions: what is made of the elements of a list, or of the keys of a map.

use std::cmp::Ordering;

use super::made;
use super::meter::Failure;
use super::node::{Fold, FoldKind};
use super::operators::{Operator, compare};
use super::run::Run;
use super::value::{List, Map, Value};

/// What a comprehension comes to.
pub(super) fn fold<'t>(run: &mut Run<'t, '_>, of: &'t Fold) -> Result<Value<'t>, Failure> {
    let range = Range::of(run.value(&of.range)?, of.has_two)?;
    match of.kind {
        FoldKind::All => any(run, of, &range, false),
        FoldKind::Exists => any(run, of, &range, true),
        FoldKind::ExistsOne => exactly_one(run, of, &range),
        FoldKind::List | FoldKind::Filter => list(run, of, &range),
        FoldKind::Map | FoldKind::Entries => map(run, of, &range),
        FoldKind::SortBy => sorted(run, of, &range),
    }
}

/// What is gone over.
enum Range<'t> {
    Elements(List<'t>, bool),
    Entries(Map<'t>, bool),
}

impl<'t> Range<'t> {
    fn of(value: Value<'t>, has_two: bool) -> Result<Self, Failure> {
        match value {
            Value::List(list) => Ok(Self::Elements(list, has_two)),
            Value::Map(map) => Ok(Self::Entries(map, has_two)),
            _ => Err(Failure::NoSuchOverload("comprehension")),
        }
    }

    fn len(&self) -> usize {
        match self {
            Self::Elements(list, _) => list.len(),
            Self::Entries(map, _) => map.len(),
        }
    }

    /// The element or key at a place; with two variables the place or key, and what is there.
    fn at(&self, at: usize) -> Option<(Value<'t>, Option<Value<'t>>)> {
        match self {
            Self::Elements(list, false) => Some((list.get(at)?, None)),
            Self::Elements(list, true) => {
                Some((Value::Int(i64::try_from(at).unwrap_or(i64::MAX)), Some(list.get(at)?)))
            }
            Self::Entries(map, has_two) => {
                let (key, value) = map.entry(at)?;
                Some((key, Some(value).filter(|_| *has_two)))
            }
        }
    }
}

/// Sets the variables for the element at a place; whether it counts, where that is asked.
fn enter<'t>(
    run: &mut Run<'t, '_>,
    of: &'t Fold,
    range: &Range<'t>,
    at: usize,
) -> Result<bool, Failure> {
    run.meter.step(1)?;
    run.locals.truncate(of.local);
    let Some((first, second)) = range.at(at) else { return Ok(false) };
    run.locals.push(first);
    run.locals.extend(second);
    match &of.filter {
        Some(filter) => run.truth(filter, "filter"),
        None => Ok(true),
    }
}

/// `all` and `exists`: what decides makes up for what fails before or behind it.
fn any<'t>(
    run: &mut Run<'t, '_>,
    of: &'t Fold,
    range: &Range<'t>,
    decides: bool,
) -> Result<Value<'t>, Failure> {
    let mut failed: Option<Failure> = None;
    for at in 0..range.len() {
        enter(run, of, range, at)?;
        match run.truth(&of.body, if decides { "exists" } else { "all" }) {
            Ok(is_true) if is_true == decides => {
                run.locals.truncate(of.local);
                return Ok(Value::Bool(decides));
            }
            Ok(_) => {}
            Err(failure) if failure.is_final() => return Err(failure),
            Err(failure) => {
                failed = Some(match failed {
                    Some(before) => before.and(failure),
                    None => failure,
                });
            }
        }
    }
    run.locals.truncate(of.local);
    failed.map_or(Ok(Value::Bool(!decides)), Err)
}

fn exactly_one<'t>(
    run: &mut Run<'t, '_>,
    of: &'t Fold,
    range: &Range<'t>,
) -> Result<Value<'t>, Failure> {
    let mut count = 0_usize;
    for at in 0..range.len() {
        enter(run, of, range, at)?;
        count += usize::from(run.truth(&of.body, "exists_one")?);
    }
    run.locals.truncate(of.local);
    Ok(Value::Bool(count == 1))
}

fn list<'t>(run: &mut Run<'t, '_>, of: &'t Fold, range: &Range<'t>) -> Result<Value<'t>, Failure> {
    let mut items = Vec::new();
    for at in 0..range.len() {
        if !enter(run, of, range, at)? {
            continue;
        }
        run.meter.allocate(size_of::<Value<'_>>())?;
        if of.kind == FoldKind::Filter {
            if run.truth(&of.body, "filter")? {
                items.extend(range.at(at).map(|(first, _)| first));
            }
        } else {
            items.push(run.value(&of.body)?);
        }
    }
    run.locals.truncate(of.local);
    made::list(items, run.meter)
}

fn map<'t>(run: &mut Run<'t, '_>, of: &'t Fold, range: &Range<'t>) -> Result<Value<'t>, Failure> {
    let mut entries = Vec::new();
    for at in 0..range.len() {
        if !enter(run, of, range, at)? {
            continue;
        }
        let value = run.value(&of.body)?;
        run.meter.allocate(2 * size_of::<Value<'_>>())?;
        if of.kind == FoldKind::Map {
            entries.extend(range.at(at).map(|(key, _)| (key, value)));
            continue;
        }
        let Value::Map(made) = value else {
            return Err(Failure::NoSuchOverload("transformMapEntry"));
        };
        run.meter.allocate(made.len() * 2 * size_of::<Value<'_>>())?;
        entries.extend((0..made.len()).filter_map(|at| made.entry(at)));
    }
    run.locals.truncate(of.local);
    made::map(entries, run.meter)
}

fn sorted<'t>(
    run: &mut Run<'t, '_>,
    of: &'t Fold,
    range: &Range<'t>,
) -> Result<Value<'t>, Failure> {
    let mut items = Vec::new();
    for at in 0..range.len() {
        enter(run, of, range, at)?;
        let key = run.value(&of.body)?;
        items.extend(range.at(at).map(|(item, _)| (key, item)));
    }
    run.locals.truncate(of.local);
    let mut failed = None;
    let meter = &mut *run.meter;
    items.sort_by(|(one, _), (other, _)| {
        match meter.step(1).and_then(|()| compare(one, other, meter, Operator::Less)) {
            Ok(order) => order.unwrap_or(Ordering::Equal),
            Err(failure) => {
                failed = Some(failure);
                Ordering::Equal
            }
        }
    });
    match failed {
        Some(failure) => Err(failure),
        None => made::list(items.into_iter().map(|(_, item)| item).collect(), meter),
    }
}
