//! An object with the fixes so far, in which every element of a list keeps its place.

use std::collections::BTreeSet;
use std::ops::Bound;

use serde_json::{Map, Value};

use super::tree::find;
use crate::path::Segment;

/// The object, and which elements of its lists are gone.
pub(super) struct Fixed {
    /// The object with every fix so far, but for elements of lists, which keep their places.
    pub(super) value: Value,
    removed: BTreeSet<Vec<Segment>>,
}

impl Fixed {
    pub(super) fn new(value: Value) -> Self {
        Self { value, removed: BTreeSet::new() }
    }

    /// Notes that an element of a list is gone.
    pub(super) fn remove_element(&mut self, path: &[Segment]) {
        self.removed.insert(path.to_vec());
    }

    /// Whether this is an element of a list that has lost one.
    pub(super) fn has_shifted(&self, path: &[Segment]) -> bool {
        let Some((Segment::Index(_), list)) = path.split_last() else { return false };
        let mut after =
            self.removed.range::<[Segment], _>((Bound::Excluded(list), Bound::Unbounded));
        // Paths below the list come right behind it, and those of its own elements first or not.
        after
            .by_ref()
            .take_while(|removed| removed.starts_with(list))
            .any(|removed| removed.len() == path.len())
    }

    /// What stands at a place with all fixes so far.
    pub(super) fn value_at(&self, path: &[Segment]) -> Option<Value> {
        let value = find(&self.value, path)?;
        Some(self.without_removed(value, &mut path.to_vec()))
    }

    fn without_removed(&self, value: &Value, path: &mut Vec<Segment>) -> Value {
        match value {
            Value::Array(elements) => {
                let mut kept = Vec::new();
                for (index, element) in elements.iter().enumerate() {
                    path.push(Segment::Index(index));
                    if !self.removed.contains(path) {
                        kept.push(self.without_removed(element, path));
                    }
                    path.pop();
                }
                Value::Array(kept)
            }
            Value::Object(fields) => {
                let mut kept = Map::new();
                for (key, field) in fields {
                    path.push(Segment::Key(key.clone().into()));
                    kept.insert(key.clone(), self.without_removed(field, path));
                    path.pop();
                }
                Value::Object(kept)
            }
            other => other.clone(),
        }
    }
}
