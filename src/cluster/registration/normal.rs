//! When two configurations are the same: with what the API server fills in, and without what other
//! people may write beside it.

use k8s_openapi::api::admissionregistration::v1::{
    ValidatingWebhook, ValidatingWebhookConfiguration,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{LabelSelector, OwnerReference};
use ring::digest::{SHA256, digest};

use crate::cluster::certificates::trust::certificates;

/// The annotation with the fingerprint of what was written, which tells an edit of somebody else
/// from an older version of ours.
pub(super) const CONTENT: &str = "plimsoll.dev/content";

/// The annotation that says whether writes were to fail while nobody answers: an edit of the entry
/// does not undo that.
pub(super) const CLOSED: &str = "plimsoll.dev/fails-closed";

/// The entries as the API server gives them back.
fn normal(configuration: &ValidatingWebhookConfiguration) -> Vec<ValidatingWebhook> {
    let mut webhooks = configuration.webhooks.clone().unwrap_or_default();
    for webhook in &mut webhooks {
        for selector in [&mut webhook.namespace_selector, &mut webhook.object_selector] {
            let selector = selector.get_or_insert_with(LabelSelector::default);
            selector.match_labels = selector.match_labels.take().filter(|l| !l.is_empty());
            selector.match_expressions =
                selector.match_expressions.take().filter(|e| !e.is_empty());
        }
        webhook.match_conditions = webhook.match_conditions.take().filter(|c| !c.is_empty());
        if let Some(service) = &mut webhook.client_config.service {
            service.port.get_or_insert(443);
        }
        for rule in webhook.rules.iter_mut().flatten() {
            rule.scope.get_or_insert_with(|| "*".to_owned());
        }
    }
    webhooks
}

/// The fingerprint of the entries.
pub(super) fn fingerprint(configuration: &ValidatingWebhookConfiguration) -> String {
    use std::fmt::Write as _;
    let text = serde_json::to_vec(&normal(configuration)).unwrap_or_default();
    let mut shown = String::new();
    for byte in digest(&SHA256, &text).as_ref().iter().take(16) {
        let _ = write!(shown, "{byte:02x}");
    }
    shown
}

/// Whether `live` has all that `wanted` has.
pub(super) fn is_as_wanted(
    live: &ValidatingWebhookConfiguration,
    wanted: &ValidatingWebhookConfiguration,
) -> bool {
    let has_all = |live: &Option<std::collections::BTreeMap<String, String>>,
                   wanted: &Option<std::collections::BTreeMap<String, String>>| {
        wanted
            .iter()
            .flatten()
            .all(|(key, value)| live.as_ref().and_then(|live| live.get(key)) == Some(value))
    };
    let owners = |of: &ValidatingWebhookConfiguration| {
        of.metadata.owner_references.clone().unwrap_or_default()
    };
    let is_owned = |owner: &OwnerReference| owners(live).iter().any(|o| o.uid == owner.uid);
    normal(live) == normal(wanted)
        && has_all(&live.metadata.labels, &wanted.metadata.labels)
        && has_all(&live.metadata.annotations, &wanted.metadata.annotations)
        && owners(wanted).iter().all(is_owned)
}

/// Whether the entries are not as they were written.
pub(super) fn was_edited(live: &ValidatingWebhookConfiguration) -> bool {
    let annotations = live.metadata.annotations.as_ref();
    let written = annotations.and_then(|annotations| annotations.get(CONTENT));
    written.is_some_and(|written| *written != fingerprint(live))
}

/// `wanted` written over `live`, with what other people wrote beside it.
pub(super) fn over(
    live: &ValidatingWebhookConfiguration,
    wanted: &ValidatingWebhookConfiguration,
) -> ValidatingWebhookConfiguration {
    let mut metadata = live.metadata.clone();
    metadata.managed_fields = None;
    metadata
        .annotations
        .get_or_insert_default()
        .extend(wanted.metadata.annotations.clone().unwrap_or_default());
    metadata
        .labels
        .get_or_insert_default()
        .extend(wanted.metadata.labels.clone().unwrap_or_default());
    for owner in wanted.metadata.owner_references.iter().flatten() {
        let owners = metadata.owner_references.get_or_insert_default();
        owners.retain(|o| (&o.kind, &o.name) != (&owner.kind, &owner.name));
        owners.push(owner.clone());
    }
    ValidatingWebhookConfiguration { metadata, webhooks: wanted.webhooks.clone() }
}

/// The authorities that every entry names of those that name any: what a mend must not lose.
pub(super) fn authorities_of(live: &ValidatingWebhookConfiguration) -> Vec<String> {
    let bundles = live.webhooks.iter().flatten().filter_map(|w| w.client_config.ca_bundle.as_ref());
    let mut all: Vec<Vec<String>> =
        bundles.map(|bundle| certificates(&String::from_utf8_lossy(&bundle.0))).collect();
    let mut common = all.pop().unwrap_or_default();
    common.retain(|authority| all.iter().all(|bundle| bundle.contains(authority)));
    common
}

/// The authorities that every entry trusts: nobody, where one of them names none.
pub(super) fn trusted_by(live: &ValidatingWebhookConfiguration) -> Vec<String> {
    let mut bundles = live.webhooks.iter().flatten().map(|w| w.client_config.ca_bundle.as_ref());
    if bundles.any(|bundle| bundle.is_none()) { Vec::new() } else { authorities_of(live) }
}

#[cfg(test)]
mod tests {
    use super::super::configuration::{Registration, configuration};
    use super::super::target::Target;
    use super::*;
    use crate::cluster::certificates::Authority;
    use crate::policy::{PRODUCTION, Snapshot, built_in};
    use jiff::Timestamp;
    use std::time::Duration;

    #[test]
    fn an_entry_without_its_authority_trusts_nobody_and_what_the_others_name_is_not_lost() {
        let made = Authority::make(Timestamp::now(), Duration::from_hours(1));
        let authority = made.expect("an authority").certificate;
        let target = Target::Service { namespace: "plimsoll".into(), name: "webhook".into() };
        let snapshot = Snapshot::new(built_in(PRODUCTION).unwrap_or_default());
        let mut live = configuration(&Registration::at(target), Some(&authority), &snapshot);
        assert_eq!(trusted_by(&live).concat(), authority);
        let entries = live.webhooks.as_mut().expect("entries");
        assert!(entries.len() > 1, "one stays whole");
        entries.first_mut().expect("an entry").client_config.ca_bundle = None;
        assert_eq!(trusted_by(&live), Vec::<String>::new());
        assert_eq!(authorities_of(&live), [authority]);
    }
}
