//! What is judged of an object, as it is written: compared without being read.

use memchr::memmem;

use super::kind::Kind;
use super::members::{Ambiguous, Members};

/// Whether all that is judged of `new` is byte for byte what it is in `old`.
///
/// Such an update changes nothing that a policy could be about, whatever else is to be said of the
/// object: that it cannot be read, or holds more than is reviewed. `with_labels` says whether the
/// labels of the object decide which policies bind it, or what a rule finds.
pub fn is_unchanged(kind: &Kind, new: &[u8], old: &[u8], with_labels: bool) -> bool {
    // Those of a Pod are also its template's, and what a mount shows may be made from them.
    let has_made_paths = |object| memmem::find(object, b"subPathExpr").is_some();
    let with_labels = with_labels || kind.is_pod() && (has_made_paths(new) || has_made_paths(old));
    let paths = judged_paths(kind, with_labels);
    match (judged(&paths, new), judged(&paths, old)) {
        (Ok(new), Ok(old)) => new == old,
        // Not to be told apart is not to be the same.
        _ => false,
    }
}

type Value<'b> = Option<&'b [u8]>;

/// The keys that lead to all that is judged of objects of a kind, in order.
///
/// `with_labels` says whether the labels of the object decide which policies bind it, or what a rule
/// finds.
pub fn judged_paths(kind: &Kind, with_labels: bool) -> Vec<Vec<&str>> {
    let mut paths = vec![vec!["apiVersion"], vec!["kind"], vec!["metadata", "annotations"]];
    // The labels of a Pod are those of its template as well.
    if with_labels {
        paths.push(vec!["metadata", "labels"]);
    }
    paths.extend(kind.shape.own_fields().iter().map(|keys| keys.to_vec()));
    // A Pod is its own template, of which the rest is looked at.
    for template in kind.templates().iter().filter(|template| !template.keys().is_empty()) {
        paths.push(template.keys().iter().map(AsRef::as_ref).collect());
    }
    paths.sort_unstable();
    paths.dedup();
    paths
}

fn judged<'b>(paths: &[Vec<&str>], object: &'b [u8]) -> Result<Vec<Value<'b>>, Ambiguous> {
    let mut values = vec![None; paths.len()];
    follow(paths, 0, object, &mut values)?;
    Ok(values)
}

/// Finds the values at the ends of `paths`, whose first `depth` keys lead to `object`, in one pass
/// over it; paths that begin with the same keys are neighbours.
fn follow<'b>(
    paths: &[Vec<&str>],
    depth: usize,
    object: &'b [u8],
    values: &mut [Value<'b>],
) -> Result<(), Ambiguous> {
    let mut members = Members::of(object);
    let mut seen = vec![false; paths.len()];
    for member in members.by_ref() {
        let leads = |path: &Vec<&str>| path.get(depth).copied() == member.key.as_deref();
        let Some(start) = paths.iter().position(leads).filter(|_| member.key.is_some()) else {
            continue;
        };
        if seen.get_mut(start).is_some_and(|seen| std::mem::replace(seen, true)) {
            return Err(Ambiguous);
        }
        let count = paths.iter().skip(start).take_while(|path| leads(path)).count();
        let (Some(paths), Some(values)) =
            (paths.get(start..start + count), values.get_mut(start..start + count))
        else {
            continue;
        };
        // The shortest is the first.
        let ends = usize::from(paths.first().is_some_and(|path| path.len() == depth + 1));
        if let Some(value) = values.first_mut().filter(|_| ends == 1) {
            *value = Some(member.value);
        }
        let (_, paths) = paths.split_at(ends);
        let (_, values) = values.split_at_mut(ends);
        if !paths.is_empty() && member.value != b"null" {
            follow(paths, depth + 1, member.value, values)?;
        }
    }
    if members.is_whole() { Ok(()) } else { Err(Ambiguous) }
}
