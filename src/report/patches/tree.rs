//! Values of JSON by the path of a field.

use serde_json::{Map, Value};

use crate::path::Segment;

/// Whether the path asks for keys of mappings and elements of lists where the object has such.
pub(super) fn fits(value: &Value, path: &[Segment]) -> bool {
    let mut here = Some(value);
    path.iter().all(|segment| {
        let fits = match (segment, here) {
            (Segment::Key(_), Some(value)) => !value.is_array(),
            (Segment::Index(_), Some(value)) => value.is_array(),
            (_, None) => true,
        };
        here = here.and_then(|value| find(value, std::slice::from_ref(segment)));
        fits
    })
}

pub(super) fn find<'v>(value: &'v Value, path: &[Segment]) -> Option<&'v Value> {
    path.iter().try_fold(value, |here, segment| match segment {
        Segment::Key(key) => here.get(key.as_ref()),
        Segment::Index(index) => here.get(*index),
    })
}

/// How many values there are in all, and how many levels of them.
pub(super) fn extent(value: &Value) -> (usize, usize) {
    let below = |(count, height): (usize, usize), value: &Value| {
        let (more, levels) = extent(value);
        (count + more, height.max(levels + 1))
    };
    match value {
        Value::Array(elements) => elements.iter().fold((1, 0), below),
        Value::Object(fields) => fields.values().fold((1, 0), below),
        _ => (1, 0),
    }
}

/// Sets a field; mappings on the way that are not there are made, elements of lists are not.
pub(super) fn set(value: &mut Value, path: &[Segment], new: Value) -> Option<()> {
    let lists = (0..path.len()).filter(|&at| matches!(path.get(at), Some(Segment::Index(_))));
    if let Some(last) = lists.max() {
        find(value, path.get(..=last)?)?;
    }
    let mut here = value;
    for segment in path {
        here = match segment {
            Segment::Key(key) => {
                if !here.is_object() {
                    *here = Value::Object(Map::new());
                }
                here.as_object_mut()?.entry(key.as_ref()).or_insert(Value::Null)
            }
            Segment::Index(index) => here.get_mut(*index)?,
        };
    }
    *here = new;
    Some(())
}

/// Removes a field of a mapping, where it is there.
pub(super) fn remove(value: &mut Value, path: &[Segment]) {
    let Some((Segment::Key(key), around)) = path.split_last() else { return };
    let mut here = value;
    for segment in around {
        let next = match segment {
            Segment::Key(key) => here.get_mut(key.as_ref()),
            Segment::Index(index) => here.get_mut(*index),
        };
        let Some(next) = next else { return };
        here = next;
    }
    if let Value::Object(fields) = here {
        fields.remove(key.as_ref());
    }
}
