//! What is known from the objects of one kind: persistent, so that an event costs little and whoever
//! reads the old state never waits.

use rpds::{HashTrieMapSync, RedBlackTreeMapSync, RedBlackTreeSetSync};

use super::kinds::NeighbourKind;
use super::told::Told;
use super::trimmed::Trimmed;

/// What the objects of one kind tell, all of them together. A copy shares all that is not changed.
#[derive(Debug, Clone)]
pub struct Table {
    kind: &'static NeighbourKind,
    /// By the name that is told of, then by namespace; what is in none is under the empty one, which
    /// no namespace is called.
    by_name: HashTrieMapSync<Box<str>, ByNamespace>,
    /// By namespace the names under which something is told that is looked through.
    looked_through: HashTrieMapSync<Box<str>, RedBlackTreeSetSync<Box<str>>>,
    /// Where objects are that tell something about the namespaces of others.
    elsewhere: RedBlackTreeSetSync<Place>,
    /// The names that an object tells of, where that is not its own once.
    names: HashTrieMapSync<Place, Box<[Box<str>]>>,
    /// About how many bytes that takes.
    weight: usize,
    /// Whether something is left out because it would be too much.
    is_full: bool,
}

/// About how many bytes are kept of the objects of one kind: whoever may make objects must not be
/// able to take all memory by it.
pub(super) const WEIGHT_LIMIT: usize = 32 << 20;

/// How many objects of one kind may tell something about the namespaces of others: all of them are gone through
/// in reviews of whomever, whoever made them.
pub(super) const ELSEWHERE_LIMIT: usize = 2_000;

/// What an entry takes beside its texts, in bytes.
const ENTRY: usize = 560;

/// What is told of one name, by namespace.
type ByNamespace = RedBlackTreeMapSync<Box<str>, Vec<Entry>>;

/// What one object tells of a name.
#[derive(Debug, Clone)]
struct Entry {
    /// The name of the object; none where it is the name that it tells of.
    by: Option<Box<str>>,
    told: Told,
}

/// Where an object is: namespace and name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Place {
    namespace: Box<str>,
    name: Box<str>,
}

impl Place {
    /// None for an object without a name, which is none.
    fn of(object: &Trimmed) -> Option<Self> {
        let identity = object.identity();
        let name = identity.name.as_deref().filter(|name| !name.is_empty())?.into();
        Some(Self { namespace: identity.namespace.as_deref().unwrap_or_default().into(), name })
    }

    /// About how many bytes it takes to keep that the object here tells this of `name`.
    fn weight(&self, name: &str, told: &Told) -> usize {
        let by = if *name == *self.name { 0 } else { 2 * self.name.len() + name.len() };
        ENTRY + name.len() + self.namespace.len() + by + told.weight()
    }
}

impl Table {
    /// None of a kind.
    pub fn of(kind: &'static NeighbourKind) -> Self {
        let (by_name, names) = (HashTrieMapSync::new_sync(), HashTrieMapSync::new_sync());
        let (looked_through, elsewhere) =
            (HashTrieMapSync::new_sync(), RedBlackTreeSetSync::new_sync());
        Self { kind, by_name, looked_through, elsewhere, names, weight: 0, is_full: false }
    }

    /// The kind.
    pub fn kind(&self) -> &'static NeighbourKind {
        self.kind
    }

    /// Whether there was more than is kept: then what is known is not all that there is.
    pub fn is_full(&self) -> bool {
        self.is_full
    }

    /// Takes note of all that an object tells, in place of what it told, as far as there is room.
    pub fn apply(&mut self, object: &Trimmed) {
        let Some(place) = Place::of(object) else { return };
        self.forget(&place);
        let told = self.kind.told_by(object);
        let weight: usize = told.iter().map(|(name, told)| place.weight(name, told)).sum();
        let looks_elsewhere = told.iter().any(|(_, told)| told.looks_elsewhere());
        let is_crowded = looks_elsewhere && self.elsewhere.size() >= ELSEWHERE_LIMIT;
        if is_crowded || self.weight.saturating_add(weight) > WEIGHT_LIMIT {
            self.is_full = true;
            return;
        }
        if looks_elsewhere {
            self.elsewhere.insert_mut(place.clone());
        }
        self.weight += weight;
        let is_own = matches!(told.as_slice(), [(name, _)] if **name == *place.name);
        if !is_own && !told.is_empty() {
            let names = told.iter().map(|(name, _)| name.as_str().into()).collect();
            self.names.insert_mut(place.clone(), names);
        }
        for (name, told) in told {
            let name = name.into_boxed_str();
            if told.is_looked_through() {
                let of_namespace = self.looked_through.get(&place.namespace).cloned();
                let of_namespace = of_namespace.unwrap_or_else(RedBlackTreeSetSync::new_sync);
                self.looked_through
                    .insert_mut(place.namespace.clone(), of_namespace.insert(name.clone()));
            }
            let by = (name != place.name).then(|| place.name.clone());
            let mut by_namespace =
                self.by_name.get(&name).cloned().unwrap_or_else(ByNamespace::new_sync);
            let mut entries = by_namespace.get(&place.namespace).cloned().unwrap_or_default();
            entries.push(Entry { by, told });
            entries.shrink_to_fit();
            by_namespace.insert_mut(place.namespace.clone(), entries);
            self.by_name.insert_mut(name, by_namespace);
        }
    }

    /// Forgets what is known from an object that is gone.
    pub fn delete(&mut self, object: &Trimmed) {
        if let Some(place) = Place::of(object) {
            self.forget(&place);
        }
    }

    fn forget(&mut self, place: &Place) {
        let Place { namespace, name: own } = place;
        let names = self.names.get(place).cloned().unwrap_or_else(|| Box::from([own.clone()]));
        self.names.remove_mut(place);
        self.elsewhere.remove_mut(place);
        if let Some(of_namespace) = self.looked_through.get(namespace).map(|all| all.remove(own)) {
            if of_namespace.is_empty() {
                self.looked_through.remove_mut(namespace);
            } else {
                self.looked_through.insert_mut(namespace.clone(), of_namespace);
            }
        }
        for name in names {
            let Some(mut by_namespace) = self.by_name.get(&name).cloned() else { continue };
            let Some(mut entries) = by_namespace.get(namespace).cloned() else { continue };
            entries.retain(|entry| {
                let stays = entry.by.as_ref().unwrap_or(&name) != own;
                if !stays {
                    self.weight = self.weight.saturating_sub(place.weight(&name, &entry.told));
                }
                stays
            });
            if entries.is_empty() {
                by_namespace.remove_mut(namespace);
            } else {
                by_namespace.insert_mut(namespace.clone(), entries);
            }
            if by_namespace.is_empty() {
                self.by_name.remove_mut(&name);
            } else {
                self.by_name.insert_mut(name, by_namespace);
            }
        }
    }

    /// What is told of `name` in this namespace alone; the empty one is where nothing has landed yet.
    pub(super) fn within(&self, namespace: &str, name: &str) -> impl Iterator<Item = &Told> {
        let entries = self.by_name.get(name).and_then(|all| all.get(namespace));
        entries.into_iter().flatten().map(|entry| &entry.told)
    }

    /// The same, but for what is told of one name.
    pub(super) fn all_within_but(&self, namespace: &str, but: &str) -> impl Iterator<Item = &Told> {
        let names = self.looked_through.get(namespace).into_iter().flatten();
        let names = names.filter(move |name| ***name != *but);
        let told =
            names.filter_map(move |name| self.by_name.get(name).and_then(|all| all.get(namespace)));
        told.flatten().map(|entry| &entry.told)
    }

    /// What is looked through, in this namespace alone.
    pub(super) fn all_within(&self, namespace: &str) -> impl Iterator<Item = &Told> {
        let names = self.looked_through.get(namespace).into_iter().flatten();
        let told =
            names.filter_map(move |name| self.by_name.get(name).and_then(|all| all.get(namespace)));
        told.flatten().map(|entry| &entry.told)
    }

    /// What is looked through, wherever it is.
    pub(super) fn all_anywhere(&self) -> impl Iterator<Item = &Told> {
        self.by_name.values().flat_map(ByNamespace::values).flatten().map(|entry| &entry.told)
    }

    /// What is told about the namespaces of others, wherever it is.
    pub(super) fn all_elsewhere(&self) -> impl Iterator<Item = &Told> {
        let told =
            self.elsewhere.iter().flat_map(|place| self.within(&place.namespace, &place.name));
        told.filter(|told| told.looks_elsewhere())
    }

    /// In which namespaces something is told of `name`.
    pub(super) fn namespaces(&self, name: &str) -> impl Iterator<Item = &str> {
        self.by_name.get(name).into_iter().flat_map(ByNamespace::keys).map(|name| &**name)
    }

    /// What is told of `name` wherever it is.
    pub(super) fn anywhere(&self, name: &str) -> impl Iterator<Item = &Told> {
        let all = self.by_name.get(name).into_iter().flat_map(ByNamespace::values);
        all.flatten().map(|entry| &entry.told)
    }
}

#[cfg(test)]
mod tests {
    use super::super::keys::Keys;
    use super::*;

    /// An `ExternalSecret` of this name in `shop`, that makes a Secret.
    fn external(name: &str, makes: &str) -> Trimmed {
        let text = format!(
            r#"{{"metadata": {{"name": "{name}", "namespace": "shop"}}, "spec": {{"target": {{"name": "{makes}"}}}}}}"#
        );
        serde_json::from_str(&text).expect("an object")
    }

    fn table(group: &str, kind: &str) -> Table {
        Table::of(NeighbourKind::find(group, kind).expect("a kind"))
    }

    fn found(table: &Table, name: &str) -> usize {
        table.within("shop", name).count()
    }

    #[test]
    fn an_object_takes_the_place_of_what_it_told_and_of_nothing_else() {
        let mut all = table("external-secrets.io", "ExternalSecret");
        all.apply(&external("db", "db"));
        all.apply(&external("x", "db"));
        let before = all.clone();
        all.apply(&external("x", "mail"));
        assert_eq!((found(&all, "db"), found(&all, "mail")), (1, 1));
        all.delete(&external("db", "db"));
        // As what an object makes when it goes is whatever it made before.
        all.delete(&external("x", "other"));
        assert_eq!((found(&all, "db"), found(&all, "mail")), (0, 0));
        assert!(all.by_name.is_empty() && all.names.is_empty());
        // Whoever holds the old state keeps it.
        assert_eq!((found(&before, "db"), found(&before, "mail")), (2, 0));
    }

    #[test]
    fn no_more_is_kept_than_there_is_room_for_and_what_goes_makes_room() {
        let keys: Vec<String> = (0..20_000).map(|n| format!("\"key-{n:040}\": \"\"")).collect();
        let large = |number: usize| -> Trimmed {
            let text = format!(
                r#"{{"metadata": {{"name": "a-{number}"}}, "data": {{{}}}}}"#,
                keys.join(",")
            );
            serde_json::from_str(&text).expect("an object")
        };
        let mut all = table("", "ConfigMap");
        let number = (0..100).find(|number| {
            all.apply(&large(*number));
            all.is_full()
        });
        let number = number.expect("it ends");
        assert!((10..64).contains(&number), "{number}");
        assert_eq!(all.within("", &format!("a-{number}")).count(), 0);
        assert!(all.weight <= WEIGHT_LIMIT);
        (0..number).for_each(|number| all.delete(&large(number)));
        assert_eq!(all.weight, 0, "all that went was counted off");
    }

    #[test]
    fn of_what_looks_into_the_namespaces_of_others_no_more_is_kept_than_all_can_go_through() {
        let monitor = |number: usize, any: bool| -> Trimmed {
            let text = format!(
                r#"{{"metadata": {{"name": "m-{number}", "namespace": "shop"}}, "spec": {{"namespaceSelector": {{"any": {any}}}}}}}"#
            );
            serde_json::from_str(&text).expect("an object")
        };
        let mut all = table("monitoring.coreos.com", "ServiceMonitor");
        (0..ELSEWHERE_LIMIT).for_each(|number| all.apply(&monitor(number, true)));
        assert!(!all.is_full());
        // What stays at home is in nobody's way, and who changes takes no second place.
        all.apply(&monitor(ELSEWHERE_LIMIT, false));
        all.apply(&monitor(0, true));
        assert!(!all.is_full());
        assert_eq!(all.all_elsewhere().count(), ELSEWHERE_LIMIT);
        all.apply(&monitor(ELSEWHERE_LIMIT, true));
        assert!(all.is_full());
        all.apply(&monitor(1, false));
        all.delete(&monitor(2, true));
        assert_eq!(all.all_elsewhere().count(), ELSEWHERE_LIMIT - 2);
    }

    #[test]
    fn an_object_without_a_name_tells_nothing() {
        let mut all = table("", "ConfigMap");
        all.apply(&serde_json::from_str(r#"{"data": {"a": "b"}}"#).expect("an object"));
        assert!(all.by_name.is_empty());
        all.apply(&serde_json::from_str(r#"{"metadata": {"name": "a"}}"#).expect("an object"));
        let told: Vec<_> = all.within("", "a").collect();
        assert_eq!(told, [&Told::Keys(Keys::Known([].into_iter().collect()))]);
    }
}
