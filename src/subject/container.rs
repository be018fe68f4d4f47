//! One way to all containers: whichever list they stand in, each knows its path.

use super::handler::{ExecAction, Hook, HttpGetAction, Probe, TcpSocketAction};
use super::mapping::Mapping;
use super::pod::{Capabilities, Container, PodSpec, SecurityContext};
use super::pod_ref::Pod;
use crate::path::FieldPath;

/// The part a container plays in its pod.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ContainerRole {
    /// Runs to its end before the others start.
    Init,
    /// An init container with `restartPolicy: Always`: runs beside the others.
    Sidecar,
    /// One of `containers`.
    Main,
    /// Put into a running pod, as `kubectl debug` does.
    Ephemeral,
}

impl ContainerRole {
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
    pub role: ContainerRole,
    /// Its fields.
    pub spec: &'s Mapping<Container<'a>>,
    pod: &'s Pod<'s, 'a>,
    index: usize,
}

/// What the kubelet does to a container, for a probe or as a lifecycle hook.
#[derive(Debug, Clone, Copy)]
pub struct Handler<'s, 'a> {
    /// The keys that lead to it from its container.
    pub keys: &'static [&'static str],
    /// What it runs.
    pub exec: Option<&'s ExecAction<'a>>,
    /// What it gets.
    pub http_get: Option<&'s HttpGetAction<'a>>,
    /// What it connects to.
    pub tcp_socket: Option<&'s TcpSocketAction<'a>>,
}

impl<'s, 'a> Handler<'s, 'a> {
    fn of_probe(keys: &'static [&'static str], probe: &'s Probe<'a>) -> Self {
        let Probe { exec, http_get, tcp_socket, .. } = probe;
        let (exec, http_get) = (exec.as_deref(), http_get.as_deref());
        Self { keys, exec, http_get, tcp_socket: tcp_socket.as_deref() }
    }

    fn of_hook(keys: &'static [&'static str], hook: &'s Hook<'a>) -> Self {
        let Hook { exec, http_get, tcp_socket } = hook;
        let (exec, http_get) = (exec.as_deref(), http_get.as_deref());
        Self { keys, exec, http_get, tcp_socket: tcp_socket.as_deref() }
    }

    /// Its own key, as in `livenessProbe` or `preStop`.
    pub fn name(&self) -> &'static str {
        self.keys.last().copied().unwrap_or_default()
    }
}

impl<'s, 'a> ContainerRef<'s, 'a> {
    /// The container's name; empty when it has none.
    pub fn name(&self) -> &'s str {
        self.spec.name.as_ref().map_or("", |name| name.as_str())
    }

    /// The path of the field `keys` of this container.
    pub fn at(&self, keys: &[&'static str]) -> FieldPath {
        self.pod.at(&[self.list()]).index(self.index).keys(keys)
    }

    /// The list that it stands in.
    pub fn list(&self) -> &'static str {
        match self.role {
            ContainerRole::Init | ContainerRole::Sidecar => "initContainers",
            ContainerRole::Main => "containers",
            ContainerRole::Ephemeral => "ephemeralContainers",
        }
    }

    /// Its place in that list.
    pub fn index(&self) -> usize {
        self.index
    }

    /// The container's security context.
    pub fn security(&self) -> Option<&'s SecurityContext<'a>> {
        self.spec.security_context.as_deref()
    }

    /// Its probes and lifecycle hooks.
    pub fn handlers(&self) -> impl Iterator<Item = Handler<'s, 'a>> {
        let spec: &'s Container<'a> = self.spec;
        let lifecycle = spec.lifecycle.as_deref();
        let hooks: [(&'static [&'static str], Option<&'s Hook<'a>>); 2] = [
            (&["lifecycle", "postStart"], lifecycle.and_then(|l| l.post_start.as_deref())),
            (&["lifecycle", "preStop"], lifecycle.and_then(|l| l.pre_stop.as_deref())),
        ];
        let probes = self.probes().map(|(keys, probe)| Handler::of_probe(keys, probe));
        let hooks =
            hooks.into_iter().filter_map(|(keys, hook)| Some(Handler::of_hook(keys, hook?)));
        probes.chain(hooks)
    }

    /// Its probes, each with the key that leads to it.
    pub fn probes(&self) -> impl Iterator<Item = (&'static [&'static str], &'s Probe<'a>)> {
        let spec: &'s Container<'a> = self.spec;
        let probes: [(&'static [&'static str], Option<&'s Probe<'a>>); 3] = [
            (&["livenessProbe"], spec.liveness_probe.as_deref()),
            (&["readinessProbe"], spec.readiness_probe.as_deref()),
            (&["startupProbe"], spec.startup_probe.as_deref()),
        ];
        probes.into_iter().filter_map(|(keys, probe)| Some((keys, probe?)))
    }

    /// Its place among all containers of the pod, in the order in which they run.
    pub(super) fn place(&self) -> usize {
        let spec = self.pod.spec;
        let before = match self.role {
            ContainerRole::Init | ContainerRole::Sidecar => 0,
            ContainerRole::Main => spec.init_containers.len(),
            ContainerRole::Ephemeral => spec.init_containers.len() + spec.containers.len(),
        };
        before + self.index
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
        (0..self.container_count()).filter_map(|place| self.container_at(place))
    }

    /// How many there are.
    pub fn container_count(&self) -> usize {
        let PodSpec { init_containers, containers, ephemeral_containers, .. } = self.spec;
        init_containers.len() + containers.len() + ephemeral_containers.len()
    }

    /// The container at this place among all of the pod.
    pub(super) fn container_at(&'s self, place: usize) -> Option<ContainerRef<'s, 'a>> {
        let spec: &'s PodSpec<'a> = self.spec;
        let (init, main) = (spec.init_containers.len(), spec.containers.len());
        let (role, index, spec) = if place < init {
            let container = spec.init_containers.get(place)?;
            (role_of_init(container), place, container)
        } else if place < init + main {
            (ContainerRole::Main, place - init, spec.containers.get(place - init)?)
        } else {
            let index = place - init - main;
            (ContainerRole::Ephemeral, index, spec.ephemeral_containers.get(index)?)
        };
        Some(ContainerRef { role, spec, pod: self, index })
    }
}

/// An init container that restarts for good runs beside the others.
fn role_of_init(container: &Container<'_>) -> ContainerRole {
    let is_lasting = container.restart_policy.as_deref() == Some("Always");
    if is_lasting { ContainerRole::Sidecar } else { ContainerRole::Init }
}
