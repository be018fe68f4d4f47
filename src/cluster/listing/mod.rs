//! All objects of a kind, page by page, each handed on as its JSON and then dropped: how many there
//! are makes no difference to the memory that is used.
//!
//! A list that expires is gone on with, without what changed meanwhile where the API server offers
//! that, or begun anew; no object is handed on twice. Nothing but GET is ever sent.

mod asking;
mod items;
mod served;

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Mutex, PoisonError};

use kube::Client;
use kube::api::{ListParams, Request};
use serde::Deserialize;

use asking::{Asking, Taking};
pub use asking::{Patience, Unanswered};
use items::{Items, ListMeta, NoList};
pub use served::Served;
use served::Small;

use crate::inventory::NeighbourKind;
use crate::subject::{Identity, Kind};

/// How many objects are asked for at once.
const PAGE: u32 = 500;

/// How often a list is begun anew.
const BEGINNINGS: usize = 5;

/// Reads what there is.
#[derive(Clone)]
pub struct Reader {
    asking: Asking,
}

/// Which objects of a kind are read.
#[derive(Debug, Clone, Copy, Default)]
pub struct Which<'w> {
    /// Those in this namespace.
    pub namespace: Option<&'w str>,
    /// Those whose labels are like that.
    pub selector: Option<&'w str>,
}

/// Who gets the objects.
pub trait Sink {
    /// The next one, and who it is, where that can be read.
    fn object(&mut self, json: &[u8], identity: Option<&Identity<'_>>);

    /// A page is done; so many objects were handed on, and so many are left, where that is known.
    fn page(&mut self, done: usize, left: Option<u64>) {
        let _ = (done, left);
    }

    /// Whether it wants no more of them.
    fn is_full(&self) -> bool {
        false
    }
}

/// Who the API server is, as it says.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Version {
    git_version: String,
}

impl Reader {
    /// One that asks with this client and this much patience.
    pub fn new(client: Client, patience: Patience) -> Self {
        Self { asking: Asking { client, patience } }
    }

    /// The version of the API server, as it says.
    ///
    /// # Errors
    /// [`Unanswered`].
    pub async fn version(&self) -> Result<String, Unanswered> {
        let bytes = self.asking.get("/version", Small::default).await?;
        Ok(serde_json::from_slice::<Version>(&bytes).unwrap_or_default().git_version)
    }

    /// Where the objects of a kind are; none where the API server does not serve it.
    ///
    /// # Errors
    /// [`Unanswered`].
    pub async fn served(&self, kind: &Kind) -> Result<Option<Served>, Unanswered> {
        self.asking.served(kind).await
    }

    /// Where the objects of a kind are that neighbours are known from; none where the API server does
    /// not serve it.
    ///
    /// # Errors
    /// [`Unanswered`].
    pub async fn serves(&self, kind: &NeighbourKind) -> Result<Option<Served>, Unanswered> {
        match kind.version {
            Some(version) => Ok(Some(Served::of(kind.group, version, kind.plural, true))),
            None => self.asking.discovered(kind.group, kind.kind).await,
        }
    }

    /// Hands on one object that is in no namespace.
    ///
    /// # Errors
    /// [`Unanswered`].
    pub async fn one(
        &self,
        served: &Served,
        name: &str,
        sink: &mut impl Sink,
    ) -> Result<(), Unanswered> {
        let json = self.asking.get(&served.path_of(name), Small::default).await?;
        sink.object(&json, Identity::read(&json).as_ref());
        Ok(())
    }

    /// Hands on all objects, or as many as `sink` wants; how many those are.
    ///
    /// # Errors
    /// [`Unanswered`]; what was handed on before counts nevertheless.
    pub async fn all(
        &self,
        served: &Served,
        which: Which<'_>,
        sink: &mut impl Sink,
    ) -> Result<usize, Unanswered> {
        let mut known = Known::default();
        let mut token: Option<String> = None;
        let mut beginnings = 1;
        loop {
            let path = path(&served.path(which.namespace), which.selector, token.as_deref());
            let page = self.page(&path, &mut known, sink).await;
            match page {
                Ok(ListMeta { token: next, remaining_item_count }) => {
                    token = next.filter(|token| !token.is_empty());
                    sink.page(known.count, remaining_item_count);
                    if token.is_none() || sink.is_full() {
                        return Ok(known.count);
                    }
                }
                Err(Unanswered::Expired(next)) if beginnings < BEGINNINGS => {
                    beginnings += 1;
                    token = next;
                }
                Err(error) => return Err(error),
            }
        }
    }

    async fn page(
        &self,
        path: &str,
        known: &mut Known,
        sink: &mut impl Sink,
    ) -> Result<ListMeta, Unanswered> {
        // Each try reads anew, and what was handed on before is known.
        let shared = Mutex::new((known, sink));
        self.asking.get(path, || Page { items: Items::default(), shared: &shared }).await
    }
}

/// The objects that were handed on, by what tells them apart.
#[derive(Default)]
struct Known {
    uids: HashSet<u64>,
    hashing: RandomState,
    count: usize,
}

impl Known {
    /// Whether an object is new. One that has no uid cannot be told from others.
    fn is_new(&mut self, identity: Option<&Identity<'_>>) -> bool {
        let uid = identity.map(|identity| identity.uid.as_str()).filter(|uid| !uid.is_empty());
        let is_new = uid.is_none_or(|uid| self.uids.insert(self.hashing.hash_one(uid)));
        self.count += usize::from(is_new);
        is_new
    }
}

/// A page that is coming in.
struct Page<'p, S> {
    items: Items,
    shared: &'p Mutex<(&'p mut Known, &'p mut S)>,
}

impl<S: Sink> Taking for Page<'_, S> {
    type Whole = ListMeta;

    fn piece(&mut self, bytes: &[u8]) -> Result<(), NoList> {
        let mut shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        let (known, sink) = &mut *shared;
        self.items.feed(bytes, &mut |json| {
            let identity = Identity::read(json);
            if known.is_new(identity.as_ref()) {
                sink.object(json, identity.as_ref());
            }
        })
    }

    fn end(self) -> Result<ListMeta, NoList> {
        self.items.end()
    }
}

/// The path and query of a page.
fn path(of: &str, selector: Option<&str>, token: Option<&str>) -> String {
    let params = ListParams {
        limit: Some(PAGE),
        label_selector: selector.map(str::to_owned),
        continue_token: token.map(str::to_owned),
        ..ListParams::default()
    };
    // It is refused for parameters that contradict each other, which these do not.
    Request::new(of).list(&params).map_or_else(|_| of.to_owned(), |made| made.uri().to_string())
}
