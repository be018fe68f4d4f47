//! What a rule saw, where, and the change that would make it go away.

use std::fmt;

use json_patch::{AddOperation, Patch, PatchOperation, RemoveOperation, ReplaceOperation, jsonptr};
use serde_json::{Map, Value};

use super::{Evidence, Mode};
use crate::path::{FieldPath, Segment};
use crate::subject::ContainerRef;
use crate::text::{Quoted, clipped, printable};

/// The longest message of a finding, in characters.
const MESSAGE_LIMIT: usize = 400;

/// The longest advice of a finding, in characters.
const ADVICE_LIMIT: usize = 1_000;

/// What a rule saw and where; knows no policy and no mode.
///
/// As many of them are kept as a review may find, so each is small, whatever is in the object.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// The field it is about.
    pub at: FieldPath,
    /// The name of the container it is about; none where it is about the pod or the object.
    pub container: Option<String>,
    /// The part of what its rule demands that is not met, where the rule demands several things by name.
    pub part: Option<Box<str>>,
    /// What is the case, in one printable line; the same for the same flaw wherever its container
    /// stands in the list.
    pub message: String,
    /// What to do about it.
    pub remedy: Remedy,
    /// Whether it is about who writes, and not about what is there: then there is nothing to say of
    /// what somebody else has written before.
    pub is_of_write: bool,
    /// Whether it is only there to be held against: what cannot be said of an object, but may be
    /// said of the next one, was no better before.
    pub is_for_comparison: bool,
    /// The most that it does, whatever the mode of its rule.
    pub at_most: Mode,
    /// All that its harm depends on, where it is to be held against what stood before.
    pub evidence: Evidence,
}

/// What to do about a finding.
#[derive(Debug, Clone, PartialEq)]
pub enum Remedy {
    /// The smallest change that makes the rule pass.
    Edit(Edit),
    /// What a person has to decide.
    Advice(String),
}

/// A change of one field.
#[derive(Debug, Clone, PartialEq)]
pub enum Edit {
    /// The field gets this value; parents that are not there are made.
    Set(FieldPath, Value),
    /// The field goes.
    Remove(FieldPath),
}

impl Finding {
    /// A finding about the pod or the object.
    pub fn new(at: FieldPath, message: impl AsRef<str>, remedy: Remedy) -> Self {
        let message = printable(&clipped(message.as_ref(), MESSAGE_LIMIT)).into_owned();
        let evidence = Evidence::incomparable();
        let (remedy, at_most) = (remedy.bounded(), Mode::Deny);
        Self {
            at,
            container: None,
            part: None,
            message,
            remedy,
            is_of_write: false,
            is_for_comparison: false,
            at_most,
            evidence,
        }
    }

    /// The same, of one of the [parts](super::Rule::parts) of what its rule demands.
    #[must_use]
    pub fn of_part(self, part: &str) -> Self {
        Self { part: Some(part.into()), ..self }
    }

    /// The same, about who writes and not about what is there.
    #[must_use]
    pub fn of_write(self) -> Self {
        Self { is_of_write: true, ..self }
    }

    /// The same, only to be held against.
    #[must_use]
    pub fn for_comparison(self) -> Self {
        Self { is_for_comparison: true, ..self }
    }

    /// The same, which refuses nothing: what it rests on may be somebody else's decision.
    #[must_use]
    pub fn only_warns(self) -> Self {
        Self { at_most: Mode::Warn, ..self }
    }

    /// A finding about a container.
    pub fn of(
        c: &ContainerRef<'_, '_>,
        at: FieldPath,
        message: impl AsRef<str>,
        remedy: Remedy,
    ) -> Self {
        let name = printable(&clipped(c.name(), 253)).into_owned();
        Self { container: Some(name), ..Self::new(at, message, remedy) }
    }
}

impl Remedy {
    /// Sets the field at `at` to `value`.
    pub fn set(at: FieldPath, value: impl Into<Value>) -> Self {
        Self::Edit(Edit::Set(at, value.into()))
    }

    /// Removes the field at `at`.
    pub fn remove(at: FieldPath) -> Self {
        Self::Edit(Edit::Remove(at))
    }

    /// The same with no more advice than anybody reads.
    fn bounded(self) -> Self {
        match self {
            Self::Advice(text) if text.len() > ADVICE_LIMIT => {
                Self::Advice(clipped(&text, ADVICE_LIMIT).into_owned())
            }
            other => other,
        }
    }

    /// The JSON patch (RFC 6902) of this remedy for `object`; none where a person has to decide.
    pub fn patch(&self, object: &Value) -> Option<Patch> {
        match self {
            Self::Edit(edit) => edit.operation(object).map(|operation| Patch(vec![operation])),
            Self::Advice(_) => None,
        }
    }
}

impl fmt::Display for Remedy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Edit(Edit::Set(at, Value::String(text))) => {
                write!(f, "set {at}: {}", printable(text))
            }
            Self::Edit(Edit::Set(at, value)) => write!(f, "set {at}: {value}"),
            Self::Edit(Edit::Remove(at)) => write!(f, "remove {at}"),
            Self::Advice(text) => f.write_str(&printable(text)),
        }
    }
}

impl Edit {
    fn operation(&self, object: &Value) -> Option<PatchOperation> {
        match self {
            Self::Remove(at) => {
                let path = pointer(at)?;
                let is_there = object.pointer(path.as_str()).is_some();
                is_there.then_some(PatchOperation::Remove(RemoveOperation { path }))
            }
            Self::Set(at, value) => set_operation(at, value, object),
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "what has no patch keeps its advice")]
fn pointer(path: &FieldPath) -> Option<jsonptr::PointerBuf> {
    jsonptr::PointerBuf::parse(path.pointer()).ok()
}

/// Adds or replaces the first field on the way to `at` that is not a mapping yet, with the rest
/// of the way inside it.
fn set_operation(at: &FieldPath, value: &Value, object: &Value) -> Option<PatchOperation> {
    let segments = at.segments();
    let mut here = object;
    for (depth, segment) in segments.iter().enumerate() {
        let is_last = depth + 1 == segments.len();
        let next = match segment {
            Segment::Key(key) => here.get(key.as_ref()),
            Segment::Index(index) => Some(here.get(*index)?),
        };
        match next {
            Some(next) if !is_last && !next.is_null() => here = next,
            found => {
                let path = pointer(&FieldPath::from_segments(segments.get(..=depth)?.to_vec()))?;
                let value = nested(segments.get(depth + 1..)?, value)?;
                return Some(match found {
                    None => PatchOperation::Add(AddOperation { path, value }),
                    Some(_) => PatchOperation::Replace(ReplaceOperation { path, value }),
                });
            }
        }
    }
    None
}

/// `value` inside mappings with these keys.
fn nested(segments: &[Segment], value: &Value) -> Option<Value> {
    segments.iter().rev().try_fold(value.clone(), |inner, segment| match segment {
        Segment::Key(key) => Some(Value::Object(Map::from_iter([(key.to_string(), inner)]))),
        Segment::Index(_) => None,
    })
}

/// A container as messages name it: `init container "migrate"`.
impl fmt::Display for ContainerRef<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.role.as_str(), Quoted(self.name()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn patched(object: &Value, remedy: &Remedy) -> Value {
        let mut patched = object.clone();
        let patch = remedy.patch(object).expect("a patch");
        json_patch::patch(&mut patched, &patch).expect("applies");
        patched
    }

    #[test]
    fn a_field_is_set_whatever_of_its_parents_is_there() {
        let at = FieldPath::root().key("a").index(0).keys(&["b", "c"]);
        let want = json!({"a": [{"b": {"c": true}}]});
        for object in [
            json!({"a": [{}]}),
            json!({"a": [{"b": null}]}),
            json!({"a": [{"b": {}}]}),
            json!({"a": [{"b": {"c": false}}]}),
        ] {
            assert_eq!(patched(&object, &Remedy::set(at.clone(), true)), want, "{object}");
        }
    }

    #[test]
    fn a_patch_for_a_list_element_that_is_not_there_is_none() {
        let at = FieldPath::root().key("a").index(3).key("b");
        assert_eq!(Remedy::set(at, true).patch(&json!({"a": []})), None);
    }
}
