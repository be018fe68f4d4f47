//! What a connection is doing, and for how long it may.
//!
//! A client that pools connections must never meet a close while it sends (F-80): the API server's
//! pool drops idle ones after 90 s, so they are kept for longer here. A client that starts a
//! request and does not finish its head, or connects and says nothing, is cut off soon (F-60).

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// How long a connection may stay in each phase.
#[derive(Debug, Clone, Copy)]
pub struct Timeouts {
    /// For the TLS handshake.
    pub handshake: Duration,
    /// For the first byte of the first request.
    pub first_byte: Duration,
    /// For the rest of a request's head.
    pub head: Duration,
    /// Between requests; above the 90 s of Go's pool.
    pub idle: Duration,
    /// For a whole request and its answer.
    pub busy: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            handshake: Duration::from_secs(5),
            first_byte: Duration::from_secs(15),
            head: Duration::from_secs(5),
            idle: Duration::from_mins(2),
            busy: Duration::from_secs(40),
        }
    }
}

/// How long the head or the body of a request may take where others wait for the seat.
const STALL: Duration = Duration::from_secs(1);

/// How long a new connection keeps its seat where others wait for one.
const NEW: Duration = Duration::from_millis(250);

const HANDSHAKE: u8 = 0;
const FRESH: u8 = 1;
const HEAD: u8 = 2;
const BUSY: u8 = 3;
const IDLE: u8 = 4;

/// Why a connection may be closed so that another gets its seat; the first reason goes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Reason {
    /// It has never been answered a review, and is not about to ask for one.
    Stranger,
    /// It waits for its next review, as those in the API server's pool do.
    Pooled,
    /// It has been answered before, and does not get on with its next request.
    Stalled,
    /// It is new.
    New,
}

/// The phase of one connection and when it began.
#[derive(Debug)]
pub(super) struct Activity {
    phase: AtomicU8,
    since_ms: AtomicU64,
    was_answered: AtomicBool,
    start: Instant,
}

impl Activity {
    /// A connection that has said nothing yet.
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self {
            phase: AtomicU8::new(HANDSHAKE),
            since_ms: AtomicU64::new(0),
            was_answered: AtomicBool::new(false),
            start: Instant::now(),
        })
    }

    fn enter(&self, phase: u8) {
        let elapsed = u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.since_ms.store(elapsed, Ordering::Relaxed);
        self.phase.store(phase, Ordering::Relaxed);
    }

    fn received(&self) {
        if matches!(self.phase.load(Ordering::Relaxed), FRESH | IDLE) {
            self.enter(HEAD);
        }
    }

    /// Requests may come from now on.
    pub(super) fn open(&self) {
        self.enter(FRESH);
    }

    /// A request's head is complete.
    pub(super) fn begin(&self) {
        self.enter(BUSY);
    }

    /// A request is answered. Only who asked for a review may stay for long.
    pub(super) fn end(&self, was_review: bool) {
        self.was_answered.fetch_or(was_review, Ordering::Relaxed);
        self.enter(if was_review { IDLE } else { FRESH });
    }

    /// Whether the connection has been in its phase for too long.
    pub(super) fn is_overdue(&self, timeouts: &Timeouts) -> bool {
        let limit = match self.phase.load(Ordering::Relaxed) {
            HANDSHAKE => timeouts.handshake,
            FRESH => timeouts.first_byte,
            HEAD => timeouts.head,
            BUSY => timeouts.busy,
            _ => timeouts.idle,
        };
        self.age() > limit
    }

    /// Why it may be closed where all seats are taken, and for how long that has been so.
    pub(super) fn reason_to_go(&self) -> Option<(Reason, Duration)> {
        let was_answered = self.was_answered();
        let phase = self.phase.load(Ordering::Relaxed);
        let age = self.age();
        let is_within_request = matches!(phase, HEAD | BUSY);
        let reason = match (was_answered, is_within_request) {
            (true, false) => Reason::Pooled,
            (true, true) if age >= STALL => Reason::Stalled,
            (false, true) if age >= STALL => Reason::Stranger,
            (false, false) if age >= NEW => Reason::Stranger,
            (false, _) if phase != BUSY => Reason::New,
            _ => return None,
        };
        Some((reason, age))
    }

    /// Whether it has ever been answered a review.
    pub(super) fn was_answered(&self) -> bool {
        self.was_answered.load(Ordering::Relaxed)
    }

    /// Whether a connection that is to be closed gets to finish the request it is at.
    pub(super) fn may_finish(&self) -> bool {
        let phase = self.phase.load(Ordering::Relaxed);
        let is_within_request = phase == BUSY || phase == HEAD && self.was_answered();
        is_within_request && self.age() < STALL
    }

    fn age(&self) -> Duration {
        let since = Duration::from_millis(self.since_ms.load(Ordering::Relaxed));
        self.start.elapsed().saturating_sub(since)
    }
}

/// A stream that notes when bytes come in.
pub(super) struct TimedStream<S> {
    stream: S,
    activity: Arc<Activity>,
}

impl<S> TimedStream<S> {
    /// Watches `stream`.
    pub(super) fn new(stream: S, activity: Arc<Activity>) -> Self {
        Self { stream, activity }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for TimedStream<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let polled = Pin::new(&mut self.stream).poll_read(cx, buffer);
        if buffer.filled().len() > before {
            self.activity.received();
        }
        polled
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for TimedStream<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        data: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, data)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}
