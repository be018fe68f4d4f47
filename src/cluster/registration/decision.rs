//! What has to be done about the registration at a moment: no clock, no API server.

use k8s_openapi::api::admissionregistration::v1::ValidatingWebhookConfiguration;

use super::configuration::NAME;
use super::normal::{CLOSED, is_as_wanted, was_edited};

/// What is done about the configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Nothing: it is as it should be.
    Keep,
    /// It is made.
    Create,
    /// It is written again, as the policies or the certificate are others.
    Update,
    /// It is written again, as somebody edited it.
    Mend,
    /// Nothing: somebody deleted it, and so it stays (F-89).
    StayDeleted,
}

/// What has to be done; `was_made` says whether it once was there for this installation.
pub fn step(
    live: Option<&ValidatingWebhookConfiguration>,
    wanted: &ValidatingWebhookConfiguration,
    was_made: bool,
) -> Step {
    match live {
        None if was_made => Step::StayDeleted,
        None => Step::Create,
        Some(live) if is_as_wanted(live, wanted) => Step::Keep,
        Some(live) if was_edited(live) => Step::Mend,
        Some(_) => Step::Update,
    }
}

/// Whether writes fail while nobody answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailurePolicy {
    /// They go in.
    Ignore,
    /// They fail, if it was safe to say so.
    Fail {
        /// Whether that is said although there are not two replicas on two nodes.
        without_replicas: bool,
    },
}

/// What comes of a [`FailurePolicy`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Closing {
    /// Writes go in, as asked for.
    Open,
    /// Writes fail, as asked for.
    Closed,
    /// Writes go in, although it was asked that they fail: one replica could take the cluster's
    /// writes with it.
    Unguarded,
}

/// Once writes fail they go on to, whatever becomes of the replicas: a lost replica must not open
/// the door. `replicas_suffice` is only asked where it matters.
pub fn closing(
    policy: FailurePolicy,
    live: Option<&ValidatingWebhookConfiguration>,
    replicas_suffice: bool,
) -> Closing {
    match policy {
        FailurePolicy::Ignore => Closing::Open,
        FailurePolicy::Fail { without_replicas } => {
            if without_replicas || replicas_suffice || was_closed(live) {
                Closing::Closed
            } else {
                Closing::Unguarded
            }
        }
    }
}

/// The same, or somebody edited it since.
pub fn was_closed(live: Option<&ValidatingWebhookConfiguration>) -> bool {
    let annotations = live.and_then(|live| live.metadata.annotations.as_ref());
    fails_closed(live) || annotations.is_some_and(|a| a.get(CLOSED).is_some_and(|is| is == "true"))
}

/// Whether writes fail while nobody answers, as it is registered.
pub fn fails_closed(live: Option<&ValidatingWebhookConfiguration>) -> bool {
    let mut entries = live.into_iter().flat_map(|live| live.webhooks.iter().flatten());
    entries.any(|entry| entry.name == NAME && entry.failure_policy.as_deref() == Some("Fail"))
}

#[cfg(test)]
mod tests {
    use super::super::configuration::{Registration, configuration};
    use super::super::normal::{CONTENT, fingerprint};
    use super::super::target::Target;
    use super::*;
    use crate::policy::{PRODUCTION, Snapshot, built_in};
    use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;

    type Configuration = ValidatingWebhookConfiguration;

    fn wanted(fails_closed: bool, ca: &str) -> Configuration {
        let target = Target::Service { namespace: "plimsoll".into(), name: "webhook".into() };
        let registration = Registration { fails_closed, ..Registration::at(target) };
        let snapshot = Snapshot::new(built_in(PRODUCTION).unwrap_or_default());
        let mut made = configuration(&registration, Some(ca), &snapshot);
        let content = fingerprint(&made);
        made.metadata.annotations.get_or_insert_default().insert(CONTENT.to_owned(), content);
        made
    }

    fn edited(change: impl Fn(&mut Configuration)) -> Configuration {
        let mut live = wanted(false, "a");
        change(&mut live);
        live
    }

    #[test]
    fn what_the_api_server_fills_in_and_others_write_beside_it_is_no_difference() {
        let live = edited(|live| {
            let entries = live.webhooks.as_mut().expect("entries");
            for entry in entries {
                entry.object_selector = Some(LabelSelector::default());
            }
            let annotations = live.metadata.annotations.get_or_insert_default();
            annotations.insert("by".to_owned(), "others".to_owned());
            live.metadata
                .labels
                .get_or_insert_default()
                .insert("by".to_owned(), "others".to_owned());
        });
        assert_eq!(step(Some(&live), &wanted(false, "a"), true), Step::Keep);
    }

    #[test]
    fn an_edit_of_others_is_mended_and_a_change_of_ours_is_an_update() {
        assert_eq!(step(Some(&wanted(false, "a")), &wanted(false, "b"), true), Step::Update);
        assert_eq!(step(Some(&wanted(false, "a")), &wanted(true, "a"), true), Step::Update);
        let without_rules = edited(|live| {
            live.webhooks.iter_mut().flatten().for_each(|entry| entry.rules = None);
        });
        assert_eq!(step(Some(&without_rules), &wanted(false, "a"), true), Step::Mend);
        let without_entries = edited(|live| live.webhooks = None);
        assert_eq!(step(Some(&without_entries), &wanted(false, "a"), true), Step::Mend);
        // What an operator applied by hand before there was a server that looks after it.
        let foreign = edited(|live| {
            live.metadata.annotations = None;
            live.webhooks = None;
        });
        assert_eq!(step(Some(&foreign), &wanted(false, "a"), false), Step::Update);
    }

    #[test]
    fn what_was_there_once_is_not_made_again() {
        assert_eq!(step(None, &wanted(false, "a"), false), Step::Create);
        assert_eq!(step(None, &wanted(false, "a"), true), Step::StayDeleted);
    }

    #[test]
    fn writes_fail_only_where_that_is_asked_for_and_safe_and_then_go_on_to() {
        let fail = FailurePolicy::Fail { without_replicas: false };
        let [open, closed] = [false, true].map(|fails| wanted(fails, "a"));
        assert_eq!(closing(FailurePolicy::Ignore, Some(&closed), true), Closing::Open);
        assert_eq!(closing(fail, Some(&open), false), Closing::Unguarded);
        assert_eq!(closing(fail, None, false), Closing::Unguarded);
        assert_eq!(closing(fail, Some(&open), true), Closing::Closed);
        assert_eq!(closing(fail, Some(&closed), false), Closing::Closed);
        let anyhow = FailurePolicy::Fail { without_replicas: true };
        assert_eq!(closing(anyhow, None, false), Closing::Closed);
    }
}
