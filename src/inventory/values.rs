//! The values of `ConfigMaps`, and those of Secrets whose manifests are at hand: looked at by rules, and
//! never shown.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use rpds::HashTrieMapSync;
use serde::{Deserialize, Deserializer};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::fields::Identity;
use super::keys::KeySource;
use crate::yaml::{Entry, Node, Value};

/// The longest value that is kept, in bytes: longer than any environment takes.
const LONGEST: usize = 128 << 10;

/// Values, by source, namespace and name of their object, and by key. A copy shares them.
#[derive(Clone)]
pub struct Values {
    by_object: HashTrieMapSync<Place, Arc<Entries>>,
    /// About how many bytes that takes.
    weight: usize,
    is_full: bool,
}

/// What an object holds, by key.
type Entries = HashMap<String, Held>;

/// Source, namespace and name.
type Place = (KeySource, String, String);

/// About how many bytes are kept of the values of `ConfigMaps` that run.
const WEIGHT_LIMIT: usize = 24 << 20;

/// The longest value of a `ConfigMap` that runs that is kept, in bytes: configuration files are passed
/// over, as no environment holds them.
const LONGEST_LIVE: usize = 4 << 10;

/// What an entry takes beside its texts, in bytes.
const ENTRY: usize = 120;

impl Default for Values {
    fn default() -> Self {
        Self { by_object: HashTrieMapSync::new_sync(), weight: 0, is_full: false }
    }
}

/// A `ConfigMap` of the cluster, trimmed to short values.
#[derive(Debug, Clone, Default)]
pub struct MapData {
    identity: Identity,
    entries: Entries,
}

impl<'de> Deserialize<'de> for MapData {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        serde_json::Value::deserialize(input).map(|whole| Self::of(&whole))
    }
}

impl MapData {
    fn of(whole: &serde_json::Value) -> Self {
        let text = |at: &str| whole.pointer(at).and_then(|v| v.as_str()).map(str::to_owned);
        let identity = Identity {
            name: text("/metadata/name"),
            namespace: text("/metadata/namespace"),
            resource_version: text("/metadata/resourceVersion"),
            uid: text("/metadata/uid"),
            ..Identity::default()
        };
        let data = whole.pointer("/data").and_then(|data| data.as_object()).into_iter().flatten();
        let held = |value: &str| {
            if value.len() > LONGEST_LIVE { Held::Long } else { Held::Text(value.into()) }
        };
        let entries = data.filter_map(|(key, value)| Some((key.clone(), held(value.as_str()?))));
        Self { identity, entries: entries.collect() }
    }

    /// Who it is.
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    fn place(&self) -> Option<Place> {
        let name = self.identity.name.clone().filter(|name| !name.is_empty())?;
        let namespace = self.identity.namespace.clone().unwrap_or_default();
        Some((KeySource::ConfigMap, namespace, name))
    }
}

/// What is held under a key.
#[derive(Clone, PartialEq, Eq)]
pub enum Held {
    /// This text.
    Text(Box<str>),
    /// Something that is no text.
    NoText,
    /// Something that is longer than is kept.
    Long,
}

impl fmt::Debug for Values {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Values").field("objects", &self.by_object.size()).finish_non_exhaustive()
    }
}

impl fmt::Debug for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }
}

impl Values {
    /// Takes note of the values of an object, in place of those that it had.
    pub(super) fn observe(
        &mut self,
        source: KeySource,
        namespace: &str,
        name: &str,
        object: &Node,
    ) {
        let mut values = HashMap::new();
        let fields: [(&str, bool); 3] = match source {
            KeySource::Secret => [("data", true), ("stringData", false), ("", false)],
            KeySource::ConfigMap => [("data", false), ("binaryData", true), ("", false)],
        };
        for (field, is_packed) in fields {
            let Some(Value::Mapping(entries)) = object.get(field).map(|node| &node.value) else {
                continue;
            };
            let held = |entry: &Entry| {
                let text = entry.value.as_str().unwrap_or_default();
                (entry.key.clone(), Held::of(text, is_packed))
            };
            values.extend(entries.iter().map(held));
        }
        let place = (source, namespace.to_owned(), name.to_owned());
        self.insert(place, values);
    }

    /// Takes note of a `ConfigMap` that runs, as far as there is room.
    pub fn apply(&mut self, map: &MapData) {
        let Some(place) = map.place() else { return };
        self.forget(&place);
        if self.weight.saturating_add(weight(&place, &map.entries)) > WEIGHT_LIMIT {
            self.is_full = true;
            return;
        }
        self.insert(place, map.entries.clone());
    }

    /// Forgets one that is gone.
    pub fn delete(&mut self, map: &MapData) {
        if let Some(place) = map.place() {
            self.forget(&place);
        }
    }

    /// Whether there was more than is kept.
    pub fn is_full(&self) -> bool {
        self.is_full
    }

    fn insert(&mut self, place: Place, entries: Entries) {
        self.forget(&place);
        self.weight = self.weight.saturating_add(weight(&place, &entries));
        self.by_object.insert_mut(place, Arc::new(entries));
    }

    fn forget(&mut self, place: &Place) {
        if let Some(known) = self.by_object.get(place) {
            self.weight = self.weight.saturating_sub(weight(place, known));
            self.by_object.remove_mut(place);
        }
    }

    /// What the object in `namespace`, or one that lands wherever it is applied, holds under `key`.
    pub(super) fn get(
        &self,
        source: KeySource,
        namespace: Option<&str>,
        name: &str,
        key: &str,
    ) -> Option<&Held> {
        let of = |namespace: &str| {
            self.by_object.get(&(source, namespace.to_owned(), name.to_owned()))?.get(key)
        };
        namespace.and_then(of).or_else(|| of(""))
    }
}

impl Held {
    fn of(text: &str, is_packed: bool) -> Self {
        if text.len() > LONGEST {
            return Self::Long;
        }
        if !is_packed {
            return Self::Text(text.into());
        }
        let bytes = STANDARD.decode(text.trim()).map(String::from_utf8);
        match bytes {
            Ok(Ok(text)) => Self::Text(text.into_boxed_str()),
            Ok(Err(_)) | Err(_) => Self::NoText,
        }
    }
}

fn weight((_, namespace, name): &Place, entries: &Entries) -> usize {
    let of_value = |held: &Held| match held {
        Held::Text(text) => text.len(),
        Held::NoText | Held::Long => 0,
    };
    let of_entries = entries.iter().map(|(key, held)| ENTRY + key.len() + of_value(held));
    ENTRY + namespace.len() + name.len() + of_entries.sum::<usize>()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn map(name: &str, data: &serde_json::Value) -> MapData {
        let whole = json!({"metadata": {"name": name, "namespace": "shop", "resourceVersion": "1"}, "data": data});
        serde_json::from_value(whole).expect("an object")
    }

    fn held<'v>(values: &'v Values, name: &str, key: &str) -> Option<&'v Held> {
        values.get(KeySource::ConfigMap, Some("shop"), name, key)
    }

    #[test]
    fn short_values_are_kept_and_no_value_is_shown() {
        let mut all = Values::default();
        let long = "x".repeat(LONGEST_LIVE + 1);
        all.apply(&map("a", &json!({"k": "hunter2", "file": long, "odd": 7})));
        assert_eq!(held(&all, "a", "k"), Some(&Held::Text("hunter2".into())));
        assert_eq!(held(&all, "a", "file"), Some(&Held::Long));
        assert_eq!((held(&all, "a", "odd"), held(&all, "b", "k")), (None, None));
        let shown =
            format!("{all:?} {:?} {:?}", held(&all, "a", "k"), map("a", &json!({"k": "hunter2"})));
        assert!(!shown.contains("hunter2"), "{shown}");
        all.apply(&map("a", &json!({})));
        assert_eq!(held(&all, "a", "k"), None);
        all.delete(&map("a", &json!({})));
        assert_eq!(all.weight, 0, "all that went was counted off");
        for odd in [json!(null), json!([1]), json!({"metadata": 1, "data": [1]})] {
            all.apply(&serde_json::from_value(odd).expect("whatever it is"));
        }
        assert_eq!(all.weight, 0);
    }

    #[test]
    fn no_more_is_kept_than_there_is_room_for() {
        let mut all = Values::default();
        let data: serde_json::Map<_, _> =
            (0..1_000).map(|n| (n.to_string(), json!("x".repeat(4_000)))).collect();
        let full = (0..20).find(|number| {
            all.apply(&map(&number.to_string(), &json!(data)));
            all.is_full()
        });
        assert!(full.is_some() && all.weight <= WEIGHT_LIMIT);
    }
}
