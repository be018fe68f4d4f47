//! A moment as policies write it.

use std::borrow::Cow;

use jiff::Timestamp;
use serde::de::{Deserialize, Deserializer, Error};

/// A moment, such as `2026-12-01T00:00:00Z`: what is none is said in words that help.
pub struct Moment(pub Timestamp);

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        let help = "no moment; write one such as `2026-12-01T00:00:00Z`";
        match text.parse() {
            Ok(moment) if is_rfc_3339(&text) => Ok(Self(moment)),
            _ => Err(D::Error::custom(help)),
        }
    }
}

/// Whether the text has the form of RFC 3339, to which the API server holds a moment. Without this
/// a file might hold what an object may not: weeks, blanks, names of zones.
fn is_rfc_3339(text: &str) -> bool {
    let Some((date_and_time, rest)) = text.as_bytes().split_at_checked(19) else { return false };
    let zone = match rest.split_first() {
        Some((b'.', fraction)) => {
            let digits = fraction.iter().take_while(|b| b.is_ascii_digit()).count();
            fraction.get(digits..).filter(|_| digits > 0).unwrap_or_default()
        }
        _ => rest,
    };
    has_form(date_and_time, b"0000-00-00T00:00:00")
        && !date_and_time.ends_with(b"60")
        && (has_form(zone, b"Z") || has_form(zone, b"+00:00") || has_form(zone, b"-00:00"))
}

/// Whether the text has a digit for each `0` of the form, and is it elsewhere; letters of any case.
fn has_form(text: &[u8], form: &[u8]) -> bool {
    let fits = |(b, wanted): (&u8, &u8)| match wanted {
        b'0' => b.is_ascii_digit(),
        wanted => b.eq_ignore_ascii_case(wanted),
    };
    text.len() == form.len() && text.iter().zip(form).all(fits)
}

/// Reads a [`Moment`] as what it is.
///
/// # Errors
/// What is no moment.
pub fn moment<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
    Moment::deserialize(deserializer).map(|moment| moment.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_has_the_form_that_the_api_server_takes() {
        let read = |text: &str| serde_json::from_value::<Moment>(text.into());
        for good in [
            "2026-12-01T00:00:00Z",
            "2026-12-01t23:59:59z",
            "2026-12-01T00:00:00.123456Z",
            "2026-12-01T00:00:00+05:30",
            "2026-12-01T00:00:00.5-11:00",
        ] {
            assert!(read(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "tomorrow",
            "2026-12-01",
            "2026-12-01T00:00Z",
            "2026-12-01 00:00:00Z",
            "20261201T000000Z",
            "2026-12-01T00:00:00",
            "2026-12-01T00:00:60Z",
            "2026-13-01T00:00:00Z",
            "2026-12-01T00:00:00.Z",
            "2026-12-01T00:00:00+0530",
            "2026-12-01T00:00:00+01:00[Europe/Paris]",
            "+002026-12-01T00:00:00Z",
        ] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }
}
