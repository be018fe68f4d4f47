//! A throw-away certificate authority and certificate, for trying things out.

use std::time::Duration;

use jiff::Timestamp;

use crate::cluster::certificates::{Authority, CannotIssue, PemPair};

/// How long both live: long enough to try things out, too short to be taken for the real thing.
const LIFE: Duration = Duration::from_hours(168);

/// A pair, and the authority that vouches for it.
pub struct SelfSigned {
    /// What is served.
    pub pair: PemPair,
    /// The authority's certificate as PEM, for `caBundle`.
    pub authority: String,
}

/// Makes a pair for these host names and addresses.
///
/// # Errors
/// A name that no certificate can hold.
pub fn make(names: &[String]) -> Result<SelfSigned, CannotIssue> {
    let now = Timestamp::now();
    let authority = Authority::make(now, LIFE)?;
    let pair = authority.issue(names, now, LIFE)?;
    Ok(SelfSigned { pair, authority: authority.certificate })
}
