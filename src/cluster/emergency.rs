//! Tells of an emergency, in which nothing is refused, when it begins and when it ends.

use std::time::Duration;

use jiff::{Timestamp, Unit};
use tokio::sync::watch;

use super::events::{Events, Weight};
use super::lease::Held;

/// How often the clock is looked at.
const INTERVAL: Duration = Duration::from_secs(1);

/// Tells of it for good, on the replica that holds the Lease.
pub async fn tell(
    until: watch::Receiver<Option<Timestamp>>,
    held: watch::Receiver<Held>,
    events: Events,
) {
    let mut known = None;
    loop {
        tokio::time::sleep(INTERVAL).await;
        let now = Timestamp::now();
        let lasts = until.borrow().filter(|until| now < *until);
        if std::mem::replace(&mut known, lasts) == lasts || !held.borrow().leads {
            continue;
        }
        if let Some(until) = lasts {
            let until = until.round(Unit::Second).unwrap_or(until);
            let note = format!("nothing is refused until {until}: what would be is a warning");
            events.tell(Weight::Warning, "NothingIsRefused", note).await;
        } else {
            let note = "policies refuse again, as far as the ceiling lets them";
            events.tell(Weight::Normal, "RefusingAgain", note.to_owned()).await;
        }
    }
}
