//! Large reviews are made apart: a few at once, on threads of their own.
//!
//! What is built of a large body takes many times its bytes, and an allocator keeps some of that
//! for the thread that it was built on. So the memory of large reviews is bounded by their number
//! and not by that of the processors, and no worker is kept from small reviews by them.

use std::sync::Arc;

use tokio::sync::Semaphore;
use tokio::task::{JoinError, spawn_blocking};

/// The largest body that a worker reviews by itself; nearly all are far smaller.
pub(super) const SMALL: usize = 256 << 10;

/// How many large reviews are made at once.
const LARGE: u32 = 2;

/// A body that is larger than this is reviewed while no other large one is. Few that the API server
/// sends are: two objects as large as it takes them come to less, but for what it escapes.
const ALONE: usize = 7 << 20;

/// Where large reviews are made.
#[derive(Debug)]
pub(super) struct LargeReviews(Arc<Semaphore>);

impl Default for LargeReviews {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(LARGE as usize)))
    }
}

impl LargeReviews {
    /// Makes the review of a large body of `size` bytes when it is its turn, in the order in which
    /// they came.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        size: usize,
        review: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, JoinError> {
        // It is never closed, so there is always a turn to come.
        let turns = if size > ALONE { LARGE } else { 1 };
        let turn = Arc::clone(&self.0).acquire_many_owned(turns).await;
        // Whoever asked may be gone before the end; the turn lasts as long as the review.
        let made = spawn_blocking(move || {
            let made = review();
            drop(turn);
            made
        });
        made.await
    }
}
