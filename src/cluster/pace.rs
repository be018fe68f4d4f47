//! How often the API server is asked: so many requests a second, and so many at once after a rest.
//!
//! Only the sending waits. What is under way, a watch above all, is not touched.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::time::{Instant, Sleep, sleep_until};
use tower::{Layer, Service};

/// How often the API server may be asked.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pace {
    /// Requests a second in the long run.
    pub per_second: f64,
    /// Requests at once after a rest.
    pub burst: u32,
}

/// When requests may be sent: the bucket of tokens, as the moment at which it will be full again
/// (the generic cell rate algorithm).
#[derive(Debug)]
struct Bucket {
    /// What one request costs.
    cost: Duration,
    /// What fits in.
    room: Duration,
    full_at: Instant,
}

impl Bucket {
    fn new(pace: Pace, now: Instant) -> Self {
        let cost = Duration::from_secs_f64(1.0 / pace.per_second.max(0.001));
        Self { cost, room: cost * pace.burst.max(1), full_at: now }
    }

    /// When the next request may be sent.
    fn next(&self) -> Instant {
        let spent = self.room.saturating_sub(self.cost);
        self.full_at.checked_sub(spent).unwrap_or(self.full_at)
    }

    /// Takes note of a request.
    fn take(&mut self, now: Instant) {
        self.full_at = self.full_at.max(now) + self.cost;
    }
}

/// Makes services [`Paced`].
#[derive(Debug, Clone, Copy)]
pub(super) struct PaceLayer(pub(super) Pace);

impl<S> Layer<S> for PaceLayer {
    type Service = Paced<S>;

    fn layer(&self, inner: S) -> Paced<S> {
        let bucket = Bucket::new(self.0, Instant::now());
        Paced { inner, bucket, rest: None }
    }
}

/// A service that is ready for a request only when its turn has come.
#[derive(Debug)]
pub(super) struct Paced<S> {
    inner: S,
    bucket: Bucket,
    rest: Option<Pin<Box<Sleep>>>,
}

impl<S> Paced<S> {
    fn poll_turn(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let next = self.bucket.next();
        if self.rest.is_none() && next > Instant::now() {
            self.rest = Some(Box::pin(sleep_until(next)));
        }
        if let Some(rest) = &mut self.rest {
            ready!(rest.as_mut().poll(cx));
            self.rest = None;
        }
        Poll::Ready(())
    }
}

impl<S: Service<R>, R> Service<R> for Paced<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        ready!(self.poll_turn(cx));
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: R) -> S::Future {
        self.bucket.take(Instant::now());
        self.inner.call(request)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::convert::Infallible;
    use std::future::poll_fn;

    #[test]
    fn after_a_rest_the_burst_goes_at_once_and_then_so_many_a_second() {
        let start = Instant::now();
        let mut bucket = Bucket::new(Pace { per_second: 10.0, burst: 3 }, start);
        let mut sent = Vec::new();
        for _ in 0..6 {
            let at = bucket.next().max(start);
            bucket.take(at);
            sent.push(at.duration_since(start).as_millis());
        }
        assert_eq!(sent, [0, 0, 0, 100, 200, 300]);
        // A long rest fills it again, and no further.
        let later = start + Duration::from_mins(1);
        let waits = (0..4).map(|_| {
            let at = bucket.next().max(later);
            bucket.take(at);
            at.duration_since(later).as_millis()
        });
        assert_eq!(waits.collect::<Vec<_>>(), [0, 0, 0, 100]);
    }

    #[tokio::test]
    async fn only_sending_waits_and_not_what_is_under_way() {
        // A service whose answers never come, as the end of a watch does not.
        let endless = tower::service_fn(|(): ()| std::future::pending::<Result<(), Infallible>>());
        let mut paced = PaceLayer(Pace { per_second: 20.0, burst: 2 }).layer(endless);
        let start = std::time::Instant::now();
        let mut under_way = Vec::new();
        for _ in 0..4 {
            let Ok(()) = poll_fn(|cx| paced.poll_ready(cx)).await;
            under_way.push(paced.call(()));
        }
        let took = start.elapsed();
        assert!(took >= Duration::from_millis(95), "two waited their turn: {took:?}");
        assert!(took < Duration::from_secs(2), "and for nothing else: {took:?}");
    }
}
