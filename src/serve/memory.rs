//! The memory that bodies may take together, and who goes when it runs out.
//!
//! What a request announces counts for nothing, or a few that announce much and send nothing would
//! keep all others out. What has come in counts, for as long as it comes in at a rate. Where there
//! is no more room, the body that is furthest behind goes; where none is behind, bodies wait in
//! the order in which they came. A part is kept for small bodies, which most reviews are, so that
//! a few large ones cannot keep all small ones out.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Notify;
use tokio::time::timeout;

pub(super) use super::ledger::NoRoom;
use super::ledger::{Ledger, Stage};

/// The largest body that may use what is kept for small ones.
const SMALL: usize = 1 << 20;

/// How far a body may be behind its rate before it is given up.
const GRACE: Duration = Duration::from_secs(2);

/// The least that must come in a second, in bytes.
const RATE: usize = 64 << 10;

/// The least that must come in a second, as the part of what is there already. Who has sent much
/// holds much, and may not go on at a trickle; who sends evenly never falls back by it.
const PART: usize = 4;

/// How long a body waits for room.
const WAIT: Duration = Duration::from_secs(1);

/// How often one that waits looks for somebody to give way.
const LOOK: Duration = Duration::from_millis(50);

/// The budget.
#[derive(Debug)]
pub(super) struct Memory(Mutex<Ledger>);

impl Memory {
    /// A budget of `bytes`, where the largest body has `largest`: a quarter is kept for small
    /// bodies, as far as the rest still holds the largest.
    pub(super) fn new(bytes: usize, largest: usize) -> Self {
        let kept = (bytes / 4).min(bytes.saturating_sub(largest));
        Self(Mutex::new(Ledger { common: bytes - kept, kept, ..Ledger::default() }))
    }

    /// What a body that begins to come in now holds: nothing yet.
    pub(super) fn share(&self, announced: Option<u64>) -> Share<'_> {
        let is_small = announced.is_none_or(|bytes| bytes <= SMALL as u64);
        let due = Instant::now() + GRACE;
        Share { memory: self, id: None, seen: 0, is_small, due, changed: Arc::default() }
    }

    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        // Nothing that is done under the lock can panic halfway.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What one body holds of the budget, until it is dropped.
#[derive(Debug)]
pub(super) struct Share<'m> {
    memory: &'m Memory,
    id: Option<u64>,
    seen: usize,
    is_small: bool,
    due: Instant,
    changed: Arc<Notify>,
}

impl Share<'_> {
    /// When the body is given up unless more of it comes.
    pub(super) fn due(&self) -> Instant {
        self.due
    }

    /// Waits until another body needs the room more.
    pub(super) async fn ousted(&self) {
        while self.stage() != Some(Stage::Ousted) {
            self.changed.notified().await;
        }
    }

    /// Whether a body that is overdue at `now` gets more time: as long as nobody looked, it
    /// cannot be blamed.
    pub(super) fn is_excused(&mut self, now: Instant) -> bool {
        let unseen = now.saturating_duration_since(self.due);
        if unseen < LOOK {
            return false;
        }
        self.due = now + unseen.min(GRACE);
        true
    }

    /// Notes that so many bytes have come in, which must count even where they are not kept.
    pub(super) fn came(&mut self, bytes: usize) {
        self.seen += bytes;
        let now = Instant::now();
        let rate = u32::try_from(RATE.max(self.seen / PART)).unwrap_or(u32::MAX);
        let earned = Duration::from_secs(u64::try_from(bytes).unwrap_or(u64::MAX)) / rate;
        self.due = (self.due.max(now) + earned).min(now + GRACE);
    }

    /// Takes room for all that has come in; waits for it, but not for long.
    pub(super) async fn hold(&mut self) -> Result<(), NoRoom> {
        self.is_small &= self.seen <= SMALL;
        let has_room = {
            let mut ledger = self.memory.ledger();
            let id = *self.id.get_or_insert_with(|| ledger.open(&self.changed));
            ledger.ask(id, self.seen, self.is_small, self.due)?
        };
        if has_room {
            return Ok(());
        }
        let started = Instant::now();
        while started.elapsed() < WAIT {
            // It is looked again in any case, so it does not matter which of the two it is.
            let _ = timeout(LOOK, self.changed.notified()).await;
            match self.stage() {
                Some(Stage::Waiting) => self.memory.ledger().make_room(),
                None | Some(Stage::Ousted) => return Err(NoRoom),
                Some(Stage::Coming | Stage::Whole) => {
                    // The time was ours, not the sender's.
                    self.due += started.elapsed();
                    return Ok(());
                }
            }
        }
        Err(NoRoom)
    }

    /// Notes that the body is all there: it goes under review now, whoever wants its room.
    pub(super) fn is_whole(&self) {
        let Some(id) = self.id else { return };
        if let Some(account) = self.memory.ledger().bodies.get_mut(&id) {
            account.stage = Stage::Whole;
        }
    }

    /// Gives back what is held; what still comes is not kept any more.
    pub(super) fn let_go(&mut self) {
        if let Some(id) = self.id.take() {
            self.memory.ledger().close(id);
        }
    }

    fn stage(&self) -> Option<Stage> {
        let ledger = self.memory.ledger();
        self.id.and_then(|id| ledger.bodies.get(&id)).map(|account| account.stage)
    }
}

impl Drop for Share<'_> {
    fn drop(&mut self) {
        self.let_go();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: usize = 1 << 20;

    /// Whether a body gets room for so much more without waiting.
    async fn holds(share: &mut Share<'_>, bytes: usize) -> bool {
        share.came(bytes);
        timeout(Duration::ZERO, share.hold()).await.is_ok_and(|held| held.is_ok())
    }

    #[tokio::test]
    async fn f64_what_is_kept_for_small_bodies_no_large_one_takes() {
        let memory = Memory::new(12 * MIB, 8 * MIB);
        let mut large = memory.share(Some(8 * MIB as u64));
        assert!(holds(&mut large, 8 * MIB).await);
        let mut another = memory.share(Some(4 * MIB as u64));
        assert!(!holds(&mut another, 2 * MIB).await, "only what is kept is left");
        for _ in 0..3 {
            let mut small = memory.share(Some(MIB as u64));
            assert!(holds(&mut small, MIB).await);
            std::mem::forget(small);
        }
        let mut small = memory.share(None);
        assert!(!holds(&mut small, 1).await, "nothing is left, or large ones come first");
    }

    #[tokio::test]
    async fn f64_a_body_that_turns_out_to_be_large_gives_back_what_is_kept_for_small_ones() {
        let memory = Memory::new(12 * MIB, 8 * MIB);
        let mut grows = memory.share(None);
        assert!(holds(&mut grows, MIB).await);
        assert_eq!(memory.ledger().kept, 2 * MIB);
        assert!(holds(&mut grows, 1).await);
        let free = || {
            let ledger = memory.ledger();
            (ledger.kept, ledger.common)
        };
        assert_eq!(free(), (3 * MIB, 8 * MIB - 1024));
        drop(grows);
        assert_eq!(free(), (3 * MIB, 9 * MIB));
    }

    #[tokio::test]
    async fn f64_the_largest_body_fits_in_however_small_the_budget_is() {
        for budget in [8 * MIB, 9 * MIB, 96 * MIB] {
            let memory = Memory::new(budget, 8 * MIB);
            assert!(holds(&mut memory.share(Some(8 * MIB as u64)), 8 * MIB).await, "{budget}");
        }
    }

    #[tokio::test]
    async fn f64_who_waits_first_is_served_first() {
        let memory = Memory::new(4 * MIB, 4 * MIB);
        let mut holder = memory.share(None);
        assert!(holds(&mut holder, 4 * MIB).await);
        let (mut first, mut second) = (memory.share(None), memory.share(None));
        first.came(3 * MIB);
        second.came(3 * MIB);
        let (mut first_holds, mut second_holds) =
            (std::pin::pin!(first.hold()), std::pin::pin!(second.hold()));
        assert!(timeout(Duration::ZERO, first_holds.as_mut()).await.is_err());
        assert!(timeout(Duration::ZERO, second_holds.as_mut()).await.is_err());
        drop(holder);
        assert!(timeout(Duration::ZERO, second_holds.as_mut()).await.is_err());
        assert_eq!(timeout(Duration::ZERO, first_holds).await, Ok(Ok(())));
    }

    #[tokio::test]
    async fn f65_who_has_sent_much_may_not_go_on_at_a_trickle() {
        let memory = Memory::new(96 * MIB, 32 * MIB);
        let (mut much, mut little) = (memory.share(None), memory.share(None));
        much.came(16 * MIB);
        little.came(RATE);
        // A second that was lost is won back by a second's worth of bytes, which is more for
        // who holds more.
        for share in [&mut much, &mut little] {
            share.due -= Duration::from_secs(1);
            share.came(RATE);
        }
        let left = |share: &Share<'_>| share.due().saturating_duration_since(Instant::now());
        assert!(left(&much) < Duration::from_millis(1_100), "{:?}", left(&much));
        assert!(left(&little) > Duration::from_millis(1_500), "{:?}", left(&little));
    }
}
