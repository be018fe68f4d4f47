//! One kind, followed.

use std::collections::BTreeSet;
use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use kube::core::ApiResource;
use kube::runtime::watcher::Config;
use kube::{Api, Client, Resource};
use serde::de::DeserializeOwned;
use tokio::sync::watch;
use tokio::time::sleep;

use super::standing::Standing;
use crate::cluster::live::{Followed, Live, LiveOwner, LiveValues, served};
use crate::cluster::reflection::{Broken, Fold, Open, Reflection};
use crate::cluster::single::{LONGEST_DELAY, delays};
use crate::cluster::{Observer, Unanswered};
use crate::inventory::{Inventory, KeySource, Neighbour, Sight, Table, Templates, Values};
use crate::text::error_chain;

/// How neighbours are followed, and where what is known of them goes.
#[derive(Clone)]
pub struct Way {
    /// Asks the API server.
    pub client: Client,
    /// Changes what is known, for all reviews from now on.
    pub change: Arc<dyn Fn(&Change<'_>) + Send + Sync>,
    /// Is told how each kind stands.
    pub observer: Arc<dyn Observer>,
}

/// What becomes of what is known; it may be asked for more than once.
pub type Change<'c> = dyn Fn(&mut Inventory) + 'c;

/// The kinds that were tried at least once.
pub(super) type Tried = BTreeSet<&'static str>;

/// How long until a kind that is absent or forbidden is looked for again.
const AGAIN: Duration = Duration::from_secs(20);

/// How long until a kind of which there were more objects than are kept is listed anew.
const RELIST: Duration = Duration::from_mins(10);

/// What is kept of the objects of one kind, and where it goes.
pub(super) trait Kept: Fold + 'static {
    /// The kind.
    fn of(&self) -> Followed;

    /// Puts it in place of what was known.
    fn put(self, inventory: &mut Inventory);

    /// Says how well it is known.
    fn see(&self, inventory: &mut Inventory, sight: Sight);
}

impl Kept for Table {
    fn of(&self) -> Followed {
        self.kind().into()
    }

    fn put(self, inventory: &mut Inventory) {
        inventory.replace(self);
    }

    fn see(&self, inventory: &mut Inventory, sight: Sight) {
        inventory.see(self.kind(), sight);
    }
}

impl Kept for Templates {
    fn of(&self) -> Followed {
        self.kind().into()
    }

    fn put(self, inventory: &mut Inventory) {
        inventory.replace_templates(self);
    }

    fn see(&self, inventory: &mut Inventory, sight: Sight) {
        inventory.see_owners(self.kind(), sight);
    }
}

/// How many objects are listed at once whose values come with them, up to a mebibyte each.
const WITH_VALUES: u32 = 25;

/// How many of others.
const WITHOUT: u32 = 100;

impl Kept for Values {
    fn of(&self) -> Followed {
        Followed::VALUES
    }

    fn put(self, inventory: &mut Inventory) {
        inventory.replace_values(self);
    }

    fn see(&self, inventory: &mut Inventory, sight: Sight) {
        inventory.see_values(KeySource::ConfigMap, sight);
    }
}

impl Fold for Values {
    type Entry = LiveValues;

    fn page(&self) -> u32 {
        WITH_VALUES
    }

    fn apply(&mut self, entry: LiveValues) {
        Self::apply(self, &entry.data);
    }

    fn delete(&mut self, entry: &LiveValues) {
        Self::delete(self, &entry.data);
    }

    fn shrinks_to(&self, _: &Self) -> bool {
        false
    }

    fn is_full(&self) -> bool {
        Self::is_full(self)
    }
}

impl Fold for Templates {
    type Entry = LiveOwner;

    fn page(&self) -> u32 {
        WITHOUT
    }

    fn apply(&mut self, entry: LiveOwner) {
        Self::apply(self, &entry.owner);
    }

    fn delete(&mut self, entry: &LiveOwner) {
        Self::delete(self, &entry.owner);
    }

    fn shrinks_to(&self, _: &Self) -> bool {
        false
    }

    fn is_full(&self) -> bool {
        Self::is_full(self)
    }
}

impl Fold for Table {
    type Entry = Live;

    fn page(&self) -> u32 {
        match self.kind().fills {
            Neighbour::Secret | Neighbour::ConfigMap => WITH_VALUES,
            _ => WITHOUT,
        }
    }

    fn apply(&mut self, entry: Live) {
        Self::apply(self, &entry.trimmed);
    }

    fn delete(&mut self, entry: &Live) {
        Self::delete(self, &entry.trimmed);
    }

    fn shrinks_to(&self, _: &Self) -> bool {
        false
    }

    fn is_full(&self) -> bool {
        Self::is_full(self)
    }
}

/// How it goes with one kind.
pub(super) struct Course<K> {
    empty: K,
    kind: Followed,
    standing: Standing,
    tried: watch::Sender<Tried>,
    way: Way,
}

impl<K: Kept> Course<K>
where
    K::Entry: Resource<DynamicType = ApiResource> + Clone + Debug + DeserializeOwned + Send,
{
    /// Of a kind of which nothing is kept yet.
    pub(super) fn new(empty: K, way: Way, tried: watch::Sender<Tried>) -> Self {
        Self { kind: empty.of(), empty, standing: Standing::Pending, tried, way }
    }

    pub(super) async fn run(mut self) {
        let Way { client, change, observer } = self.way.clone();
        observer.neighbours_stand(self.kind.label, Some(self.standing));
        let publish = move |kept: K| change(&|inventory| kept.clone().put(inventory));
        let mut reflection = Reflection::new(self.empty.clone(), Open, publish);
        let mut rests = delays();
        loop {
            let broken = match served(&client, self.kind).await {
                Ok(Some(resource)) => {
                    let api: Api<K::Entry> = Api::all_with(client.clone(), &resource);
                    let config = Config::default().page_size(self.empty.page());
                    let is_fresh = || {
                        rests = delays();
                        self.stands(Standing::Known, "");
                    };
                    reflection.run(api, config, is_fresh).await
                }
                Ok(None) => Broken { code: Some(NOT_FOUND), ..Broken::default() },
                Err(error) => unanswered(&error),
            };
            let standing = self.after(&broken);
            // What is not looked at any more must not be taken for what is not there.
            if standing == Standing::Absent {
                reflection.forget();
            }
            self.stands(standing, &broken.reason);
            if matches!(standing, Standing::Forbidden | Standing::Full) {
                reflection.forget();
            }
            sleep(match standing {
                Standing::Full => RELIST,
                Standing::Absent | Standing::Forbidden => AGAIN,
                _ => rests.next().unwrap_or(LONGEST_DELAY),
            })
            .await;
        }
    }

    /// How the kind stands once it is followed no more.
    fn after(&self, broken: &Broken) -> Standing {
        match (broken.code, self.standing) {
            _ if broken.is_full => Standing::Full,
            (Some(NOT_FOUND), _) if self.kind.version.is_none() => Standing::Absent,
            (Some(FORBIDDEN), _) => Standing::Forbidden,
            (_, Standing::Known | Standing::Absent) => Standing::StaleSince(Timestamp::now()),
            (_, Standing::StaleSince(moment)) => Standing::StaleSince(moment),
            (_, Standing::Pending | Standing::Forbidden | Standing::Full) => Standing::Pending,
        }
    }

    /// Puts in force how the kind stands, and says so where it stood otherwise before.
    fn stands(&mut self, standing: Standing, reason: &str) {
        let (kind, before) = (self.kind, std::mem::replace(&mut self.standing, standing));
        (self.way.change)(&|inventory| self.empty.see(inventory, standing.sight()));
        self.way.observer.neighbours_stand(kind.label, Some(standing));
        let is_first = self.tried.send_if_modified(|tried| tried.insert(kind.label));
        if before == standing && !is_first {
            return;
        }
        let follows = match kind.fills {
            Neighbour::Owner => "what controllers make from them is not judged",
            _ => "rules that ask for them are undetermined",
        };
        let (kind, group, neighbours) = (kind.label, kind.group, kind.fills.plural());
        match standing {
            Standing::Known if is_first => {}
            Standing::Known => tracing::info!(kind, "followed again"),
            Standing::Absent => tracing::info!(kind, group, "the cluster has no such kind"),
            Standing::Forbidden => tracing::warn!(
                kind,
                group,
                neighbours,
                reason,
                "not looked at, and {follows}; give the right to list and watch them"
            ),
            Standing::Full => tracing::warn!(
                kind,
                group,
                neighbours,
                "not looked at, and {follows}: they take more memory than is kept for them"
            ),
            Standing::Pending | Standing::StaleSince(_) => {
                tracing::warn!(kind, reason, "not followed for a moment; {follows}");
            }
        }
    }
}

/// What the API server says of what it does not have.
const NOT_FOUND: u16 = 404;

/// What the API server says to whoever may not ask.
const FORBIDDEN: u16 = 403;

fn unanswered(error: &Unanswered) -> Broken {
    let code = error.is_forbidden().then_some(FORBIDDEN);
    Broken { reason: error_chain(error), code, is_full: false }
}
