//! Which authorities are registered: those that must be trusted, and for a while those that were.

use std::collections::BTreeMap;
use std::time::Duration;

use k8s_openapi::api::admissionregistration::v1::ValidatingWebhookConfiguration;
use tokio::time::Instant;

use super::normal::authorities_of;

/// What is known of authorities that need not be trusted any more.
pub(super) struct Bundle {
    /// Since when they need not.
    superfluous: BTreeMap<String, Instant>,
    /// How long they stay registered all the same: until every replica serves something else, and
    /// every kept connection is gone.
    overlap: Duration,
}

impl Bundle {
    /// With none.
    pub(super) fn new(overlap: Duration) -> Self {
        Self { superfluous: BTreeMap::new(), overlap }
    }

    /// The authorities to register at `now`.
    pub(super) fn of(
        &mut self,
        live: Option<&ValidatingWebhookConfiguration>,
        authorities: &[String],
        now: Instant,
    ) -> Vec<String> {
        let before = live.map(authorities_of).unwrap_or_default();
        for authority in before.iter().filter(|before| !authorities.contains(before)) {
            self.superfluous.entry(authority.clone()).or_insert(now);
        }
        let overlap = self.overlap;
        // One that comes back is kept for as long again: some replica serves by it.
        self.superfluous.retain(|authority, since| {
            !authorities.contains(authority)
                && (before.contains(authority) || now - *since < overlap)
        });
        let kept = self.superfluous.iter().filter(|(_, since)| now - **since < overlap);
        authorities.iter().chain(kept.map(|(authority, _)| authority)).cloned().collect()
    }
}
