//! The namespaces of the cluster, watched: their labels, which policies select by, and the
//! annotation by which an operator declares an emergency.
//!
//! Only metadata is asked for. What comes in goes straight into a persistent map, of which every
//! event hands out a copy that shares all else; there is no second store. While a new list comes in
//! the old map stays, and what no event tells of any more is known to be old, not gone (F-83, F-93,
//! F-94).

use std::borrow::Cow;
use std::sync::Arc;

use jiff::Timestamp;
use k8s_openapi::api::core::v1::Namespace;
use kube::api::ObjectMeta;
use kube::{Api, Client, Resource};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::Observer;
use super::listing::{Reader, Served, Sink, Unanswered, Which};
use super::reflection::{self, Fold, Open, metadata_of};
use crate::inventory::{NamespaceLabels, Namespaces};
use crate::subject::Identity;

/// The annotation of Plimsoll's own namespace by which nothing is refused until a moment.
pub const WARN_UNTIL: &str = "plimsoll.dev/warn-until";

/// What to call these in metrics.
const KIND: &str = "namespaces";

/// What an operator wrote into [`WARN_UNTIL`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum WarnUntil {
    /// Nothing.
    #[default]
    Never,
    /// This moment.
    Moment(Timestamp),
    /// Something else, which counts as nothing.
    Unreadable,
}

impl WarnUntil {
    /// The moment, where there is one.
    pub fn moment(self) -> Option<Timestamp> {
        match self {
            Self::Moment(moment) => Some(moment),
            Self::Never | Self::Unreadable => None,
        }
    }

    fn of(text: &str) -> Self {
        text.trim().parse().map_or(Self::Unreadable, Self::Moment)
    }
}

/// What is known of the namespaces.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// Their labels.
    pub namespaces: Namespaces,
    /// Until when nothing is refused, as the own namespace says.
    pub warn_until: WarnUntil,
    /// Whether the own namespace is about to go.
    pub own_is_ending: bool,
}

/// A namespace as it comes in; what of it cannot be read stops nobody else's (what
/// `DeserializeGuard` is for, which asks for whole objects).
#[derive(Debug, Clone)]
struct Entry {
    metadata: ObjectMeta,
    is_readable: bool,
}

impl<'de> Deserialize<'de> for Entry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (metadata, is_readable) = metadata_of(&Value::deserialize(deserializer)?);
        Ok(Self { metadata, is_readable })
    }
}

impl Resource for Entry {
    type DynamicType = ();
    type Scope = <Namespace as Resource>::Scope;

    fn metadata_api() -> bool {
        true
    }
    fn kind((): &()) -> Cow<'_, str> {
        Namespace::kind(&())
    }
    fn group((): &()) -> Cow<'_, str> {
        Namespace::group(&())
    }
    fn version((): &()) -> Cow<'_, str> {
        Namespace::version(&())
    }
    fn plural((): &()) -> Cow<'_, str> {
        Namespace::plural(&())
    }
    fn meta(&self) -> &ObjectMeta {
        &self.metadata
    }
    fn meta_mut(&mut self) -> &mut ObjectMeta {
        &mut self.metadata
    }
}

/// What is known, by whoever Plimsoll's own namespace is.
#[derive(Clone, Default)]
struct Following {
    own: String,
    known: Known,
}

impl Fold for Following {
    type Entry = Entry;

    fn apply(&mut self, entry: Entry) {
        let Self { own, known } = self;
        let Some(name) = entry.metadata.name else { return };
        if name == *own {
            let annotations = entry.metadata.annotations.unwrap_or_default();
            known.warn_until =
                annotations.get(WARN_UNTIL).map_or(WarnUntil::Never, |text| WarnUntil::of(text));
            known.own_is_ending = entry.metadata.deletion_timestamp.is_some();
        }
        let labels = if entry.is_readable {
            NamespaceLabels::known(entry.metadata.labels.unwrap_or_default())
        } else {
            tracing::error!(namespace = name, "the labels of a namespace cannot be read");
            NamespaceLabels::unreadable()
        };
        known.namespaces.insert_mut(name, labels);
    }

    fn delete(&mut self, entry: &Entry) {
        let Some(name) = &entry.metadata.name else { return };
        if *name == self.own {
            self.known.warn_until = WarnUntil::Never;
        }
        self.known.namespaces.remove_mut(name);
    }

    fn shrinks_to(&self, _: &Self) -> bool {
        false
    }
}

impl Sink for Following {
    fn object(&mut self, json: &[u8], _: Option<&Identity<'_>>) {
        if let Ok(entry) = serde_json::from_slice(json) {
            self.apply(entry);
        }
    }
}

/// The namespaces as they are now: all of them, or the one that is named.
///
/// # Errors
/// [`Unanswered`]; not found, where there is none of that name.
pub async fn read(reader: &Reader, name: Option<&str>) -> Result<Namespaces, Unanswered> {
    let mut all = Following::default();
    let served = Served::of("", "v1", KIND, false);
    match name {
        Some(name) => reader.one(&served, name, &mut all).await?,
        None => drop(reader.all(&served, Which::default(), &mut all).await?),
    }
    Ok(all.known.namespaces)
}

/// Follows the namespaces for good; `own` is Plimsoll's. Each time something changes, `publish`
/// gets all that is known.
pub async fn follow(
    client: Client,
    own: String,
    publish: impl Fn(Known) + Send,
    observer: Arc<dyn Observer>,
) {
    let empty = Following { own, known: Known::default() };
    let publish = move |following: Following| publish(following.known);
    reflection::follow(Api::all(client), KIND, empty, Open, publish, observer).await;
}
