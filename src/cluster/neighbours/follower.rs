//! All kinds that are asked for: which are followed, from when on, and until when.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;
use std::time::Duration;

use kube::Resource;
use kube::core::ApiResource;
use serde::de::DeserializeOwned;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until};

use super::course::{Course, Kept, Tried, Way};
use crate::inventory::{Neighbour, NeighbourKind, OwnerKind, Sight, Table, Templates, Values};

/// The neighbours that rules in force ask for; none while the policies are not known.
pub type Wanted = Option<BTreeSet<Neighbour>>;

/// Who follows neighbours.
pub struct Follower {
    /// How they are followed.
    pub way: Way,
    /// Whether the names of Secrets' keys may be read.
    pub secret_keys: bool,
}

/// How long a kind is waited for before the first review, whatever becomes of it.
const FIRST: Duration = Duration::from_secs(10);

impl Follower {
    /// Follows what is `wanted` for good; `settled` is told when all of it was tried at least once,
    /// and at last when there was time enough for that.
    pub async fn run(self, mut wanted: watch::Receiver<Wanted>, settled: impl Fn() + Send) {
        let mut under_way: BTreeMap<&'static str, Following> = BTreeMap::new();
        let (tell, mut tried) = watch::channel(BTreeSet::new());
        let mut end: Option<Instant> = None;
        loop {
            let mut now = Instant::now();
            let wants = wanted.borrow_and_update().clone();
            if let Some(wants) = wants {
                let end = *end.get_or_insert_with(|| Instant::now() + FIRST);
                let is_wanted = |fills| self.may_follow(fills) && wants.contains(&fills);
                let mut turn = Turn { under_way: &mut under_way, tell: &tell };
                for kind in NeighbourKind::all() {
                    let wanted =
                        self.may_follow(kind.fills) && wants.iter().any(|of| kind.tells_of(*of));
                    self.turn(Table::of(kind), wanted, &mut turn).await;
                }
                let wants_values = wants.contains(&Neighbour::ConfigMapValue);
                self.turn(Values::default(), wants_values, &mut turn).await;
                for kind in OwnerKind::all() {
                    let is_wanted = is_wanted(Neighbour::Owner);
                    self.turn(Templates::of(kind), is_wanted, &mut turn).await;
                }
                now = Instant::now();
                let tried = tried.borrow_and_update();
                if now >= end || under_way.keys().all(|kind| tried.contains(kind)) {
                    settled();
                }
            }
            let at = end.filter(|end| *end > now);
            tokio::select! {
                changed = wanted.changed() => if changed.is_err() { return },
                _ = tried.changed() => {}
                () = sleep_until(at.unwrap_or(now)), if at.is_some() => {}
            }
        }
    }

    fn may_follow(&self, fills: Neighbour) -> bool {
        self.secret_keys || fills != Neighbour::Secret
    }

    /// Follows a kind where that is wanted, of which nothing is kept in `empty`, and no more where
    /// it is not.
    async fn turn<K: Kept>(&self, empty: K, is_wanted: bool, turn: &mut Turn<'_>)
    where
        K::Entry: Resource<DynamicType = ApiResource> + Clone + Debug + DeserializeOwned + Send,
    {
        let kind = empty.of().label;
        if is_wanted && !turn.under_way.contains_key(kind) {
            let course = Course::new(empty, self.way.clone(), turn.tell.clone());
            turn.under_way.insert(kind, Following(tokio::spawn(course.run())));
        } else if !is_wanted && let Some(mut following) = turn.under_way.remove(kind) {
            following.0.abort();
            // Until then it may still put in force what it knows.
            let _ = (&mut following.0).await;
            (self.way.change)(&|inventory| {
                empty.clone().put(inventory);
                empty.see(inventory, Sight::NotLookedAt);
            });
            self.way.observer.neighbours_stand(kind, None);
        }
    }
}

/// What is followed at the moment, and whom each kind tells that it was tried.
struct Turn<'t> {
    under_way: &'t mut BTreeMap<&'static str, Following>,
    tell: &'t watch::Sender<Tried>,
}

/// A kind that is followed, for as long as this is kept.
struct Following(JoinHandle<()>);

impl Drop for Following {
    fn drop(&mut self) {
        self.0.abort();
    }
}
