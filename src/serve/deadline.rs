//! How long a review may take, as the API server says.

use std::time::Duration;

/// The time the API server gives, from its `?timeout=10s`; `cap` where it says nothing sensible.
pub(super) fn deadline(query: Option<&str>, cap: Duration) -> Duration {
    let mut values =
        query.unwrap_or_default().split('&').filter_map(|pair| pair.strip_prefix("timeout="));
    let (Some(value), None) = (values.next(), values.next()) else { return cap };
    let seconds = value.strip_suffix('s').and_then(|number| number.parse::<u64>().ok());
    match seconds {
        Some(seconds) if seconds > 0 => Duration::from_secs(seconds).min(cap),
        _ => cap,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_senseless_timeout_is_the_default_and_none_is_longer_than_the_cap() {
        let cap = Duration::from_secs(10);
        for query in [
            "",
            "timeout=",
            "timeout=0s",
            "timeout=-1s",
            "timeout=10",
            "timeout=1h",
            "timeout=%00",
            "timeout=1s&timeout=2s",
            "timeout=9999999999999999999999s",
            "x=1",
        ] {
            assert_eq!(deadline(Some(query), cap), cap, "{query}");
        }
        assert_eq!(deadline(None, cap), cap);
        assert_eq!(deadline(Some("timeout=3s"), cap), Duration::from_secs(3));
        assert_eq!(deadline(Some("timeout=9999999999999s"), cap), cap);
    }
}
