//! Annotations that tell a controller what to do.

use super::Context;
use crate::path::FieldPath;

/// The value of an annotation, without the blanks around it; none where nothing is left.
pub(super) fn annotation<'c>(cx: &Context<'c>, key: &str) -> Option<&'c str> {
    let value = cx.metadata.annotations.get(key).map(|value| value.as_str().trim());
    value.filter(|value| !value.is_empty())
}

/// Whether an annotation says yes, as controllers written in Go read it.
pub(super) fn is_on(cx: &Context<'_>, key: &str) -> bool {
    annotation(cx, key).is_some_and(|v| matches!(v, "1" | "t" | "T" | "true" | "TRUE" | "True"))
}

/// Whether an annotation says no.
pub(super) fn is_off(cx: &Context<'_>, key: &str) -> bool {
    annotation(cx, key).is_some_and(|v| matches!(v, "0" | "f" | "F" | "false" | "FALSE" | "False"))
}

/// The place of an annotation.
pub(super) fn annotation_at(key: &str) -> FieldPath {
    FieldPath::root().keys(&["metadata", "annotations"]).found_key(key)
}
