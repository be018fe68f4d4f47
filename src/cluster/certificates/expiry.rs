//! Tells of a certificate that is about to run out, while there is time to do something.

use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::watch;

use super::leaf::Leaf;
use crate::cluster::events::{Events, Weight};
use crate::cluster::lease::Held;

/// How often the clock is looked at.
const INTERVAL: Duration = Duration::from_mins(1);

/// How many days before the end it is told.
const DAYS: [i64; 3] = [1, 7, 30];

const DAY: i64 = 24 * 3_600;

/// Tells of it for good, on the replica that holds the Lease; `of` is what is in use.
pub async fn tell(
    of: impl Fn() -> Option<Leaf> + Send,
    held: watch::Receiver<Held>,
    events: Events,
) {
    let mut told = None;
    loop {
        if held.borrow().leads
            && let Some(leaf) = of()
        {
            let reached = reached(leaf, Timestamp::now());
            if reached != told
                && let Some(days) = reached
            {
                let note = format!(
                    "the certificate in use runs out at {}, in less than {days} d; see to its renewal",
                    leaf.not_after()
                );
                events.tell(Weight::Warning, "CertificateExpiring", note).await;
            }
            told = reached;
        }
        tokio::time::sleep(INTERVAL).await;
    }
}

/// Within how many days it runs out, of those that are told; one that lives little longer than that
/// is renewed in its own time, and nothing is told.
fn reached(leaf: Leaf, now: Timestamp) -> Option<i64> {
    let seconds = |moment: Timestamp| moment.as_second();
    let life = seconds(leaf.not_after()) - seconds(leaf.not_before());
    let left = seconds(leaf.not_after()) - seconds(now);
    DAYS.into_iter().find(|days| left < days * DAY && life > 4 * days * DAY)
}
