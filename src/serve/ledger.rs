//! Who holds how much of the memory for bodies, who waits, and who goes.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Notify;

/// Where another wants its room, a body is given up that has less than this of its grace left:
/// one that is a quarter of a second behind.
const LEFT: Duration = Duration::from_millis(1_750);

/// Who holds what; the keys of `bodies` are in the order in which they came.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    /// What is free for every body.
    pub(super) common: usize,
    /// What is free for small bodies alone.
    pub(super) kept: usize,
    pub(super) bodies: BTreeMap<u64, Account>,
    pub(super) next: u64,
    pub(super) small_waiting: VecDeque<u64>,
    pub(super) large_waiting: VecDeque<u64>,
}

/// What one body holds.
#[derive(Debug)]
pub(super) struct Account {
    pub(super) common: usize,
    pub(super) kept: usize,
    /// What it needs for all that has come in.
    pub(super) needed: usize,
    pub(super) is_small: bool,
    pub(super) due: Instant,
    pub(super) stage: Stage,
    /// The stage is another now.
    pub(super) changed: Arc<Notify>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// More of it is awaited.
    Coming,
    /// It waits for room.
    Waiting,
    /// It is all there, and under review.
    Whole,
    /// It has to go.
    Ousted,
}

/// There is no room, or this body had to make some.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct NoRoom;

impl Ledger {
    pub(super) fn open(&mut self, changed: &Arc<Notify>) -> u64 {
        let id = self.next;
        self.next += 1;
        let account = Account {
            common: 0,
            kept: 0,
            needed: 0,
            is_small: true,
            due: Instant::now(),
            stage: Stage::Coming,
            changed: Arc::clone(changed),
        };
        self.bodies.insert(id, account);
        id
    }

    /// Whether body `id` has room for so many bytes now; where it has not, it waits for it.
    pub(super) fn ask(
        &mut self,
        id: u64,
        bytes: usize,
        is_small: bool,
        due: Instant,
    ) -> Result<bool, NoRoom> {
        let account = self.bodies.get_mut(&id).ok_or(NoRoom)?;
        if account.stage == Stage::Ousted {
            return Err(NoRoom);
        }
        (account.is_small, account.due) = (is_small, due);
        account.needed = bytes.div_ceil(1024) * 1024;
        let is_first = self.queue(is_small).is_empty();
        if is_first && self.grant(id) {
            return Ok(true);
        }
        if let Some(account) = self.bodies.get_mut(&id) {
            account.stage = Stage::Waiting;
        }
        self.queue(is_small).push_back(id);
        self.make_room();
        Ok(false)
    }

    pub(super) fn queue(&mut self, is_small: bool) -> &mut VecDeque<u64> {
        if is_small { &mut self.small_waiting } else { &mut self.large_waiting }
    }

    /// Gives body `id` what it lacks, where there is so much.
    pub(super) fn grant(&mut self, id: u64) -> bool {
        let is_large_awaited = !self.large_waiting.is_empty();
        let Some(account) = self.bodies.get_mut(&id) else { return true };
        let (of_common, of_kept) = if account.is_small {
            let missing = account.needed.saturating_sub(account.common + account.kept);
            let of_kept = missing.min(self.kept);
            (missing - of_kept, of_kept)
        } else {
            (account.needed.saturating_sub(account.common), 0)
        };
        // Small ones that keep coming must not keep out a large one.
        let gives_way = account.is_small && of_common > 0 && is_large_awaited;
        if of_common > self.common || gives_way {
            return false;
        }
        self.common -= of_common;
        self.kept -= of_kept;
        account.common += of_common;
        account.kept += of_kept;
        if !account.is_small {
            // It may have been small before.
            self.kept += std::mem::take(&mut account.kept);
        }
        account.stage = Stage::Coming;
        true
    }

    /// Gives to those that wait, in their order, what has become free.
    pub(super) fn settle(&mut self) {
        for is_small in [false, true] {
            while let Some(&id) = self.queue(is_small).front()
                && self.grant(id)
            {
                self.queue(is_small).pop_front();
                if let Some(account) = self.bodies.get(&id) {
                    account.changed.notify_one();
                }
            }
        }
    }

    pub(super) fn close(&mut self, id: u64) {
        let Some(account) = self.bodies.remove(&id) else { return };
        self.common += account.common;
        self.kept += account.kept;
        self.small_waiting.retain(|waiting| *waiting != id);
        self.large_waiting.retain(|waiting| *waiting != id);
        self.settle();
        self.make_room();
    }

    /// Has a body go whose room would help those that wait: the one that is furthest behind;
    /// where all wait for each other, the one that came last. One at a time.
    pub(super) fn make_room(&mut self) {
        let (is_small, is_large) = (!self.small_waiting.is_empty(), !self.large_waiting.is_empty());
        let would_help =
            |a: &Account| (is_small || is_large) && a.common > 0 || is_small && a.kept > 0;
        let holders = || self.bodies.iter().filter(|(_, account)| would_help(account));
        if holders().any(|(_, account)| account.stage == Stage::Ousted) {
            return;
        }
        let late = Instant::now() + LEFT;
        let furthest_behind = holders()
            .filter(|(_, account)| account.stage == Stage::Coming && account.due < late)
            .min_by_key(|(_, account)| account.due);
        let all_wait = || holders().all(|(_, account)| account.stage == Stage::Waiting);
        let last_to_come = || holders().next_back().filter(|_| all_wait());
        let Some((&id, _)) = furthest_behind.or_else(last_to_come) else { return };
        if let Some(account) = self.bodies.get_mut(&id) {
            account.stage = Stage::Ousted;
            account.changed.notify_one();
            self.small_waiting.retain(|waiting| *waiting != id);
            self.large_waiting.retain(|waiting| *waiting != id);
        }
    }
}
