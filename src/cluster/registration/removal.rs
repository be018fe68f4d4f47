//! The end of a registration.

use k8s_openapi::api::admissionregistration::v1::ValidatingWebhookConfiguration;
use kube::api::DeleteParams;
use kube::{Api, Client};

use super::configuration::CONFIGURATION;
use crate::cluster::{Unanswered, ask};

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Removal {
    /// It is gone.
    Removed,
    /// It was gone.
    WasGone,
}

/// Deletes the configuration.
///
/// # Errors
/// An API server that refuses, or does not answer.
pub async fn remove(client: &Client) -> Result<Removal, Unanswered> {
    let configurations: Api<ValidatingWebhookConfiguration> = Api::all(client.clone());
    match ask(configurations.delete(CONFIGURATION, &DeleteParams::default())).await {
        Ok(_) => Ok(Removal::Removed),
        Err(error) if error.is_not_found() => Ok(Removal::WasGone),
        Err(error) => Err(error),
    }
}
