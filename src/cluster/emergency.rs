//! Tells of an emergency, in which nothing is refused, when it begins and when it ends.

use std::time::Duration;

use jiff::{Timestamp, Unit};
use tokio::sync::watch;

use super::events::{Events, Weight};
use super::lease::Held;
use super::namespaces::{WARN_UNTIL, WarnUntil};

/// How often the clock is looked at.
const INTERVAL: Duration = Duration::from_secs(1);

/// Tells of it for good, on the replica that holds the Lease.
pub async fn tell(
    warn_until: watch::Receiver<WarnUntil>,
    held: watch::Receiver<Held>,
    events: Events,
) {
    let (mut known, mut was_wrong) = (None, false);
    loop {
        tokio::time::sleep(INTERVAL).await;
        let (now, written) = (Timestamp::now(), *warn_until.borrow());
        let lasts = written.moment().filter(|until| now < *until);
        let is_wrong = written == WarnUntil::Unreadable;
        let is_new = std::mem::replace(&mut known, lasts) != lasts;
        let is_new_wrong = !std::mem::replace(&mut was_wrong, is_wrong) && is_wrong;
        if !held.borrow().leads {
            continue;
        }
        if is_new_wrong {
            let note = format!(
                "the annotation {WARN_UNTIL} names no moment, so it changes nothing; write it like \
                 2026-12-01T18:00:00Z"
            );
            events.tell(Weight::Warning, "WarnUntilUnreadable", note).await;
        }
        match lasts.filter(|_| is_new) {
            Some(until) => {
                let until = until.round(Unit::Second).unwrap_or(until);
                let note = format!("nothing is refused until {until}: what would be is a warning");
                events.tell(Weight::Warning, "NothingIsRefused", note).await;
            }
            None if is_new => {
                let note = "policies refuse again, as far as the ceiling lets them";
                events.tell(Weight::Normal, "RefusingAgain", note.to_owned()).await;
            }
            None => {}
        }
    }
}
