//! Which authorities are registered: those that must be trusted, and for a while those that were.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use k8s_openapi::api::admissionregistration::v1::ValidatingWebhookConfiguration;
use tokio::time::Instant;

use super::normal::{authorities_of, was_edited};

/// What is known of authorities that need not be trusted any more.
pub(super) struct Bundle {
    /// All that were wanted, or registered by a replica: what somebody else adds is not kept.
    known: BTreeSet<String>,
    /// Since when they need not.
    superfluous: BTreeMap<String, Instant>,
    /// How long they stay registered all the same: until every replica serves something else, and
    /// every kept connection is gone.
    overlap: Duration,
}

impl Bundle {
    /// With none.
    pub(super) fn new(overlap: Duration) -> Self {
        Self { known: BTreeSet::new(), superfluous: BTreeMap::new(), overlap }
    }

    /// The authorities to register at `now`.
    pub(super) fn of(
        &mut self,
        live: Option<&ValidatingWebhookConfiguration>,
        authorities: &[String],
        now: Instant,
    ) -> Vec<String> {
        let mut before = live.map(authorities_of).unwrap_or_default();
        self.known.extend(authorities.iter().cloned());
        if live.is_some_and(was_edited) {
            before.retain(|authority| self.known.contains(authority));
        }
        self.known.extend(before.iter().cloned());
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

#[cfg(test)]
mod tests {
    use super::super::configuration::{Registration, configuration};
    use super::super::normal::{CONTENT, fingerprint};
    use super::super::target::Target;
    use super::*;
    use crate::cluster::certificates::Authority;
    use crate::policy::{PRODUCTION, Snapshot, built_in};
    use jiff::Timestamp;

    const HOUR: Duration = Duration::from_hours(1);

    fn authority() -> String {
        Authority::make(Timestamp::now(), HOUR).expect("an authority").certificate
    }

    fn live(authorities: &[&String], is_ours: bool) -> ValidatingWebhookConfiguration {
        let target = Target::Service { namespace: "plimsoll".into(), name: "webhook".into() };
        let pem: String = authorities.iter().map(|pem| pem.as_str()).collect();
        let snapshot = Snapshot::new(built_in(PRODUCTION).unwrap_or_default());
        let mut made = configuration(&Registration::at(target), Some(&pem), &snapshot);
        let content = if is_ours { fingerprint(&made) } else { "another".to_owned() };
        made.metadata.annotations.get_or_insert_default().insert(CONTENT.to_owned(), content);
        made
    }

    #[test]
    fn f57_an_authority_that_signs_no_more_is_kept_for_a_while() {
        let (old, new, now) = (authority(), authority(), Instant::now());
        let mut bundle = Bundle::new(HOUR);
        let wanted = [new.clone()];
        let both = [new.clone(), old.clone()];
        assert_eq!(bundle.of(Some(&live(&[&old], true)), &wanted, now), both);
        assert_eq!(bundle.of(Some(&live(&[&new, &old], true)), &wanted, now + HOUR / 2), both);
        assert_eq!(bundle.of(Some(&live(&[&new, &old], true)), &wanted, now + HOUR), wanted);
    }

    #[test]
    fn f89_an_authority_that_somebody_else_added_is_not_kept() {
        let (ours, foreign, now) = (authority(), authority(), Instant::now());
        let mut bundle = Bundle::new(HOUR);
        let wanted = [ours.clone()];
        assert_eq!(bundle.of(Some(&live(&[&ours], true)), &wanted, now), wanted);
        assert_eq!(bundle.of(Some(&live(&[&ours, &foreign], false)), &wanted, now), wanted);
    }
}
