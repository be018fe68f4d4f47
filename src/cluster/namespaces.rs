//! The namespaces of the cluster, watched: their labels, which policies select by, and the
//! annotation by which an operator declares an emergency.
//!
//! Only metadata is asked for. What comes in goes straight into a persistent map, of which every
//! event hands out a copy that shares all else; there is no second store. While a new list comes in
//! the old map stays, and what no event tells of any more is known to be old, not gone (F-83, F-93,
//! F-94).

use std::borrow::Cow;
use std::pin::pin;
use std::sync::Arc;

use futures::stream::StreamExt;
use jiff::Timestamp;
use k8s_openapi::api::core::v1::Namespace;
use kube::api::ObjectMeta;
use kube::runtime::watcher::{Config, Event, watcher};
use kube::{Api, Client, Resource};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::Observer;
use super::single::{LONGEST_DELAY, delays};
use crate::inventory::{NamespaceLabels, Namespaces};
use crate::text::error_chain;

/// The annotation of Plimsoll's own namespace by which nothing is refused until a moment.
pub const WARN_UNTIL: &str = "plimsoll.dev/warn-until";

/// Seconds after which a watch is made anew; one that hears nothing for a little longer is taken
/// for dead.
const WATCH_SECONDS: u32 = 60;

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
        let whole = Value::deserialize(deserializer)?;
        let metadata = whole.get("metadata").unwrap_or(&Value::Null);
        if let Ok(metadata) = ObjectMeta::deserialize(metadata) {
            return Ok(Self { metadata, is_readable: true });
        }
        let text = |key: &str| metadata.get(key).and_then(Value::as_str).map(str::to_owned);
        let (name, resource_version) = (text("name"), text("resourceVersion"));
        let metadata = ObjectMeta { name, resource_version, ..ObjectMeta::default() };
        Ok(Self { metadata, is_readable: false })
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

impl Known {
    fn apply(&mut self, own: &str, entry: Entry) {
        let Some(name) = entry.metadata.name else { return };
        if name == own {
            let annotations = entry.metadata.annotations.unwrap_or_default();
            self.warn_until =
                annotations.get(WARN_UNTIL).map_or(WarnUntil::Never, |text| WarnUntil::of(text));
            self.own_is_ending = entry.metadata.deletion_timestamp.is_some();
        }
        let labels = if entry.is_readable {
            NamespaceLabels::known(entry.metadata.labels.unwrap_or_default())
        } else {
            tracing::error!(namespace = name, "the labels of a namespace cannot be read");
            NamespaceLabels::unreadable()
        };
        self.namespaces.insert_mut(name, labels);
    }

    fn delete(&mut self, own: &str, entry: &Entry) {
        let Some(name) = &entry.metadata.name else { return };
        if name == own {
            self.warn_until = WarnUntil::Never;
        }
        self.namespaces.remove_mut(name);
    }
}

/// Follows the namespaces for good; `own` is Plimsoll's. Each time something changes, `publish`
/// gets all that is known.
///
/// After an error all is listed anew, so that it is known when what is known is no longer old.
pub async fn follow(
    client: Client,
    own: String,
    publish: impl Fn(Known) + Send,
    observer: Arc<dyn Observer>,
) {
    let mut known = Known::default();
    let mut rests = delays();
    let mut told = false;
    observer.watch_is_stale(KIND, true);
    loop {
        let watch =
            watcher(Api::<Entry>::all(client.clone()), Config::default().timeout(WATCH_SECONDS));
        let mut events = pin!(watch);
        let mut coming = Known::default();
        let error = loop {
            match events.next().await {
                Some(Ok(Event::Init)) => {
                    coming = Known::default();
                    continue;
                }
                Some(Ok(Event::InitApply(entry))) => {
                    coming.apply(&own, entry);
                    continue;
                }
                Some(Ok(Event::InitDone)) => {
                    known = std::mem::take(&mut coming);
                    rests = delays();
                    if std::mem::take(&mut told) {
                        tracing::info!("namespaces are followed again");
                    }
                    observer.watch_is_stale(KIND, false);
                }
                Some(Ok(Event::Apply(entry))) => known.apply(&own, entry),
                Some(Ok(Event::Delete(entry))) => known.delete(&own, &entry),
                Some(Err(error)) => break Some(error),
                None => break None,
            }
            publish(known.clone());
        };
        observer.watch_is_stale(KIND, true);
        if !std::mem::replace(&mut told, true) {
            let reason = error.map(|error| error_chain(&error)).unwrap_or_default();
            tracing::warn!(reason, "namespaces are not followed; what was known stays");
        }
        tokio::time::sleep(rests.next().unwrap_or(LONGEST_DELAY)).await;
    }
}
