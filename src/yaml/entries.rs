//! The entries of one mapping: each key once, with what merge keys bring.

use std::collections::HashMap;

use super::DocumentProblem;
use super::node::{Entry, Node, Place, Value};

/// How many entries are looked through one by one; of more there is an index.
const FEW: usize = 24;

/// Entries in the order written; what comes later counts, as `goyaml.v2` has it.
#[derive(Default)]
pub(super) struct Entries {
    all: Vec<Entry>,
    /// Of each entry, whether its key is written in this mapping, and not only brought by a merge.
    written: Vec<bool>,
    /// Where each key is, once there are more than [`FEW`].
    index: HashMap<String, usize>,
}

impl Entries {
    /// Adds an entry that is written in the mapping.
    pub(super) fn write(
        &mut self,
        key: String,
        key_place: Place,
        value: Node,
    ) -> Result<(), DocumentProblem> {
        match self.find(&key) {
            Some(at) if self.written.get(at) == Some(&true) => {
                Err(DocumentProblem::DuplicateKey(key))
            }
            found => {
                self.put(found, Entry { key, key_place, value }, true);
                Ok(())
            }
        }
    }

    /// Adds the entries that a merge key brings; of several sources the first one counts, so it is
    /// last.
    pub(super) fn merge(&mut self, value: Node) -> Result<(), DocumentProblem> {
        match value.value {
            Value::Mapping(entries) => self.bring(entries),
            Value::Sequence(nodes) => {
                for node in nodes.into_iter().rev() {
                    let Value::Mapping(entries) = node.value else {
                        return Err(DocumentProblem::BadMerge);
                    };
                    self.bring(entries);
                }
            }
            _ => return Err(DocumentProblem::BadMerge),
        }
        Ok(())
    }

    /// The entries, in order.
    pub(super) fn end(mut self) -> Vec<Entry> {
        self.all.shrink_to_fit();
        self.all
    }

    fn bring(&mut self, entries: Vec<Entry>) {
        for entry in entries {
            let found = self.find(&entry.key);
            self.put(found, entry, false);
        }
    }

    fn put(&mut self, found: Option<usize>, entry: Entry, is_written: bool) {
        let places = found.and_then(|at| Some((self.all.get_mut(at)?, self.written.get_mut(at)?)));
        if let Some((known, was_written)) = places {
            *known = entry;
            *was_written |= is_written;
            return;
        }
        if self.all.len() == FEW {
            let keys = self.all.iter().enumerate();
            self.index = keys.map(|(at, known)| (known.key.clone(), at)).collect();
        }
        if self.all.len() >= FEW {
            self.index.insert(entry.key.clone(), self.all.len());
        }
        self.all.push(entry);
        self.written.push(is_written);
    }

    fn find(&self, key: &str) -> Option<usize> {
        if self.all.len() > FEW {
            return self.index.get(key).copied();
        }
        self.all.iter().position(|entry| entry.key == key)
    }
}
