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
    let made = (0..1_000)
        .filter_map(|index| patches.next(&Remedy::remove(FieldPath::root().key("a").index(index))));
    let size: usize = made.map(|p| serde_json::to_string(&p).expect("JSON").len()).sum();
    assert!(size < 1 << 20, "{size}");
}
