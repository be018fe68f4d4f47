//! What has to be done about the registration at a moment: no clock, no API server.

use k8s_openapi::api::admissionregistration::v1::ValidatingWebhookConfiguration;

use super::configuration::NAME;
use super::normal::{is_as_wanted, was_edited};

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
            if without_replicas || replicas_suffice || fails_closed(live) {
                Closing::Closed
            } else {
                Closing::Unguarded
            }
        }
    }
}

/// Whether writes fail while nobody answers, as it is registered.
pub fn fails_closed(live: Option<&ValidatingWebhookConfiguration>) -> bool {
    let mut entries = live.into_iter().flat_map(|live| live.webhooks.iter().flatten());
    entries.any(|entry| entry.name == NAME && entry.failure_policy.as_deref() == Some("Fail"))
}
