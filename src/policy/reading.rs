//! Reading a tree into a type with all that is wrong with it, and not only the first thing.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;

use super::wording::said_of;
use crate::path::{FieldPath, Segment};
use crate::text::nearest;
use crate::yaml::{FieldError, Mismatch, Node, Place};

/// The most faults of one document that are told.
pub(super) const MOST: usize = 100;

/// The most that are looked for; each is looked for anew from the start. Whatever a newer version knows,
/// it does not know so much more.
const LIMIT: usize = 1_000;

/// Reads a document that stands beside policies, such as their cases, as strictly as a policy:
/// messages call it `whole`.
///
/// # Errors
/// Everything that is wrong with it, in the order of its lines.
pub fn read_strictly<T: DeserializeOwned>(
    tree: &Node,
    whole: &str,
) -> Result<T, Vec<(Place, String)>> {
    let Reading { value, faults, .. } = Reading::of(tree);
    let said = |fault: &FieldError| {
        let (path, text) = said_of(fault, whole);
        (tree.locate(&path).clone(), text)
    };
    let mut said: Vec<(Place, String)> = faults.iter().map(said).collect();
    said.sort_by_key(|(place, _)| (place.line, place.column));
    said.truncate(MOST);
    value.filter(|_| said.is_empty()).ok_or(said)
}

/// What became of a tree.
pub(super) struct Reading<T> {
    /// What fits; none where too much does not.
    pub(super) value: Option<T>,
    /// Everything that does not, where it stands in the tree as it is written.
    pub(super) faults: Vec<FieldError>,
    /// What was taken out to come so far.
    pub(super) gone: Gone,
}

impl<T: DeserializeOwned> Reading<T> {
    /// Reads `tree`: what does not fit is taken out of it, and it is read again.
    pub(super) fn of(tree: &Node) -> Self {
        let mut left = tree.clone();
        let mut faults: Vec<FieldError> = Vec::new();
        let mut gone = Gone::default();
        loop {
            let fault = match T::deserialize(&left) {
                Ok(value) => return Self { value: Some(value), faults, gone },
                Err(fault) => fault,
            };
            let culprit = match &fault.mismatch {
                Mismatch::UnknownField { key, .. } => fault.path.clone().key(key.clone()),
                _ => fault.path.clone(),
            };
            let path = gone.as_written(&fault.path);
            let is_our_doing = match fault.mismatch {
                Mismatch::Missing(key) => {
                    gone.holds(&path.clone().key(key)) || is_misspelt(&faults, &path, key)
                }
                _ => false,
            };
            if !is_our_doing {
                faults.push(FieldError { path, mismatch: fault.mismatch });
            }
            let written = gone.as_written(&culprit);
            if faults.len() == LIMIT || !left.remove(&culprit) {
                return Self { value: None, faults, gone };
            }
            gone.note(&written);
        }
    }
}

/// Whether `holder` has a key that was said to stand for `key`.
fn is_misspelt(faults: &[FieldError], holder: &FieldPath, key: &str) -> bool {
    faults.iter().filter(|fault| fault.path == *holder).any(|fault| match &fault.mismatch {
        Mismatch::UnknownField { key: found, known } => {
            nearest(found, known.iter().copied()) == Some(key)
        }
        _ => false,
    })
}

/// What was taken out, by its path in the tree as it is written.
#[derive(Default)]
pub(super) struct Gone {
    keys: Vec<FieldPath>,
    /// The elements of each list, in order.
    elements: BTreeMap<FieldPath, Vec<usize>>,
}

impl Gone {
    fn note(&mut self, written: &FieldPath) {
        match written.segments().split_last() {
            Some((Segment::Index(index), list)) => {
                let list = FieldPath::from_segments(list.to_vec());
                let gone = self.elements.entry(list).or_default();
                gone.push(*index);
                gone.sort_unstable();
            }
            _ => self.keys.push(written.clone()),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.keys.is_empty() && self.elements.is_empty()
    }

    pub(super) fn holds(&self, written: &FieldPath) -> bool {
        self.keys.contains(written)
    }

    /// The path, in the tree as it is written, of what stands at `path` in what is left of it.
    pub(super) fn as_written(&self, path: &FieldPath) -> FieldPath {
        let mut written = FieldPath::root();
        for segment in path.segments() {
            written = match segment {
                Segment::Key(key) => written.key(key.clone()),
                Segment::Index(index) => {
                    let gone = self.elements.get(&written).map_or(&[][..], Vec::as_slice);
                    let index = gone.iter().fold(*index, |at, gone| at + usize::from(*gone <= at));
                    written.index(index)
                }
            };
        }
        written
    }
}
