//! What Jobs leave behind, and whether they end.

pub(super) mod cron_job_concurrency;
pub(super) mod job_deadline;
pub(super) mod job_ttl;

use super::{BadValue, Evidence, Fact, Reach};
use crate::text::plural;

/// That something stays or runs so many seconds, or lasts so many times; for good where there is no
/// number.
fn lasting(what: &str, number: Option<i64>) -> Evidence {
    let number = number.map_or(u64::MAX, |number| u64::try_from(number).unwrap_or(0));
    Evidence::new([Fact::new(Reach::object(), [what]).degree(number)])
}

/// So many of these.
fn many(number: i64, word: &str) -> String {
    plural(usize::try_from(number).unwrap_or(0), word)
}

/// That a parameter is not in its range.
fn out_of_range(parameter: &'static str, reason: &str) -> BadValue {
    BadValue { parameter, element: None, reason: reason.to_owned() }
}
