//! Objects that run a number of pods: Deployments and `StatefulSets`.

use super::selecting::Labels;

/// What an object runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Running {
    /// Its kind, of the group `apps`.
    pub kind: &'static str,
    /// Its name.
    pub name: Box<str>,
    /// How many pods there are to be; none where that is left out.
    pub replicas: Option<i64>,
    pub(super) labels: Labels,
}

impl Running {
    /// The label of its pods under a key.
    pub fn label(&self, key: &str) -> Option<&str> {
        self.labels.get(key)
    }

    /// About how many bytes it takes.
    pub(super) fn weight(&self) -> usize {
        64 + self.name.len() + self.labels.weight()
    }
}
