//! What is found out about a pod as a whole: once, when it is first asked for.
//!
//! Rules ask for each of their findings, so what goes over all containers or mounts is kept here.

use std::cell::OnceCell;

use super::fingerprint::Fingerprint;
use crate::text::Characters;

/// What is known of a pod as a whole.
#[derive(Debug, Clone, Default)]
pub(super) struct Index {
    pub(super) identities: OnceCell<Identities>,
    pub(super) mounts: OnceCell<Mounts>,
    /// The place of a container, and that of a variable in it: of each container in the order of
    /// the variables' names.
    pub(super) variables: OnceCell<Vec<(usize, usize)>>,
    /// What is in the name and in the value of each variable, of all containers one behind the other.
    pub(super) characters: OnceCell<Vec<(Characters, Characters)>>,
}

#[derive(Debug, Clone)]
pub(super) struct Identities {
    pub(super) pod: Fingerprint,
    /// Of the containers, in the order in which they run.
    pub(super) containers: Vec<Fingerprint>,
}

/// Mounts and volumes in the order of their volumes' names.
#[derive(Debug, Clone)]
pub(super) struct Mounts {
    /// The place of the container, and that of the mount in it.
    pub(super) mounts: Vec<(usize, usize)>,
    /// The places of the volumes.
    pub(super) volumes: Vec<usize>,
}
