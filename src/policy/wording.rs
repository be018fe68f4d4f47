//! What is wrong with a field of a policy, in words that say what would have been right.

use std::fmt::Write as _;

use crate::path::{FieldPath, Segment};
use crate::rules::COMMON_KEYS;
use crate::rules::catalog::CATALOG;
use crate::text::nearest;
use crate::yaml::{FieldError, Mismatch};

/// The form of a policy's name, as of every Kubernetes object's.
pub(super) const NAME_FORM: &str = "must be lower-case letters, digits, `-` and `.`, begin and end with a \
                         letter or digit on both sides of every `.`, and have at most 253";

/// The field to point at, and what to say of it.
pub(super) fn said(fault: &FieldError) -> (FieldPath, String) {
    said_of(fault, "the policy")
}

/// The same, of a document that is called `whole`.
pub(super) fn said_of(fault: &FieldError, whole: &str) -> (FieldPath, String) {
    let path = &fault.path;
    let is_root = path.segments().is_empty();
    let shown = if is_root { whole.to_owned() } else { format!("`{path}`") };
    match &fault.mismatch {
        Mismatch::UnknownField { key, known } => unknown_field(path, key, known),
        Mismatch::UnknownValue { value, known } => {
            (path.clone(), format!("{shown} knows no `{value}`{}", hint(value, known)))
        }
        Mismatch::Missing(key) => (path.clone(), format!("{shown} lacks the field `{key}`")),
        mismatch => (path.clone(), format!("{shown}: {mismatch}")),
    }
}

fn unknown_field(holder: &FieldPath, key: &str, known: &[&'static str]) -> (FieldPath, String) {
    let exact = holder.clone().key(key.to_owned());
    let below_rules = match holder.segments() {
        [_, Segment::Key(rules), rest @ ..] if rules == "rules" => Some(rest.len()),
        _ => None,
    };
    let text = match below_rules {
        Some(0) => {
            let near = nearest(key, known.iter().copied());
            let help = near.map_or_else(
                || format!("`plimsoll rules` lists all {}", CATALOG.len()),
                |near| format!("did you mean `{near}`?"),
            );
            format!("no rule is called `{key}`; {help}")
        }
        Some(1) => {
            let known = [known, &COMMON_KEYS].concat();
            format!("`{holder}` knows no `{key}`{}", hint(key, &known))
        }
        _ if holder.segments().is_empty() => {
            format!("there is no field `{key}`{}", hint(key, known))
        }
        _ => format!("`{holder}` knows no `{key}`{}", hint(key, known)),
    };
    (exact, text)
}

fn hint(unknown: &str, known: &[&str]) -> String {
    let mut text = String::new();
    match nearest(unknown, known.iter().copied()) {
        Some(near) => {
            let _ = write!(text, "; did you mean `{near}`?");
        }
        None if !known.is_empty() => {
            let _ = write!(text, "; it takes `{}`", known.join("`, `"));
        }
        None => {}
    }
    text
}
