//! All kinds that are asked for: which are followed, from when on, and until when.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until};

use super::course::{Course, Tried, Way};
use crate::inventory::{Neighbour, NeighbourKind, Sight, Table};

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
        let mut under_way: BTreeMap<&str, Following> = BTreeMap::new();
        let (tell, mut tried) = watch::channel(BTreeSet::new());
        let mut end: Option<Instant> = None;
        loop {
            let mut now = Instant::now();
            let wants = wanted.borrow_and_update().clone();
            if let Some(wants) = wants {
                let end = *end.get_or_insert_with(|| Instant::now() + FIRST);
                for kind in NeighbourKind::all() {
                    let is_wanted = self.may_follow(kind) && wants.contains(&kind.fills);
                    if !is_wanted && let Some(following) = under_way.remove(kind.plural) {
                        self.stop(kind, following).await;
                    } else if is_wanted && !under_way.contains_key(kind.plural) {
                        under_way.insert(kind.plural, self.start(kind, tell.clone()));
                    }
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

    fn may_follow(&self, kind: &NeighbourKind) -> bool {
        self.secret_keys || kind.fills != Neighbour::Secret
    }

    fn start(&self, kind: &'static NeighbourKind, tried: watch::Sender<Tried>) -> Following {
        Following(tokio::spawn(Course::new(kind, self.way.clone(), tried).run()))
    }

    /// Follows a kind no more, of which then nothing is known.
    async fn stop(&self, kind: &'static NeighbourKind, mut following: Following) {
        following.0.abort();
        // Until then it may still put in force what it knows.
        let _ = (&mut following.0).await;
        (self.way.change)(&|inventory| {
            inventory.replace(Table::of(kind));
            inventory.see(kind, Sight::NotLookedAt);
        });
        self.way.observer.neighbours_stand(kind.plural, None);
    }
}

/// A kind that is followed, for as long as this is kept.
struct Following(JoinHandle<()>);

impl Drop for Following {
    fn drop(&mut self) {
        self.0.abort();
    }
}
