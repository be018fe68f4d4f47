//! The kinds of neighbour, and that nothing is known of one.

use std::fmt;

use jiff::Timestamp;

/// A kind of neighbour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Neighbour {
    /// Secrets, and what makes them.
    Secret,
    /// `ConfigMaps`.
    ConfigMap,
    /// What decides about the number of replicas: `HorizontalPodAutoscaler`, `ScaledObject`.
    Autoscaler,
}

impl Neighbour {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Secret, Self::ConfigMap, Self::Autoscaler];

    /// Several of them, in words.
    pub fn plural(self) -> &'static str {
        match self {
            Self::Secret => "Secrets",
            Self::ConfigMap => "ConfigMaps",
            Self::Autoscaler => "HorizontalPodAutoscalers and ScaledObjects",
        }
    }
}

/// Neighbours of a kind of which nothing can be said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unseen {
    /// The kind.
    pub kind: Neighbour,
    /// Until when they were known; none where nobody ever looked.
    pub since: Option<Timestamp>,
}

impl fmt::Display for Unseen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = self.kind.plural();
        match self.since {
            None => write!(f, "{kind} were not looked at"),
            Some(moment) => write!(f, "what is known of {kind} is stale since {moment}"),
        }
    }
}
