//! What has to be done about certificates at a moment: no clock, no API server.
//!
//! The order never fails (F-57): a new authority is made and stored beside the one in use; once it
//! has been registered for long enough for every API server to know it, it signs what is served; the
//! old one stays registered for a while longer, which is up to the registration. At every instant
//! what is served is signed by an authority that was registered long before.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

use super::issue::{Authority, CannotIssue};
use super::leaf::Leaf;
use super::stored::Stored;
use super::trust::{Registered, verify};

/// How long things live.
#[derive(Debug, Clone, Copy)]
pub struct Lives {
    /// An authority.
    pub authority: Duration,
    /// What it signs.
    pub leaf: Duration,
    /// How long an authority is registered before it signs what is served.
    pub settle: Duration,
}

/// What is known when something is to be decided.
pub struct Seen<'s> {
    /// What the Secret holds; none where it is not there or cannot be used.
    pub stored: Option<&'s Stored>,
    /// What this replica serves.
    pub served: Option<&'s Stored>,
    /// What is registered.
    pub registered: &'s Registered,
    /// The host names that the server is called by.
    pub names: &'s [String],
    /// The time.
    pub now: Timestamp,
    /// The time of [`Registered`].
    pub instant: Instant,
}

/// Why something is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Because {
    /// Nothing was there, or what was there has run out.
    Made,
    /// It was deleted or spoiled, and this replica still had it; a new authority comes in.
    Restored,
    /// The certificate is two thirds through its life, or for other hosts.
    LeafRenewed,
    /// The authority is two thirds through its life.
    AuthorityMade,
    /// The new authority is registered for long enough.
    AuthorityTakenIn,
}

impl Because {
    /// As the reason of an Event, and what it says.
    pub fn said(self) -> (&'static str, &'static str) {
        match self {
            Self::Made => ("CertificateMade", "made a certificate authority and a certificate"),
            Self::Restored => (
                "CertificateRestored",
                "the Secret with the certificate was gone or spoiled; it is restored, and a new \
                 authority will take over",
            ),
            Self::LeafRenewed => ("CertificateRenewed", "renewed the certificate"),
            Self::AuthorityMade => {
                ("AuthorityMade", "made a new certificate authority, to be trusted before it signs")
            }
            Self::AuthorityTakenIn => (
                "AuthorityTakenIn",
                "the new certificate authority is trusted everywhere and signs from now on",
            ),
        }
    }
}

/// What the Secret must hold from now on; none where it is as it should be.
///
/// # Errors
/// Where no certificate can be made, for the names above all.
pub fn step(seen: &Seen<'_>, lives: Lives) -> Result<Option<(Stored, Because)>, CannotIssue> {
    let now = seen.now;
    let usable = |stored: &&Stored| !has_ended(&stored.current, now);
    let fresh = |authority: Authority, because| {
        let leaf = authority.issue(seen.names, now, lives.leaf)?;
        Ok(Some((Stored { leaf, current: authority, next: None }, because)))
    };
    let Some(stored) = seen.stored.filter(usable) else {
        let next = seen.stored.and_then(|stored| stored.next.clone());
        if let Some(next) = next.filter(|next| !has_ended(next, now)) {
            return fresh(next, Because::AuthorityTakenIn);
        }
        return match seen.served.filter(usable).filter(|_| seen.stored.is_none()) {
            Some(served) => {
                let next = served
                    .next
                    .clone()
                    .map_or_else(|| Authority::make(now, lives.authority), Ok)?;
                Ok(Some((Stored { next: Some(next), ..served.clone() }, Because::Restored)))
            }
            None => fresh(Authority::make(now, lives.authority)?, Because::Made),
        };
    };
    if let Some(next) = &stored.next
        && seen.registered.is_settled(&next.certificate, lives.settle, seen.instant)
    {
        return fresh(next.clone(), Because::AuthorityTakenIn);
    }
    if !serves(stored, seen.names, now) || is_due(stored.leaf.leaf().ok(), lives.leaf, now) {
        let leaf = stored.current.issue(seen.names, now, lives.leaf)?;
        return Ok(Some((Stored { leaf, ..stored.clone() }, Because::LeafRenewed)));
    }
    if stored.next.is_none() && is_due(stored.current.facts().ok(), lives.authority, now) {
        let next = Some(Authority::make(now, lives.authority)?);
        return Ok(Some((Stored { next, ..stored.clone() }, Because::AuthorityMade)));
    }
    Ok(None)
}

fn has_ended(authority: &Authority, now: Timestamp) -> bool {
    authority.facts().map_or(true, |facts| now >= facts.not_after())
}

/// Whether a client takes it by all of these names.
fn serves(stored: &Stored, names: &[String], now: Timestamp) -> bool {
    let authorities = [stored.current.certificate.as_str()];
    names.iter().all(|name| verify(&stored.leaf, authorities, Some((name, now))).is_ok())
}

/// Whether a third of a life or less is left; of what cannot be read it is.
fn is_due(facts: Option<Leaf>, life: Duration, now: Timestamp) -> bool {
    facts.is_none_or(|facts| {
        let left = facts.not_after().duration_since(now);
        left <= SignedDuration::try_from(life / 3).unwrap_or(SignedDuration::MAX)
    })
}
