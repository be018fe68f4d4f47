//! One way to all containers: whichever list they stand in, each knows its path.

use super::Pod;
use super::mapping::Mapping;
use super::pod::{Capabilities, Container, PodSpec, SecurityContext};
use crate::path::FieldPath;

/// The part a container plays in its pod.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Runs to its end before the others start.
    Init,
    /// An init container with `restartPolicy: Always`: runs beside the others.
    Sidecar,
    /// One of `containers`.
    Main,
    /// Put into a running pod, as `kubectl debug` does.
    Ephemeral,
}

impl Role {
    /// The part in words, as in `init container`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Init => "init container",
            Self::Sidecar => "sidecar container",
            Self::Main => "container",
            Self::Ephemeral => "ephemeral container",
        }
    }
}

/// A container and where it stands.
#[derive(Debug, Clone, Copy)]
pub struct ContainerRef<'s, 'a> {
    /// The part it plays.
    pub role: Role,
    /// Its fields.
    pub spec: &'s Mapping<Container<'a>>,
    pod: &'s Pod<'s, 'a>,
    index: usize,
}

impl<'s, 'a> ContainerRef<'s, 'a> {
    /// The container's name; empty when it has none.
    pub fn name(&self) -> &'s str {
        self.spec.name.as_ref().map_or("", |name| name.as_str())
    }

    /// The path of the field `keys` of this container.
    pub fn at(&self, keys: &[&'static str]) -> FieldPath {
        let list = match self.role {
            Role::Init | Role::Sidecar => "initContainers",
            Role::Main => "containers",
            Role::Ephemeral => "ephemeralContainers",
        };
        self.pod.at(&[list]).index(self.index).keys(keys)
    }

    /// The container's security context.
    pub fn security(&self) -> Option<&'s SecurityContext<'a>> {
        self.spec.security_context.as_deref()
    }

    /// How many containers before it in its list play the same part under the same name.
    ///
    /// The API server admits no two; where there are, they are told apart by their order.
    pub fn namesakes_before(&self) -> usize {
        let before = self.list().get(..self.index).unwrap_or_default();
        let is_namesake = |other: &&Mapping<Container<'_>>| {
            let role = if self.role == Role::Init || self.role == Role::Sidecar {
                role_of_init(other)
            } else {
                self.role
            };
            role == self.role && other.name == self.spec.name
        };
        before.iter().filter(is_namesake).count()
    }

    fn list(&self) -> &'s [Mapping<Container<'a>>] {
        match self.role {
            Role::Init | Role::Sidecar => &self.pod.spec.init_containers,
            Role::Main => &self.pod.spec.containers,
            Role::Ephemeral => &self.pod.spec.ephemeral_containers,
        }
    }

    /// The pod it is in.
    pub fn pod(&self) -> &'s Pod<'s, 'a> {
        self.pod
    }

    /// The container's capabilities.
    pub fn capabilities(&self) -> Option<&'s Capabilities<'a>> {
        self.security()?.capabilities.as_deref()
    }
}

impl<'s, 'a> Pod<'s, 'a> {
    /// Every container that would run: init, sidecar, main and ephemeral, in that order.
    pub fn containers(&'s self) -> impl Iterator<Item = ContainerRef<'s, 'a>> {
        let spec: &'s PodSpec<'a> = self.spec;
        let init = spec.init_containers.iter().enumerate();
        let init = init.map(|(index, container)| (role_of_init(container), index, container));
        let main = spec.containers.iter().enumerate().map(|(i, c)| (Role::Main, i, c));
        let ephemeral =
            spec.ephemeral_containers.iter().enumerate().map(|(i, c)| (Role::Ephemeral, i, c));
        init.chain(main).chain(ephemeral).map(move |(role, index, spec)| ContainerRef {
            role,
            spec,
            pod: self,
            index,
        })
    }
}

/// An init container that restarts for good runs beside the others.
fn role_of_init(container: &Container<'_>) -> Role {
    let is_lasting = container.restart_policy.as_deref() == Some("Always");
    if is_lasting { Role::Sidecar } else { Role::Init }
}
