//! How many connections there may be at once, and which of them goes when one more comes.
//!
//! A client that may hold a seat for as long as it likes shuts out the API server with nothing but
//! connections. So whoever comes gets in at once, and the one that needs its seat least goes. A
//! single client that comes again and again only takes its own seats, or the API server would not
//! get through its handshakes.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::activity::{Activity, Reason};

/// How often one that waits looks for another that may go.
const LOOK: Duration = Duration::from_millis(50);

/// The seats of a listener.
#[derive(Debug)]
pub(super) struct Seats {
    limit: usize,
    taken: Mutex<Taken>,
    freed: Notify,
}

#[derive(Debug, Default)]
struct Taken {
    by_number: BTreeMap<u64, Occupant>,
    next: u64,
}

#[derive(Debug)]
struct Occupant {
    source: IpAddr,
    activity: Arc<Activity>,
    eviction: CancellationToken,
}

/// A seat, until it is dropped.
#[derive(Debug)]
pub(super) struct Seat {
    seats: Arc<Seats>,
    number: u64,
    /// What the connection is doing.
    pub(super) activity: Arc<Activity>,
    /// Another needs the seat more.
    pub(super) eviction: CancellationToken,
}

impl Seats {
    /// So many, and at least one.
    pub(super) fn new(limit: usize) -> Arc<Self> {
        Arc::new(Self { limit: limit.max(1), taken: Mutex::default(), freed: Notify::new() })
    }

    /// Takes a seat for one that comes from `source`; where there is none, has somebody leave, and
    /// tells `made_room` each time.
    pub(super) async fn take(self: &Arc<Self>, source: IpAddr, made_room: impl Fn()) -> Seat {
        loop {
            if let Some(seat) = self.take_free(source) {
                return seat;
            }
            if self.evict_one() {
                made_room();
            }
            // It is looked again in any case, so it does not matter which of the two it is.
            let _ = timeout(LOOK, self.freed.notified()).await;
        }
    }

    /// Asks the connection that needs its seat least to leave; false where all are needed.
    pub(super) fn evict_one(&self) -> bool {
        let taken = self.taken();
        let crowd = taken.crowd();
        let candidates = taken.by_number.values().filter(|one| !one.eviction.is_cancelled());
        let reasons = candidates.filter_map(|one| {
            let (reason, age) = one.activity.reason_to_go()?;
            let is_of_crowd =
                crowd == Some(one.source) && matches!(reason, Reason::Stranger | Reason::New);
            Some(((Reverse(is_of_crowd), reason, Reverse(age)), one))
        });
        let least_needed = reasons.min_by_key(|(order, _)| *order);
        let Some((_, occupant)) = least_needed else { return false };
        occupant.eviction.cancel();
        true
    }

    fn take_free(self: &Arc<Self>, source: IpAddr) -> Option<Seat> {
        let mut taken = self.taken();
        if taken.by_number.len() >= self.limit {
            return None;
        }
        let number = taken.next;
        taken.next += 1;
        let (activity, eviction) = (Activity::new(), CancellationToken::new());
        let occupant =
            Occupant { source, activity: Arc::clone(&activity), eviction: eviction.clone() };
        taken.by_number.insert(number, occupant);
        Some(Seat { seats: Arc::clone(self), number, activity, eviction })
    }

    fn taken(&self) -> MutexGuard<'_, Taken> {
        // Nothing that is done under the lock can panic halfway.
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Taken {
    /// The address from which more than half of those come that have never been answered a review.
    fn crowd(&self) -> Option<IpAddr> {
        let strangers = self.by_number.values().filter(|one| !one.activity.was_answered());
        let sources = strangers.map(|one| one.source);
        // A majority outlives it when each of another kind takes one of it along.
        let (candidate, _) = sources.clone().fold((None, 0_usize), |(candidate, lead), source| {
            match (candidate, lead) {
                (_, 0) => (Some(source), 1),
                (of, lead) if of == Some(source) => (of, lead + 1),
                (of, lead) => (of, lead - 1),
            }
        });
        let all = sources.clone().count();
        candidate.filter(|of| sources.filter(|source| source == of).count() * 2 > all)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.seats.taken().by_number.remove(&self.number);
        self.seats.freed.notify_one();
    }
}
