//! Events about Plimsoll itself, where an operator looks: `kubectl get events` in its namespace.

use k8s_openapi::api::core::v1::ObjectReference;
use kube::Client;
use kube::runtime::events::{Event, EventType, Recorder, Reporter};

use super::lease;
use crate::text::clipped;

/// The longest note, in characters; the API server takes 1,024 bytes.
const NOTE_LIMIT: usize = 250;

/// Writes Events.
#[derive(Clone)]
pub struct Events {
    recorder: Recorder,
    regarding: ObjectReference,
}

/// Whether an operator has to do something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weight {
    /// It is good to know.
    Normal,
    /// Something is not as it should be.
    Warning,
}

impl Events {
    /// Events of the replica `identity`, about the Lease in `namespace`.
    pub fn new(client: Client, identity: &str, namespace: &str) -> Self {
        let reporter =
            Reporter { controller: "plimsoll.dev".to_owned(), instance: Some(identity.to_owned()) };
        let regarding = ObjectReference {
            api_version: Some("coordination.k8s.io/v1".to_owned()),
            kind: Some("Lease".to_owned()),
            name: Some(lease::NAME.to_owned()),
            namespace: Some(namespace.to_owned()),
            ..ObjectReference::default()
        };
        Self { recorder: Recorder::new(client, reporter), regarding }
    }

    /// Writes one, and into the log; that it cannot be written stops nothing.
    pub async fn tell(&self, weight: Weight, reason: &str, note: String) {
        let type_ = match weight {
            Weight::Normal => {
                tracing::info!(reason, "{note}");
                EventType::Normal
            }
            Weight::Warning => {
                tracing::warn!(reason, "{note}");
                EventType::Warning
            }
        };
        let event = Event {
            type_,
            reason: reason.to_owned(),
            note: Some(clipped(&note, NOTE_LIMIT).into_owned()),
            action: reason.to_owned(),
            secondary: None,
        };
        if let Err(error) = super::ask(self.recorder.publish(&event, &self.regarding)).await {
            tracing::warn!(reason, problem = crate::text::error_chain(&error), "no Event written");
        }
    }
}
