//! A replica is ready once what is registered trusts it.
//!
//! Replicas of one installation have one authority, but for a while after an operator has changed
//! where the certificate comes from: then each new one says whom to trust, and waits.

use std::time::Duration;

use k8s_openapi::ByteString;
use k8s_openapi::api::admissionregistration::v1::ValidatingWebhookConfiguration;
use kube::Api;
use kube::api::PostParams;
use tokio::sync::watch;
use tokio::time::Instant;

use super::configuration::CONFIGURATION;
use super::normal::{CONTENT, authorities_of, fingerprint, trusted_by, was_edited};
use super::server::Server;
use crate::cluster::ask;
use crate::cluster::single::Look;
use crate::text::error_chain;

/// How long API servers take to hear of a change: a moment, as a rule.
const PAUSE: Duration = Duration::from_secs(5);

/// How far the introduction of this replica has come.
#[derive(Default)]
pub(super) enum Introduction {
    /// Nothing was looked at.
    #[default]
    Begins,
    /// What is registered is looked at, and did not trust this replica at first.
    Waits {
        /// Since when it does.
        since: Option<Instant>,
    },
    /// It is over.
    Done,
}

impl Introduction {
    /// Looks at what is registered.
    pub(super) fn look(
        &mut self,
        look: &Look<ValidatingWebhookConfiguration>,
        authorities: &watch::Receiver<Vec<String>>,
        server: &dyn Server,
    ) {
        let authorities = authorities.borrow();
        let trusts = |live| {
            let registered = trusted_by(live);
            authorities.iter().all(|authority| registered.contains(authority))
        };
        let is_over = match (&mut *self, look) {
            (Self::Done, _) | (_, Look::NotYet) => return,
            // Nobody calls; what will be registered trusts this replica.
            (_, Look::Absent) => true,
            (_, Look::There(_)) if authorities.is_empty() => return,
            (Self::Begins, Look::There(live)) => trusts(live),
            (Self::Waits { since }, Look::There(live)) if trusts(live) => {
                since.get_or_insert_with(Instant::now).elapsed() >= PAUSE
            }
            (Self::Waits { .. }, Look::There(_)) => false,
        };
        if is_over {
            *self = Self::Done;
            server.introduced();
        } else if matches!(self, Self::Begins) {
            *self = Self::Waits { since: None };
        }
    }
}

/// Where what is registered does not trust this replica, which may have its certificate from
/// elsewhere than the one that leads, adds whom to trust.
pub(super) async fn introduce(
    configurations: &Api<ValidatingWebhookConfiguration>,
    live: &ValidatingWebhookConfiguration,
    authorities: &[String],
) {
    let Some(whole) = with_authorities(live, authorities) else { return };
    let params = PostParams::default();
    match ask(configurations.replace(CONFIGURATION, &params, &whole)).await {
        Ok(_) => tracing::info!("what is registered trusts this replica as well"),
        Err(error) => {
            let reason = error_chain(&error);
            tracing::debug!(reason, "what is registered does not trust this replica yet");
        }
    }
}

/// The same configuration with these authorities trusted as well; none where they are already.
fn with_authorities(
    live: &ValidatingWebhookConfiguration,
    authorities: &[String],
) -> Option<ValidatingWebhookConfiguration> {
    let trusted = trusted_by(live);
    if authorities.iter().all(|authority| trusted.contains(authority)) {
        return None;
    }
    let mut bundle = authorities_of(live);
    let missing = authorities.iter().filter(|authority| !bundle.contains(authority));
    let missing: Vec<String> = missing.cloned().collect();
    bundle.extend(missing);
    let mut whole = live.clone();
    whole.metadata.managed_fields = None;
    for webhook in whole.webhooks.iter_mut().flatten() {
        webhook.client_config.ca_bundle = Some(ByteString(bundle.concat().into_bytes()));
    }
    if !was_edited(live) {
        let content = fingerprint(&whole);
        whole.metadata.annotations.get_or_insert_default().insert(CONTENT.to_owned(), content);
    }
    Some(whole)
}

#[cfg(test)]
mod tests {
    use super::super::configuration::{Registration, configuration};
    use super::super::target::Target;
    use super::*;
    use crate::cluster::certificates::Authority;
    use crate::policy::{PRODUCTION, Snapshot, built_in};
    use jiff::Timestamp;

    #[test]
    fn a_wiped_entry_is_filled_with_all_that_the_others_trust_and_this_replica() {
        let made = || Authority::make(Timestamp::now(), Duration::from_hours(1));
        let [old, new] = [made(), made()].map(|made| made.expect("an authority").certificate);
        let target = Target::Service { namespace: "plimsoll".into(), name: "webhook".into() };
        let snapshot = Snapshot::new(built_in(PRODUCTION).unwrap_or_default());
        let mut live = configuration(&Registration::at(target), Some(&old), &snapshot);
        assert!(with_authorities(&live, std::slice::from_ref(&old)).is_none(), "it is trusted");
        let entries = live.webhooks.as_mut().expect("entries");
        entries.first_mut().expect("an entry").client_config.ca_bundle = None;
        for authority in [&old, &new] {
            let whole = with_authorities(&live, std::slice::from_ref(authority)).expect("a mend");
            let trusted = trusted_by(&whole);
            assert!(trusted.contains(&old) && trusted.contains(authority), "{trusted:?}");
        }
    }
}
