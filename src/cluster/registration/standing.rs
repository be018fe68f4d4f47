//! How the registration stands.

/// How the registration stands, on the replica that looks after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It is yet to be made: this server is not ready, or nothing would be sent to it.
    Waiting,
    /// It is as it should be.
    Registered,
    /// Somebody deleted it, and so it stays.
    Deleted,
    /// The API server does not take it, or cannot be reached.
    Failing,
    /// It ignores failures although it was told not to: there are not two replicas on two nodes.
    Unguarded,
}

impl Standing {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Waiting, Self::Registered, Self::Deleted, Self::Failing, Self::Unguarded];

    /// As in metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Registered => "registered",
            Self::Deleted => "deleted",
            Self::Failing => "failing",
            Self::Unguarded => "unguarded",
        }
    }
}

/// What is said of a configuration that was deleted.
pub(super) const DELETED: &str = "the webhook configuration was deleted and stays so; to have it made again: \
                       kubectl annotate lease plimsoll -n NAMESPACE plimsoll.dev/registered-";

/// What is said where it is not safe to fail closed.
pub(super) const UNGUARDED: &str = "failurePolicy stays Ignore: Fail was asked for, and there are not two \
                         ready replicas on two nodes";
