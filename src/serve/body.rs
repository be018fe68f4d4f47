//! How a body is read: bounded in size, in time, and in the memory that all take together.

use std::time::{Duration, Instant};

use axum::body::{Body, Bytes};
use http_body_util::BodyExt;
use tokio::time::{timeout, timeout_at};

use super::memory::Share;

/// Why a body did not come in whole.
pub(super) enum BodyError {
    /// It broke off.
    Broken,
    /// It came in too slowly.
    TooSlow,
    /// There is no room for it.
    NoMemory,
    /// It is too large.
    TooLarge,
}

/// How much of a body that is too large is looked through for its uid, which the API server writes
/// in front of all that can be large.
const BEGINNING: usize = 1 << 20;

/// As much of a body as is looked through for its uid.
pub(super) fn beginning(body: &[u8]) -> &[u8] {
    body.get(..BEGINNING).unwrap_or(body)
}

/// How much of a body that is not wanted is received and dropped, so that the sender gets to read
/// the answer.
const DRAIN: usize = 64 << 20;

/// How long that may take where the sender is to try again.
const DRAIN_TIME: Duration = Duration::from_secs(1);

/// Reads all of `body`, of at most `limit` bytes, into what `share` holds of the memory; what has
/// come in when it fails stays in `pieces`.
pub(super) async fn read(
    body: &mut Body,
    limit: usize,
    share: &mut Share<'_>,
    pieces: &mut Pieces,
) -> Result<(), BodyError> {
    while let Some(data) = next(body, share).await? {
        let is_too_large = pieces.bytes + data.len() > limit;
        if is_too_large {
            let fits = limit.saturating_sub(pieces.bytes).min(BEGINNING);
            pieces.add(data.slice(..data.len().min(fits)));
            return Err(BodyError::TooLarge);
        }
        share.hold().await.map_err(|_| BodyError::NoMemory)?;
        pieces.add(data);
    }
    share.is_whole();
    Ok(())
}

/// Receives the rest of a body that is not wanted, and drops it.
pub(super) async fn drain(body: &mut Body, share: &mut Share<'_>) {
    share.let_go();
    let mut dropped = 0;
    while dropped < DRAIN
        && let Ok(Some(data)) = next(body, share).await
    {
        dropped += data.len();
    }
}

/// The same for a moment: whoever does not send on by then has not waited for an answer either.
pub(super) async fn drain_for_a_moment(body: &mut Body, share: &mut Share<'_>) {
    let _ = timeout(DRAIN_TIME, drain(body, share)).await;
}

/// The smallest piece into which data is copied.
const PIECE: usize = 16 << 10;

/// What has come in of a body.
///
/// A vector that grows holds up to three times what is in it while it moves, and twice as much
/// when it has: the budget would mean nothing. So data is kept in pieces, and put together once.
#[derive(Default)]
pub(super) struct Pieces {
    /// One frame is handed on as it is.
    only: Option<Bytes>,
    copied: Vec<Vec<u8>>,
    bytes: usize,
}

impl Pieces {
    fn add(&mut self, data: Bytes) {
        self.bytes += data.len();
        if self.copied.is_empty() && self.only.is_none() {
            self.only = Some(data);
            return;
        }
        if let Some(before) = self.only.take() {
            self.copy(&before);
        }
        self.copy(&data);
    }

    fn copy(&mut self, mut data: &[u8]) {
        while !data.is_empty() {
            if self.copied.last().is_none_or(|piece| piece.len() == piece.capacity()) {
                self.copied.push(Vec::with_capacity(PIECE.max(self.bytes / 8)));
            }
            let Some(piece) = self.copied.last_mut() else { return };
            let (fits, rest) = data.split_at(data.len().min(piece.capacity() - piece.len()));
            piece.extend_from_slice(fits);
            data = rest;
        }
    }

    /// The beginning of what has come in.
    pub(super) fn into_beginning(self) -> Vec<u8> {
        let pieces =
            self.only.iter().map(AsRef::as_ref).chain(self.copied.iter().map(Vec::as_slice));
        pieces.flatten().copied().take(BEGINNING).collect()
    }

    /// All that has come in.
    pub(super) fn join(self) -> Bytes {
        if let Some(only) = self.only {
            return only;
        }
        let mut whole = Vec::with_capacity(self.bytes);
        for piece in self.copied {
            whole.extend_from_slice(&piece);
        }
        whole.into()
    }
}

/// The next piece, as long as it comes in time and the room is not needed more by another.
async fn next(body: &mut Body, share: &mut Share<'_>) -> Result<Option<Bytes>, BodyError> {
    loop {
        let due = share.due();
        let frame = tokio::select! {
            biased;
            frame = timeout_at(due.into(), body.frame()) => frame,
            () = share.ousted() => return Err(BodyError::NoMemory),
        };
        let Ok(frame) = frame else {
            if share.is_excused(Instant::now()) {
                continue;
            }
            return Err(BodyError::TooSlow);
        };
        let Some(frame) = frame else { return Ok(None) };
        if let Ok(data) = frame.map_err(|_| BodyError::Broken)?.into_data() {
            share.came(data.len());
            return Ok(Some(data));
        }
    }
}
