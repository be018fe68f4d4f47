//! What is asked about a pod as a whole, answered from what is found out once.

use std::collections::HashMap;

use super::container::{ContainerRef, ContainerRole};
use super::environment::EnvVar;
use super::fingerprint::{Fingerprint, fingerprint};
use super::index::{Identities, Mounts};
use super::mapping::Mapping;
use super::pod::VolumeMount;
use super::pod_ref::Pod;
use crate::text::Characters;

impl Identities {
    /// A container is told by the part it plays and its name, wherever it stands in its list.
    ///
    /// The API server admits no two of one name; where there are, they are told apart by their order.
    fn of<'s>(pod: &'s Pod<'s, '_>) -> Self {
        let path = pod.at(&[]).to_string();
        let mut namesakes: HashMap<(ContainerRole, &str), usize> = HashMap::new();
        let mut containers = Vec::new();
        for c in pod.containers() {
            let before = namesakes.entry((c.role, c.name())).or_default();
            let parts = [&*path, c.role.as_str(), c.name(), &*before.to_string()];
            containers.push(fingerprint(parts));
            *before += 1;
        }
        Self { pod: fingerprint([&path]), containers }
    }
}

impl Mounts {
    fn of<'s>(pod: &'s Pod<'s, '_>) -> Self {
        let of_container = |c: ContainerRef<'_, '_>| {
            let place = c.place();
            (0..c.spec.volume_mounts.len()).map(move |mount| (place, mount))
        };
        let mut mounts: Vec<_> = pod.containers().flat_map(of_container).collect();
        mounts.sort_by_key(|&place| volume_of(pod, place));
        let mut volumes: Vec<usize> = (0..pod.spec.volumes.len()).collect();
        volumes.sort_by_key(|&place| name_of(pod, place));
        Self { mounts, volumes }
    }
}

fn mount_at<'s, 'a>(
    pod: &'s Pod<'s, 'a>,
    (container, mount): (usize, usize),
) -> Option<(ContainerRef<'s, 'a>, &'s VolumeMount<'a>)> {
    let container = pod.container_at(container)?;
    Some((container, container.spec.0.volume_mounts.get(mount)?))
}

/// The name of the volume that a mount is of.
fn volume_of<'s>(pod: &'s Pod<'s, '_>, place: (usize, usize)) -> &'s str {
    mount_at(pod, place).and_then(|(_, mount)| mount.name.as_deref()).unwrap_or_default()
}

/// The name of a volume.
fn name_of<'s>(pod: &'s Pod<'s, '_>, place: usize) -> &'s str {
    pod.spec.volumes.get(place).and_then(|volume| volume.name.as_deref()).unwrap_or_default()
}

/// The part of a list in the order of names that bears one name.
fn named<'l, P: Copy>(list: &'l [P], name: &str, name_of: impl Fn(P) -> &'l str) -> &'l [P] {
    let start = list.partition_point(|&place| name_of(place) < name);
    let rest = list.get(start..).unwrap_or_default();
    let length = rest.partition_point(|&place| name_of(place) <= name);
    rest.get(..length).unwrap_or_default()
}

impl<'s, 'a> Pod<'s, 'a> {
    /// What tells the pod from others of its object.
    pub fn identity(&self) -> &Fingerprint {
        &self.identities().pod
    }

    fn identities(&self) -> &Identities {
        self.index.identities.get_or_init(|| Identities::of(self))
    }

    fn sorted_mounts(&self) -> &Mounts {
        self.index.mounts.get_or_init(|| Mounts::of(self))
    }

    /// How many of its volumes are called so; the API server admits no two.
    pub fn volumes_named(&'s self, name: &str) -> usize {
        named(&self.sorted_mounts().volumes, name, |place| name_of(self, place)).len()
    }

    /// Every mount of the volumes that are called so, and the container that has it.
    pub fn mounts_of(
        &'s self,
        name: &str,
    ) -> impl Iterator<Item = (ContainerRef<'s, 'a>, &'s VolumeMount<'a>)> {
        let mounts = named(&self.sorted_mounts().mounts, name, |place| volume_of(self, place));
        mounts.iter().filter_map(|&place| mount_at(self, place))
    }
}

fn sorted_variables<'s>(pod: &'s Pod<'s, '_>) -> Vec<(usize, usize)> {
    let of_container = |c: ContainerRef<'_, '_>| {
        let place = c.place();
        (0..c.spec.env.len()).map(move |at| (place, at))
    };
    let mut variables: Vec<_> = pod.containers().flat_map(of_container).collect();
    variables.sort_by_key(|&(container, at)| (container, variable_name(pod, container, at)));
    variables
}

fn variable_name<'s>(pod: &'s Pod<'s, '_>, container: usize, at: usize) -> &'s str {
    let variable = pod.container_at(container).and_then(|c| c.spec.0.env.get(at));
    variable.and_then(|variable| variable.0.name.as_deref()).unwrap_or_default()
}

/// What is in the names and values of all variables.
fn characters(pod: &Pod<'_, '_>) -> Vec<(Characters, Characters)> {
    let variables = pod.containers().flat_map(|c| c.spec.0.env.iter());
    let of = |variable: &Mapping<EnvVar<'_>>| {
        let (name, value) = (variable.0.name.as_deref(), variable.0.value.as_deref());
        let of = |text: Option<&str>| Characters::of(text.unwrap_or_default());
        (of(name), of(value))
    };
    variables.map(of).collect()
}

impl<'s> ContainerRef<'s, '_> {
    /// What is in the name and in the value of each of its variables, in their order: told once, so that
    /// no rule has to go through most of them.
    pub fn characters(&self) -> &'s [(Characters, Characters)] {
        let (pod, own) = (self.pod(), self.place());
        let all = pod.index.characters.get_or_init(|| characters(pod));
        let before = (0..own).filter_map(|place| pod.container_at(place));
        let start: usize = before.map(|c| c.spec.0.env.len()).sum();
        all.get(start..start + self.spec.0.env.len()).unwrap_or_default()
    }
}

impl<'s, 'a> ContainerRef<'s, 'a> {
    /// The last variable that is called so among the first `seen` of the container, and its place.
    pub fn variable(&self, name: &str, seen: usize) -> Option<(usize, &'s EnvVar<'a>)> {
        let (pod, own) = (self.pod(), self.place());
        let sorted = pod.index.variables.get_or_init(|| sorted_variables(pod));
        let before = |&(container, at): &(usize, usize)| {
            (container, variable_name(pod, container, at), at) < (own, name, seen)
        };
        let last = sorted.partition_point(before).checked_sub(1)?;
        let &(container, at) = sorted.get(last)?;
        if container != own || variable_name(pod, container, at) != name {
            return None;
        }
        Some((at, &self.spec.0.env.get(at)?.0))
    }
}

impl<'s> ContainerRef<'s, '_> {
    /// What tells the container from others of its pod, in this object and in another.
    pub fn identity(&self) -> &'s Fingerprint {
        const NONE: &Fingerprint = &[0; 32];
        self.pod().identities().containers.get(self.place()).unwrap_or(NONE)
    }
}
