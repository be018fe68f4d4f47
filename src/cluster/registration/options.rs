//! What a registrar is told at its start, and from elsewhere.

use std::time::Duration;

use tokio::sync::watch;

use super::configuration::Registration;
use super::covered::Covered;
use super::decision::FailurePolicy;
use crate::cluster::lease::Held;

/// What a registrar is told.
pub struct Options {
    /// What the object says.
    pub registration: Registration,
    /// Whether writes fail while nobody answers.
    pub failure_policy: FailurePolicy,
    /// Plimsoll's namespace, which the object goes with.
    pub namespace: String,
    /// How long an authority that signs no more stays registered.
    pub overlap: Duration,
}

/// What comes in from elsewhere.
pub struct Inputs {
    /// Whether this replica looks after the registration.
    pub held: watch::Receiver<Held>,
    /// The authorities that must be trusted; none yet where it is empty.
    pub authorities: watch::Receiver<Vec<String>>,
    /// Tells of changes of the policies.
    pub changes: watch::Receiver<u64>,
    /// Where it is told what is registered.
    pub covered: watch::Sender<Covered>,
}
