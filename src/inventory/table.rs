//! What is known of one kind of neighbour: persistent, so that an event costs little and whoever
//! reads the old state never waits.

use jiff::Timestamp;
use rpds::{HashTrieMapSync, RedBlackTreeMapSync};

use super::neighbour::{Neighbour, Unseen};

/// Whether anybody looks at the objects of a kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sight {
    /// Nobody does.
    #[default]
    NotLookedAt,
    /// All of them are known.
    Known,
    /// They were known until this moment.
    StaleSince(Timestamp),
}

/// The object that something is known from.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Origin {
    /// Its kind.
    pub kind: &'static str,
    /// Its namespace; none in a manifest that leaves it to whoever applies it.
    pub namespace: Option<String>,
    /// Its name.
    pub name: String,
}

/// What is known under a name, from one object or several.
type Held<V> = Vec<(Origin, V)>;

/// What is known of the neighbours of one kind, by name and namespace.
#[derive(Debug, Clone)]
pub(super) struct Table<V: Clone> {
    kind: Neighbour,
    pub(super) sight: Sight,
    /// By name, then by namespace; what is in none is under the empty one, which no namespace is
    /// called.
    by_name: HashTrieMapSync<String, RedBlackTreeMapSync<String, Held<V>>>,
    /// The names under which something is known from an object.
    names: HashTrieMapSync<Origin, Vec<String>>,
}

fn place_of(origin: &Origin) -> &str {
    origin.namespace.as_deref().unwrap_or_default()
}

impl<V: Clone> Table<V> {
    pub(super) fn of(kind: Neighbour) -> Self {
        let sight = Sight::default();
        let (by_name, names) = (HashTrieMapSync::new_sync(), HashTrieMapSync::new_sync());
        Self { kind, sight, by_name, names }
    }

    /// Takes note of all that is known from an object, in place of what was.
    pub(super) fn apply(&mut self, origin: &Origin, known: impl IntoIterator<Item = (String, V)>) {
        self.delete(origin);
        let mut names = Vec::new();
        for (name, value) in known {
            let mut by_namespace =
                self.by_name.get(&name).cloned().unwrap_or_else(RedBlackTreeMapSync::new_sync);
            let mut held = by_namespace.get(place_of(origin)).cloned().unwrap_or_default();
            held.push((origin.clone(), value));
            by_namespace.insert_mut(place_of(origin).to_owned(), held);
            self.by_name.insert_mut(name.clone(), by_namespace);
            names.push(name);
        }
        if !names.is_empty() {
            self.names.insert_mut(origin.clone(), names);
        }
    }

    /// Forgets what is known from an object that is gone.
    pub(super) fn delete(&mut self, origin: &Origin) {
        let names = self.names.get(origin).cloned().unwrap_or_default();
        self.names.remove_mut(origin);
        for name in names {
            let Some(by_namespace) = self.by_name.get_mut(&name) else { continue };
            if let Some(held) = by_namespace.get_mut(place_of(origin)) {
                held.retain(|(of, _)| of != origin);
                if held.is_empty() {
                    by_namespace.remove_mut(place_of(origin));
                }
            }
            if by_namespace.is_empty() {
                self.by_name.remove_mut(&name);
            }
        }
    }

    /// All that somebody in `namespace` would find under `name`.
    ///
    /// A manifest without a namespace lands wherever it is applied, so it counts for any, and to a
    /// workload without one anything may be a neighbour.
    ///
    /// # Errors
    /// Where nobody looks at the kind, or no longer.
    pub(super) fn find<'t>(
        &'t self,
        namespace: Option<&str>,
        name: &str,
    ) -> Result<impl Iterator<Item = &'t V> + use<'t, V>, Unseen> {
        let unseen = |since| Err(Unseen { kind: self.kind, since });
        match self.sight {
            Sight::Known => {}
            Sight::NotLookedAt => return unseen(None),
            Sight::StaleSince(moment) => return unseen(Some(moment)),
        }
        let by_namespace = self.by_name.get(name);
        let named = namespace.and_then(|namespace| by_namespace?.get(namespace));
        let anywhere = namespace.and_then(|_| by_namespace?.get(""));
        let all = by_namespace.filter(|_| namespace.is_none());
        let held = named.into_iter().chain(anywhere);
        Ok(held
            .chain(all.into_iter().flat_map(RedBlackTreeMapSync::values))
            .flatten()
            .map(|(_, value)| value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(kind: &'static str, namespace: Option<&str>, name: &str) -> Origin {
        Origin { kind, namespace: namespace.map(str::to_owned), name: name.to_owned() }
    }

    fn known() -> Table<u8> {
        Table { sight: Sight::Known, ..Table::of(Neighbour::Secret) }
    }

    fn found(table: &Table<u8>, namespace: Option<&str>) -> Result<Vec<u8>, Unseen> {
        table.find(namespace, "db").map(|found| found.copied().collect())
    }

    #[test]
    fn an_object_takes_the_place_of_what_was_known_from_it_and_of_nothing_else() {
        let mut table = known();
        let (own, other) = (origin("Secret", Some("shop"), "db"), origin("X", Some("shop"), "x"));
        table.apply(&own, [("db".to_owned(), 1)]);
        table.apply(&other, [("db".to_owned(), 2), ("mail".to_owned(), 2)]);
        let before = table.clone();
        table.apply(&other, [("db".to_owned(), 3)]);
        assert_eq!(found(&table, Some("shop")), Ok(vec![1, 3]));
        assert_eq!(table.find(Some("shop"), "mail").map(Iterator::count), Ok(0));
        table.delete(&own);
        table.delete(&other);
        assert_eq!(found(&table, Some("shop")), Ok(vec![]));
        // Whoever holds the old state keeps it.
        assert_eq!(found(&before, Some("shop")), Ok(vec![1, 2]));
    }

    #[test]
    fn what_is_in_no_namespace_yet_is_a_neighbour_in_any() {
        let mut table = known();
        table.apply(&origin("Secret", None, "db"), [("db".to_owned(), 1)]);
        table.apply(&origin("Secret", Some("shop"), "db"), [("db".to_owned(), 2)]);
        assert_eq!(found(&table, Some("shop")), Ok(vec![2, 1]));
        assert_eq!(found(&table, Some("other")), Ok(vec![1]));
        assert_eq!(found(&table, None), Ok(vec![1, 2]));
    }

    #[test]
    fn what_nobody_looks_at_or_no_longer_is_not_known() {
        let mut table = Table::<u8>::of(Neighbour::Secret);
        let unseen = |since| Err(Unseen { kind: Neighbour::Secret, since });
        assert_eq!(found(&table, None), unseen(None));
        table.sight = Sight::StaleSince(Timestamp::UNIX_EPOCH);
        assert_eq!(found(&table, None), unseen(Some(Timestamp::UNIX_EPOCH)));
    }
}
