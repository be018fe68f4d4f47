//! Objects that run pods.

use super::needs::Need;
use super::pod_fields::Container;
use super::selecting::Labels;

/// The most ports that are kept of one object: many more than any program listens on.
const PORT_LIMIT: usize = 64;

/// What an object runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Running {
    /// Its kind.
    pub kind: &'static str,
    /// Its name.
    pub name: Box<str>,
    /// How many pods there are to be; none where that is left out.
    pub replicas: Option<i64>,
    pub(super) labels: Labels,
    /// The ports that its containers say they listen on.
    pub ports: DeclaredPorts,
    /// What its pods cannot start without.
    pub needs: Box<[Need]>,
}

impl Running {
    /// The label of its pods under a key.
    pub fn label(&self, key: &str) -> Option<&str> {
        self.labels.get(key)
    }

    /// About how many bytes it takes.
    pub(super) fn weight(&self) -> usize {
        let of = |need: &Need| 48 + need.name.len() + need.key.as_ref().map_or(0, |key| key.len());
        let needs: usize = self.needs.iter().map(of).sum();
        64 + self.name.len() + self.labels.weight() + self.ports.weight() + needs
    }
}

/// The ports that containers say they listen on, the number and the name of each, which may have none.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DeclaredPorts {
    ports: Box<[(i64, Box<str>)]>,
    /// Whether there are more than are kept.
    is_cut: bool,
}

impl DeclaredPorts {
    pub(super) fn of<'c>(containers: impl Iterator<Item = &'c Container>) -> Self {
        let declared = containers.flat_map(|container| &container.ports).filter_map(|port| {
            Some((port.container_port?, port.name.as_deref().unwrap_or_default().into()))
        });
        let mut ports: Vec<_> = declared.take(PORT_LIMIT + 1).collect();
        let is_cut = ports.len() > PORT_LIMIT;
        ports.truncate(PORT_LIMIT);
        Self { ports: ports.into(), is_cut }
    }

    /// Whether containers say of any port that they listen on it.
    pub fn is_empty(&self) -> bool {
        self.ports.is_empty()
    }

    /// Whether one has, or may have, this number.
    pub fn may_have_number(&self, number: i64) -> bool {
        self.is_cut || self.ports.iter().any(|(known, _)| *known == number)
    }

    /// Whether one has, or may have, this name.
    pub fn may_have_name(&self, name: &str) -> bool {
        self.is_cut || self.ports.iter().any(|(_, known)| **known == *name)
    }

    /// How many are kept.
    pub fn count(&self) -> usize {
        self.ports.len()
    }

    fn weight(&self) -> usize {
        self.ports.iter().map(|(_, name)| 32 + name.len()).sum()
    }
}
