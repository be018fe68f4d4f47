//! Work on many things at once, with what comes of it in their order.

use rayon::iter::{IntoParallelIterator, ParallelIterator};
use rayon::{ThreadPool, ThreadPoolBuilder};

/// How much is worked on at a time, in bytes of the user's text: what came of it waits until all of
/// it is done, so this bounds the memory that waiting takes.
const BATCH: usize = 192 << 10;

/// The threads of a run; none of their own where one is enough.
pub(super) struct Threads(Option<ThreadPool>);

impl Threads {
    /// That many threads, where the system gives them.
    pub(super) fn new(count: usize) -> Self {
        let pool = (count > 1).then(|| ThreadPoolBuilder::new().num_threads(count).build());
        Self(pool.and_then(Result::ok))
    }

    /// Does `work` on every item, and gives what comes of each to `take`, in the order of the items.
    ///
    /// While a batch is worked on, what came of the batch before is taken.
    ///
    /// # Errors
    /// What `take` says first; the rest is left.
    pub(super) fn each<I: Send, T: Send, E>(
        &self,
        items: impl IntoIterator<Item = I>,
        size: impl Fn(&I) -> usize,
        work: impl Fn(I) -> T + Sync,
        mut take: impl FnMut(T) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut items = items.into_iter();
        let Some(pool) = &self.0 else {
            return items.try_for_each(|item| take(work(item)));
        };
        let mut done: Vec<T> = Vec::new();
        loop {
            let mut left = BATCH;
            let mut batch = Vec::new();
            while left > 0
                && let Some(item) = items.next()
            {
                left = left.saturating_sub(size(&item).max(1));
                batch.push(item);
            }
            if batch.is_empty() {
                return done.into_iter().try_for_each(take);
            }
            let mut next = Vec::new();
            pool.in_place_scope(|scope| {
                scope.spawn(|_| next = batch.into_par_iter().map(&work).collect());
                std::mem::take(&mut done).into_iter().try_for_each(&mut take)
            })?;
            done = next;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn with_any_number_of_threads_the_order_is_that_of_the_items() {
        for threads in [1, 2, 5] {
            let mut taken = Vec::new();
            let size = |item: &usize| item % 7 * (BATCH / 10);
            let work = |item: usize| {
                std::thread::sleep(std::time::Duration::from_micros(item as u64 % 5 * 100));
                item * 2
            };
            let take = |double| {
                taken.push(double);
                Ok::<(), ()>(())
            };
            assert_eq!(Threads::new(threads).each(0..200, size, work, take), Ok(()));
            assert_eq!(taken, (0..200).map(|item| item * 2).collect::<Vec<_>>(), "{threads}");
        }
    }

    #[test]
    fn an_error_ends_it() {
        for threads in [1, 3] {
            let mut taken = 0;
            let take = |item| {
                taken += 1;
                if item == 10 { Err(item) } else { Ok(()) }
            };
            let ended = Threads::new(threads).each(0..100, |_| BATCH / 4, |item| item, take);
            assert_eq!((ended, taken), (Err(10), 11));
        }
    }
}
