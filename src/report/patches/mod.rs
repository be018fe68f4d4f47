//! The fixes of one object as JSON patches (RFC 6902) that can be applied one by one, or in order.
//!
//! Each patch alone makes its own finding pass. Applied one after the other they do not undo each
//! other: what a patch has to write anew holds what those before it wrote there, and a list that has
//! lost an element is replaced, since every index behind that element means another one.

mod fixed;
mod tree;

use std::collections::BTreeSet;

use json_patch::{
    AddOperation, Patch, PatchOperation, RemoveOperation, ReplaceOperation, jsonptr::PointerBuf,
};
use serde_json::Value;

use crate::path::{FieldPath, Segment};
use crate::rules::{Edit, Remedy};
use fixed::Fixed;
use tree::{extent, find, fits, remove, set};

/// How deep the value of a patch may be: readers of JSON go no deeper than 128 levels.
const PATCH_DEPTH_LIMIT: usize = 64;

/// How many values the patches of one object may hold together. Each patch that replaces a list
/// holds the whole of it, so that a long list of flaws would otherwise make an endless report.
const VALUE_LIMIT: usize = 100_000;

/// The patches of one object, made in the order in which its findings are reported.
pub struct Patches {
    /// The object as it is.
    original: Value,
    /// The object with every fix so far.
    fixed: Fixed,
    /// What was given a new value as a whole: an index below it is none of the original's.
    written: BTreeSet<Vec<Segment>>,
    /// How many values the patches may still hold.
    left: usize,
}

/// What a patch changes.
struct Change<'p> {
    /// The place that gets a new value, or goes.
    at: &'p [Segment],
    /// How.
    how: How,
}

enum How {
    Remove,
    /// Of a field that is gone already where the patches are applied in order.
    RemoveAgain,
    Add,
    Replace,
}

impl Patches {
    /// The patches for an object, none of them made yet.
    pub fn of(original: Value) -> Self {
        let fixed = Fixed::new(original.clone());
        Self { original, fixed, written: BTreeSet::new(), left: VALUE_LIMIT }
    }

    /// The patch of the next finding; none where a person has to decide, where the object does not
    /// hold what is to be changed, and where the patches before it hold all they may.
    pub fn next(&mut self, remedy: &Remedy) -> Option<Patch> {
        let Remedy::Edit(edit) = remedy else { return None };
        let (Edit::Set(at, _) | Edit::Remove(at)) = edit;
        let path = at.segments();
        if self.is_rewritten_list(path) || !fits(&self.original, path) {
            return None;
        }
        let change = match edit {
            Edit::Set(..) => self.change_to_set(path)?,
            Edit::Remove(_) => self.change_to_remove(path)?,
        };
        self.afford(&change)?;
        match edit {
            Edit::Set(_, value) => {
                set(&mut self.fixed.value, path, value.clone())?;
                self.written.insert(path.to_vec());
            }
            Edit::Remove(_) if matches!(path.last(), Some(Segment::Index(_))) => {
                self.fixed.remove_element(path);
            }
            Edit::Remove(_) => remove(&mut self.fixed.value, path),
        }
        self.operations(&change).map(Patch)
    }

    fn operations(&self, change: &Change<'_>) -> Option<Vec<PatchOperation>> {
        let pointer = FieldPath::from_segments(change.at.to_vec()).pointer();
        let path = PointerBuf::parse(pointer).ok()?;
        let remove = PatchOperation::Remove(RemoveOperation { path: path.clone() });
        Some(match change.how {
            How::Remove => vec![remove],
            // Works whether the field is there or not.
            How::RemoveAgain => {
                vec![PatchOperation::Add(AddOperation { path, value: Value::Null }), remove]
            }
            How::Add => {
                vec![PatchOperation::Add(AddOperation {
                    path,
                    value: self.fixed.value_at(change.at)?,
                })]
            }
            How::Replace => {
                let value = self.fixed.value_at(change.at)?;
                vec![PatchOperation::Replace(ReplaceOperation { path, value })]
            }
        })
    }

    /// Takes what a change holds from what the patches may hold.
    fn afford(&mut self, change: &Change<'_>) -> Option<()> {
        if matches!(change.how, How::Remove | How::RemoveAgain) {
            return Some(());
        }
        let (count, height) = find(&self.fixed.value, change.at).map_or((1, 0), extent);
        self.left = self.left.checked_sub(count)?;
        (height <= PATCH_DEPTH_LIMIT).then_some(())
    }

    /// Whether an element is meant of a list that a fix before wrote anew.
    fn is_rewritten_list(&self, path: &[Segment]) -> bool {
        let lists = (0..path.len()).filter(|&at| matches!(path.get(at), Some(Segment::Index(_))));
        lists.max().is_some_and(|list| {
            (0..=list).any(|end| path.get(..end).is_some_and(|above| self.written.contains(above)))
        })
    }

    /// The first place on the way that is no collection, in the object as it is or with the fixes
    /// so far; at the latest the field itself.
    fn change_to_set<'p>(&self, path: &'p [Segment]) -> Option<Change<'p>> {
        for depth in 0..path.len() {
            let here = path.get(..=depth)?;
            if self.fixed.has_shifted(here) {
                return Some(Change { at: path.get(..depth)?, how: How::Replace });
            }
            let (original, fixed) = (find(&self.original, here), find(&self.fixed.value, here));
            let is_list =
                |tree| path.get(..depth).and_then(|p| find(tree, p)).is_some_and(Value::is_array);
            let is_key = matches!(here.last(), Some(Segment::Key(_)));
            if is_key && (is_list(&self.original) || is_list(&self.fixed.value)) {
                return None;
            }
            let is_collection = |value: Option<&Value>| {
                value.is_some_and(|value| value.is_object() || value.is_array())
            };
            let is_field = depth + 1 == path.len();
            if is_field || !is_collection(original) || !is_collection(fixed) {
                // An element of a list that is not there cannot be made.
                if matches!(here.last(), Some(Segment::Index(_))) && original.is_none() {
                    return None;
                }
                let is_there = original.is_some() && fixed.is_some();
                return Some(Change {
                    at: here,
                    how: if is_there { How::Replace } else { How::Add },
                });
            }
        }
        None
    }

    /// The field itself, where it is still there and at its place; else what is around it.
    fn change_to_remove<'p>(&self, path: &'p [Segment]) -> Option<Change<'p>> {
        find(&self.original, path)?;
        for depth in 0..path.len() {
            let here = path.get(..=depth)?;
            if self.fixed.has_shifted(here) {
                return Some(Change { at: path.get(..depth)?, how: How::Replace });
            }
            if find(&self.fixed.value, here).is_none() {
                let around = path.get(..depth)?;
                let is_field_of_mapping = depth + 1 == path.len()
                    && find(&self.fixed.value, around).is_some_and(Value::is_object);
                return Some(if is_field_of_mapping {
                    Change { at: path, how: How::RemoveAgain }
                } else {
                    Change { at: around, how: How::Replace }
                });
            }
        }
        (!path.is_empty()).then_some(Change { at: path, how: How::Remove })
    }
}

#[cfg(test)]
mod tests;
