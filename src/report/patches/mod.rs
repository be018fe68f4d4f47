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
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    /// Small on purpose, so that fixes meet.
    fn path() -> impl Strategy<Value = Vec<Segment>> {
        let segment = prop_oneof![
            3 => prop::sample::select(vec!["a", "b", "c"]).prop_map(|key| Segment::Key(key.into())),
            2 => (0..3_usize).prop_map(Segment::Index),
        ];
        prop::collection::vec(segment, 1..5)
    }

    fn object() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![Just(json!(null)), Just(json!(1)), Just(json!("x"))];
        let value = leaf.prop_recursive(4, 40, 3, |inner| {
            let fields = prop::collection::btree_map(
                prop::sample::select(vec!["a", "b", "c"]),
                inner.clone(),
                0..4,
            );
            let object = |fields: std::collections::BTreeMap<&str, Value>| {
                Value::Object(fields.into_iter().map(|(k, v)| (k.to_owned(), v)).collect())
            };
            prop_oneof![
                prop::collection::vec(inner, 0..4).prop_map(Value::Array),
                fields.prop_map(object)
            ]
        });
        prop::collection::vec(value, 3).prop_map(|mut values| {
            json!({"a": values.pop(), "b": [values.pop(), {"a": [1, 2, 3]}], "c": values.pop()})
        })
    }

    fn remedies() -> impl Strategy<Value = Vec<Remedy>> {
        let remedy = (path(), 0..4_i32).prop_map(|(path, value)| {
            let path = FieldPath::from_segments(path);
            if value == 0 { Remedy::remove(path) } else { Remedy::set(path, value) }
        });
        prop::collection::vec(remedy, 1..8)
    }

    /// Whether the fix of a remedy is there.
    fn is_mended(object: &Value, remedy: &Remedy) -> bool {
        match remedy {
            Remedy::Edit(Edit::Set(at, value)) => find(object, at.segments()) == Some(value),
            Remedy::Edit(Edit::Remove(at)) => find(object, at.segments()).is_none(),
            Remedy::Advice(_) => true,
        }
    }

    fn applied(object: &Value, patch: &Patch) -> Value {
        let mut patched = object.clone();
        if let Err(error) = json_patch::patch(&mut patched, patch) {
            panic!("{error}\n{object}\n{}", serde_json::to_string(patch).expect("JSON"));
        }
        patched
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 4_000, failure_persistence: None, ..ProptestConfig::default() })]

        /// The oracle keeps removed elements in their places as well, and knows no patches.
        #[test]
        fn in_order_the_patches_do_all_they_are_for_and_nothing_else(
            object in object(), remedies in remedies(),
        ) {
            let mut patches = Patches::of(object.clone());
            let (mut in_order, mut wanted) = (object.clone(), object.clone());
            let mut gone = Vec::new();
            for remedy in &remedies {
                let Some(patch) = patches.next(remedy) else { continue };
                in_order = applied(&in_order, &patch);
                let Remedy::Edit(Edit::Set(at, _) | Edit::Remove(at)) = remedy else { continue };
                // What was to be mended in an element that is gone is gone with it.
                if gone.iter().any(|gone: &Vec<Segment>| at.segments().starts_with(gone)) {
                    continue;
                }
                match remedy {
                    Remedy::Edit(Edit::Set(at, value)) => {
                        set(&mut wanted, at.segments(), value.clone()).expect("can be set");
                    }
                    Remedy::Edit(Edit::Remove(at)) => match at.segments().last() {
                        Some(Segment::Index(_)) => {
                            // What is around it may be gone already.
                            if set(&mut wanted, at.segments(), json!("gone")).is_some() {
                                gone.push(at.segments().to_vec());
                            }
                        }
                        _ => remove(&mut wanted, at.segments()),
                    },
                    Remedy::Advice(_) => {}
                }
            }
            prop_assert_eq!(in_order, without_gone(&wanted));
        }

        #[test]
        fn each_patch_alone_does_what_it_is_for(object in object(), remedies in remedies()) {
            let mut patches = Patches::of(object.clone());
            // Where a list has lost an element, a place below a list is not where it was.
            let mut has_shifted = false;
            for remedy in &remedies {
                let Some(patch) = patches.next(remedy) else { continue };
                let alone = applied(&object, &patch);
                let Remedy::Edit(Edit::Set(at, _) | Edit::Remove(at)) = remedy else { continue };
                let is_index = |segment: &Segment| matches!(segment, Segment::Index(_));
                if let (Remedy::Edit(Edit::Remove(_)), Some((last, list))) =
                    (remedy, at.segments().split_last())
                    && is_index(last)
                {
                    let is_in_place = !has_shifted || !list.iter().any(is_index);
                    has_shifted = true;
                    let length = |object: &Value| {
                        find(object, list).and_then(Value::as_array).map_or(0, Vec::len)
                    };
                    let is_shorter = length(&alone) < length(&object);
                    prop_assert!(is_shorter || !is_in_place, "{alone} {remedy:?}");
                } else if !has_shifted || !at.segments().iter().any(is_index) {
                    prop_assert!(is_mended(&alone, remedy), "{alone} {remedy:?}");
                }
            }
        }
    }

    fn without_gone(value: &Value) -> Value {
        match value {
            Value::Array(elements) => {
                elements.iter().filter(|e| **e != json!("gone")).map(without_gone).collect()
            }
            Value::Object(fields) => {
                Value::Object(fields.iter().map(|(k, v)| (k.clone(), without_gone(v))).collect())
            }
            other => other.clone(),
        }
    }

    #[test]
    fn what_several_fixes_put_into_one_new_mapping_is_kept() {
        let at = |key: &'static str| FieldPath::root().keys(&["spec", "securityContext", key]);
        let mut patches = Patches::of(json!({"spec": {"x": 1}}));
        let first = patches.next(&Remedy::set(at("runAsNonRoot"), true)).expect("a patch");
        let second = patches.next(&Remedy::set(at("privileged"), false)).expect("a patch");
        assert_eq!(
            serde_json::to_value([first, second]).expect("JSON"),
            json!([
                [{"op": "add", "path": "/spec/securityContext", "value": {"runAsNonRoot": true}}],
                [{"op": "add", "path": "/spec/securityContext",
                  "value": {"runAsNonRoot": true, "privileged": false}}],
            ])
        );
    }

    #[test]
    fn a_field_that_two_policies_want_gone_goes_twice() {
        let object = json!({"spec": {"hostPID": true}});
        let remedy = Remedy::remove(FieldPath::root().keys(&["spec", "hostPID"]));
        let mut patches = Patches::of(object.clone());
        let (first, second) = (patches.next(&remedy), patches.next(&remedy));
        let (first, second) = (first.expect("a patch"), second.expect("a patch"));
        assert_eq!(applied(&applied(&object, &first), &second), json!({"spec": {}}));
        assert_eq!(applied(&object, &second), json!({"spec": {}}));
    }

    #[test]
    fn no_patch_is_deeper_than_readers_of_json_go() {
        let deep = (0..130).fold(json!(1), |inner, _| json!([inner]));
        let at = |index| FieldPath::root().key("a").index(index);
        let mut patches = Patches::of(json!({"a": [1, 2, deep], "b": 1}));
        assert!(patches.next(&Remedy::remove(at(0))).is_some());
        assert_eq!(patches.next(&Remedy::remove(at(1))), None);
        assert!(patches.next(&Remedy::remove(FieldPath::root().key("b"))).is_some());
    }

    #[test]
    fn a_second_element_that_goes_takes_the_first_with_it() {
        let at = |index| Remedy::remove(FieldPath::root().key("a").index(index));
        let mut patches = Patches::of(json!({"a": [0, 1, 2, 3]}));
        let made: Vec<_> = [1, 3, 0].into_iter().filter_map(|i| patches.next(&at(i))).collect();
        assert_eq!(
            serde_json::to_value(made).expect("JSON"),
            json!([
                [{"op": "remove", "path": "/a/1"}],
                [{"op": "replace", "path": "/a", "value": [0, 2]}],
                [{"op": "replace", "path": "/a", "value": [2]}],
            ])
        );
    }

    #[test]
    fn the_patches_of_a_long_list_of_flaws_stay_small() {
        let list: Vec<u32> = (0..16_000).collect();
        let mut patches = Patches::of(json!({ "a": list }));
        let made = (0..1_000).filter_map(|index| {
            patches.next(&Remedy::remove(FieldPath::root().key("a").index(index)))
        });
        let size: usize = made.map(|p| serde_json::to_string(&p).expect("JSON").len()).sum();
        assert!(size < 1 << 20, "{size}");
    }
}
