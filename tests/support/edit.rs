//! Changes of text that are made as often as was meant, or fail the test: text that is not found and
//! not replaced makes a test that proves nothing.

use serde_json::Value;

/// `text` with `by` in place of every `what`, of which there have to be `times`.
pub fn replaced(text: &str, what: &str, by: &str, times: usize) -> String {
    let found = text.matches(what).count();
    assert_eq!(found, times, "how often `{what}` is in {text:.2000}");
    text.replace(what, by)
}

/// `text` with `by` in place of `what`, which has to be there once.
pub fn replaced_once(text: &str, what: &str, by: &str) -> String {
    replaced(text, what, by, 1)
}

/// `object` as text with `text`, be it JSON or not, at the place that `pointer` names: an element
/// that is there, or a member that may be new.
pub fn planted(object: &Value, pointer: &str, text: &str) -> String {
    const MARK: &str = "the place where something is planted";
    let mut object = object.clone();
    let (parent, key) = pointer.rsplit_once('/').expect("a pointer");
    match object.pointer_mut(parent).unwrap_or_else(|| panic!("there is no `{parent}`")) {
        Value::Object(members) => drop(members.insert(key.to_owned(), MARK.into())),
        Value::Array(elements) => elements[key.parse::<usize>().expect("an index")] = MARK.into(),
        other => panic!("`{parent}` holds nothing: {other}"),
    }
    replaced_once(&object.to_string(), &Value::from(MARK).to_string(), text)
}
