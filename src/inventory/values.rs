//! The values of `ConfigMaps` and Secrets whose manifests are at hand: looked at by rules, and never
//! shown.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::keys::KeySource;
use crate::yaml::{Entry, Node, Value};

/// The longest value that is kept, in bytes: longer than any environment takes.
const LONGEST: usize = 128 << 10;

/// Values, by source, namespace and name of their object, and by key. A copy shares them.
#[derive(Clone, Default)]
pub(super) struct Values(HashMap<(KeySource, String, String), Arc<HashMap<String, Held>>>);

/// What is held under a key.
#[derive(Clone, PartialEq, Eq)]
pub enum Held {
    /// This text.
    Text(Box<str>),
    /// Something that is no text, or longer than is kept.
    Other,
}

impl fmt::Debug for Values {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Values").field("objects", &self.0.len()).finish()
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
        self.0.insert(place, Arc::new(values));
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
            self.0.get(&(source, namespace.to_owned(), name.to_owned()))?.get(key)
        };
        namespace.and_then(of).or_else(|| of(""))
    }
}

impl Held {
    fn of(text: &str, is_packed: bool) -> Self {
        if text.len() > LONGEST {
            return Self::Other;
        }
        if !is_packed {
            return Self::Text(text.into());
        }
        let bytes = STANDARD.decode(text.trim()).map(String::from_utf8);
        match bytes {
            Ok(Ok(text)) => Self::Text(text.into_boxed_str()),
            Ok(Err(_)) | Err(_) => Self::Other,
        }
    }
}
