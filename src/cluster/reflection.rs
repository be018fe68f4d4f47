//! Objects of a kind, followed for good: what comes in goes straight into what is known of them.
//!
//! While a new list comes in, what was known stays; what no event tells of any more is known to be
//! old, not gone (F-83, F-93, F-94). There is no second store.

use std::fmt::Debug;
use std::pin::pin;
use std::sync::Arc;

use futures::stream::StreamExt;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::runtime::watcher::{Config, Error, Event, watcher};
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
    fn page(&self) -> u32 {
        500
    }
    /// An object is there, or is another.
    fn apply(&mut self, entry: Self::Entry);
    /// An object is there no more.
    fn delete(&mut self, entry: &Self::Entry);
    /// Whether `next` lacks an object that is known.
    fn shrinks_to(&self, next: &Self) -> bool;
    /// Whether there were more objects than are kept.
    fn is_full(&self) -> bool {
        false
    }
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

/// Why objects are not followed any more.
#[derive(Debug, Default)]
pub(super) struct Broken {
    /// In words.
    pub(super) reason: String,
    /// As the API server says it in a number, where it does.
    pub(super) code: Option<u16>,
    /// Whether there are more objects than are kept.
    pub(super) is_full: bool,
}

impl Broken {
    fn of(error: &Error) -> Self {
        let code = match error {
            Error::InitialListFailed(kube::Error::Api(status))
            | Error::WatchStartFailed(kube::Error::Api(status))
            | Error::WatchFailed(kube::Error::Api(status))
            | Error::WatchError(status) => Some(status.code),
            _ => None,
        };
        Self { reason: error_chain(error), code, is_full: false }
    }
}

/// Objects of a kind, who is told of them, and all that is known.
pub(super) struct Reflection<F, G, P> {
    empty: F,
    known: F,
    was_listed: bool,
    gate: G,
    publish: P,
}

/// What came in at once.
struct Coming<F> {
    next: F,
    is_new: bool,
    is_listed: bool,
    goes: bool,
    broken: Option<Broken>,
}

impl<F: Fold, G: Gate, P: Fn(F) + Send> Reflection<F, G, P> {
    /// Nothing is known yet; `publish` gets all that is, each time something changes.
    pub(super) fn new(empty: F, gate: G, publish: P) -> Self {
        Self { known: empty.clone(), empty, was_listed: false, gate, publish }
    }

    /// Forgets all that is known.
    pub(super) fn forget(&mut self) {
        self.known = self.empty.clone();
        self.was_listed = false;
        (self.publish)(self.known.clone());
    }

    /// Follows the objects of `api` until something is wrong, and says what; `is_fresh` is told when
    /// all were listed, and so nothing that is known is old.
    pub(super) async fn run<K>(
        &mut self,
        api: Api<K>,
        config: Config,
        mut is_fresh: impl FnMut() + Send,
    ) -> Broken
    where
        K: Resource + Clone + Debug + DeserializeOwned + Send + 'static,
        F: Fold<Entry = K>,
    {
        // What came in at once is put in force at once.
        let events = watcher(api, config.timeout(WATCH_SECONDS));
        let mut events = pin!(events.ready_chunks(AT_ONCE));
        let mut list = self.empty.clone();
        loop {
            let Some(chunk) = events.next().await else { return Broken::default() };
            let Coming { next, is_new, is_listed, goes, broken } = self.coming(chunk, &mut list);
            if list.is_full() || next.is_full() {
                return Broken { is_full: true, ..Broken::default() };
            }
            let goes = goes || self.known.shrinks_to(&next);
            if is_new && goes && !self.gate.lets_go().await {
                return Broken { reason: GOING.to_owned(), ..Broken::default() };
            }
            if is_new {
                self.was_listed = self.was_listed || is_listed;
                self.known = next;
                (self.publish)(self.known.clone());
            }
            if let Some(broken) = broken {
                return broken;
            }
            if is_listed {
                is_fresh();
            }
        }
    }

    /// What is known after these events; `list` is what came of the one that is under way.
    fn coming<K>(&self, events: Vec<Result<Event<K>, Error>>, list: &mut F) -> Coming<F>
    where
        F: Fold<Entry = K>,
    {
        let (next, goes) = (self.known.clone(), !self.was_listed);
        let mut all = Coming { next, is_new: false, is_listed: false, goes, broken: None };
        for event in events {
            match event {
                Ok(Event::Init) => *list = self.empty.clone(),
                Ok(Event::InitApply(entry)) => list.apply(entry),
                Ok(Event::InitDone) => {
                    all.next = std::mem::replace(list, self.empty.clone());
                    (all.is_listed, all.is_new) = (true, true);
                }
                Ok(Event::Apply(entry)) => {
                    all.next.apply(entry);
                    all.is_new = true;
                }
                Ok(Event::Delete(entry)) => {
                    all.next.delete(&entry);
                    (all.is_new, all.goes) = (true, true);
                }
                Err(error) => all.broken = Some(Broken::of(&error)),
            }
        }
        all
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
    let page = empty.page();
    let mut reflection = Reflection::new(empty, gate, publish);
    let mut rests = delays();
    let mut told = false;
    observer.watch_is_stale(kind, true);
    loop {
        let is_fresh = || {
            rests = delays();
            if std::mem::take(&mut told) {
                tracing::info!(kind, "followed again");
            }
            observer.watch_is_stale(kind, false);
        };
        let config = Config::default().page_size(page);
        let Broken { reason, .. } = reflection.run(api.clone(), config, is_fresh).await;
        observer.watch_is_stale(kind, true);
        if !std::mem::replace(&mut told, true) {
            tracing::warn!(kind, reason, "not followed for a moment; what was known stays");
        }
        tokio::time::sleep(rests.next().unwrap_or(LONGEST_DELAY)).await;
    }
}

/// How many events that came in at once are put in force at once.
const AT_ONCE: usize = 256;

/// Why what goes does not count.
const GOING: &str = "the kind itself is going, which nobody takes for a deletion of its objects";
