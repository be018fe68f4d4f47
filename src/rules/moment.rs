//! A moment as policies write it.

use std::borrow::Cow;

use jiff::Timestamp;
use serde::de::{Deserialize, Deserializer, Error};

/// A moment, such as `2026-12-01T00:00:00Z`: what is none is said in words that help.
pub struct Moment(pub Timestamp);

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        let no_moment = |_| D::Error::custom("no moment; write one such as `2026-12-01T00:00:00Z`");
        text.parse().map(Self).map_err(no_moment)
    }
}

/// Reads a [`Moment`] as what it is.
///
/// # Errors
/// What is no moment.
pub fn moment<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
    Moment::deserialize(deserializer).map(|moment| moment.0)
}
