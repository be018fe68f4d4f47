//! What is judged of an object, as it is written: compared without being read.

use memchr::memmem;

use super::kind::WorkloadKind;
use super::members::{Ambiguous, only};

/// Whether all that is judged of `new` is byte for byte what it is in `old`.
///
/// Such an update changes nothing that a policy could be about, whatever else is to be said of the
/// object: that it cannot be read, or holds more than is reviewed. `with_labels` says whether the
/// labels of the object decide which policies bind it.
pub fn is_unchanged(kind: &WorkloadKind, new: &[u8], old: &[u8], with_labels: bool) -> bool {
    match (judged(kind, new, with_labels), judged(kind, old, with_labels)) {
        (Ok(new), Ok(old)) => new == old,
        // Not to be told apart is not to be the same.
        _ => false,
    }
}

type Value<'b> = Option<&'b [u8]>;

fn judged<'b>(
    kind: &WorkloadKind,
    object: &'b [u8],
    with_labels: bool,
) -> Result<Vec<Value<'b>>, Ambiguous> {
    let mut values = vec![only(object, "apiVersion")?, only(object, "kind")?];
    let metadata = only(object, "metadata")?.filter(|value| *value != b"null");
    let of_metadata = |key| metadata.map_or(Ok(None), |metadata| only(metadata, key));
    values.push(of_metadata("annotations")?);
    if with_labels || has_path_from_labels(kind, object)? {
        values.push(of_metadata("labels")?);
    }
    for path in kind.templates() {
        let mut here = Some(object);
        for key in path.keys() {
            here = match here.filter(|value| *value != b"null") {
                Some(value) => only(value, key)?,
                None => None,
            };
        }
        // A Pod is its own template, of which the rest was looked at.
        values.push(if path.keys().is_empty() { only(object, "spec")? } else { here });
    }
    Ok(values)
}

/// Whether the object's own labels may be part of a path of its pod: those of a Pod are also its
/// template's, and what a mount shows may be made from them.
fn has_path_from_labels(kind: &WorkloadKind, object: &[u8]) -> Result<bool, Ambiguous> {
    if !kind.is_pod() {
        return Ok(false);
    }
    let spec = only(object, "spec")?.unwrap_or_default();
    Ok(memmem::find(spec, b"subPathExpr").is_some())
}
