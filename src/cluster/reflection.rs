//! Objects of a kind, followed for good: what comes in goes straight into what is known of them.
//!
//! While a new list comes in, what was known stays; what no event tells of any more is known to be
//! old, not gone (F-83, F-93, F-94). There is no second store.

use std::fmt::Debug;
use std::pin::pin;
use std::sync::Arc;

use futures::stream::StreamExt;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::runtime::watcher::{Config, Event, watcher};
use kube::{Api, Resource};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::Observer;
use super::single::{LONGEST_DELAY, delays};
use crate::text::error_chain;

/// Seconds after which a watch is made anew; one that hears nothing for a little longer is taken
/// for dead.
const WATCH_SECONDS: u32 = 60;

/// What is known of objects of a kind; a copy is cheap.
pub(super) trait Fold: Clone + Send {
    /// What comes in.
    type Entry;
    /// How many are listed at once.
    const PAGE: u32 = 500;
    /// An object is there, or is another.
    fn apply(&mut self, entry: Self::Entry);
    /// An object is there no more.
    fn delete(&mut self, entry: &Self::Entry);
    /// Whether `next` lacks an object that is known.
    fn shrinks_to(&self, next: &Self) -> bool;
}

/// The metadata of an object, and whether all of it could be read; of what could not, name and
/// version are there at least, so that it stops nobody else's (what `DeserializeGuard` is for, which
/// fails where the metadata does).
pub(super) fn metadata_of(whole: &Value) -> (ObjectMeta, bool) {
    let metadata = whole.get("metadata").unwrap_or(&Value::Null);
    if let Ok(metadata) = ObjectMeta::deserialize(metadata) {
        return (metadata, true);
    }
    let text = |key: &str| metadata.get(key).and_then(Value::as_str).map(str::to_owned);
    let (name, namespace) = (text("name"), text("namespace"));
    let resource_version = text("resourceVersion");
    (ObjectMeta { name, namespace, resource_version, ..ObjectMeta::default() }, false)
}

/// What is asked before something that was known counts as gone; it answers whether it does.
pub(super) trait Gate: Send {
    /// Whether objects may go.
    fn lets_go(&self) -> impl Future<Output = bool> + Send;
}

/// Whatever goes is gone.
pub(super) struct Open;

impl Gate for Open {
    async fn lets_go(&self) -> bool {
        true
    }
}

/// Follows the objects of `api`, called `kind` in metrics, into `known`. Each time something
/// changes, `publish` gets all that is known.
///
/// After an error all is listed anew, so that it is known when what is known is no longer old.
pub(super) async fn follow<K, F>(
    api: Api<K>,
    kind: &'static str,
    empty: F,
    gate: impl Gate,
    publish: impl Fn(F) + Send,
    observer: Arc<dyn Observer>,
) where
    K: Resource + Clone + Debug + DeserializeOwned + Send + 'static,
    F: Fold<Entry = K>,
{
    let mut known = empty.clone();
    let mut rests = delays();
    let (mut told, mut was_listed) = (false, false);
    observer.watch_is_stale(kind, true);
    loop {
        let events = watcher(api.clone(), config(F::PAGE));
        // What came in at once is put in force at once.
        let mut events = pin!(events.ready_chunks(AT_ONCE));
        let mut coming = empty.clone();
        let reason = loop {
            let Some(chunk) = events.next().await else { break String::new() };
            let (mut next, mut is_listed, mut is_new) = (known.clone(), false, false);
            let mut goes = !was_listed;
            let mut broken = None;
            for event in chunk {
                match event {
                    Ok(Event::Init) => coming = empty.clone(),
                    Ok(Event::InitApply(entry)) => coming.apply(entry),
                    Ok(Event::InitDone) => {
                        next = std::mem::replace(&mut coming, empty.clone());
                        (is_listed, is_new) = (true, true);
                    }
                    Ok(Event::Apply(entry)) => {
                        next.apply(entry);
                        is_new = true;
                    }
                    Ok(Event::Delete(entry)) => {
                        next.delete(&entry);
                        (is_new, goes) = (true, true);
                    }
                    Err(error) => broken = Some(error_chain(&error)),
                }
            }
            goes = goes || known.shrinks_to(&next);
            if is_new && goes && !gate.lets_go().await {
                break GOING.to_owned();
            }
            if is_new {
                was_listed = was_listed || is_listed;
                known = next;
                publish(known.clone());
            }
            if is_listed && broken.is_none() {
                rests = delays();
                if std::mem::take(&mut told) {
                    tracing::info!(kind, "followed again");
                }
                observer.watch_is_stale(kind, false);
            }
            if let Some(broken) = broken {
                break broken;
            }
        };
        observer.watch_is_stale(kind, true);
        if !std::mem::replace(&mut told, true) {
            tracing::warn!(kind, reason, "not followed for a moment; what was known stays");
        }
        tokio::time::sleep(rests.next().unwrap_or(LONGEST_DELAY)).await;
    }
}

fn config(page: u32) -> Config {
    Config::default().timeout(WATCH_SECONDS).page_size(page)
}

/// How many events that came in at once are put in force at once.
const AT_ONCE: usize = 256;

/// Why what goes does not count.
const GOING: &str = "the kind itself is going, which nobody takes for a deletion of its objects";
