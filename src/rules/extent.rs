//! How much of a volume a mount shows, and what may be done there.

use std::collections::BTreeSet;

use super::variables::{Expansion, expand};
use crate::subject::{ContainerRef, Fingerprint, Str, VolumeMount, fingerprint};

/// How much of a volume a mount shows, and what may be done there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Extent {
    /// How far writes go: not at all, not below other mounts, or everywhere.
    writable: u8,
    /// How far mounts made later are passed on.
    propagation: u8,
    /// What is ruled out there, such as `noexec`.
    without: BTreeSet<Fingerprint>,
    sub_path: SubPath,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum SubPath {
    Whole,
    /// The fingerprints of the path and of each path above it, the shortest first.
    Below(Vec<Fingerprint>),
    /// A path of which only this much is known, that it is the same where all that it is made
    /// from is.
    Same(Fingerprint),
    /// A path that is made from more than is looked at.
    Unknown,
}

fn text<'t>(text: Option<&'t Str<'_>>) -> &'t str {
    text.map_or("", Str::as_str)
}

impl Extent {
    /// The extent of `mount` of a container, and how many bytes it took to tell.
    pub(super) fn of(c: ContainerRef<'_, '_>, mount: &VolumeMount<'_>) -> (Self, usize) {
        let writable = match (mount.read_only, text(mount.recursive_read_only.as_deref())) {
            (Some(true), "Enabled") => 0,
            (Some(true), "IfPossible") => 1,
            (Some(true), _) => 2,
            _ => 3,
        };
        let propagation = match text(mount.mount_propagation.as_deref()) {
            "" | "None" => 0,
            "HostToContainer" => 1,
            _ => 2,
        };
        let (expression, path) =
            (text(mount.sub_path_expr.as_deref()), text(mount.sub_path.as_deref()));
        let (sub_path, mut steps) = match expression {
            "" => (SubPath::below(path), path.len()),
            _ => SubPath::expanded(c, expression),
        };
        let options = mount.bind_mount_options.iter().flat_map(|options| options.iter());
        let options = options.inspect(|option| steps += option.len());
        let without = options.map(|option| fingerprint([option.as_str()])).collect();
        (Self { writable, propagation, without, sub_path }, steps)
    }

    /// How many fingerprints it holds.
    pub(super) fn len(&self) -> usize {
        let steps = match &self.sub_path {
            SubPath::Whole | SubPath::Unknown => 0,
            SubPath::Below(steps) => steps.len(),
            SubPath::Same(_) => 1,
        };
        self.without.len() + steps
    }

    /// Whether this shows all that `other` shows, and lets as much be done there.
    pub(super) fn covers(&self, other: &Self) -> bool {
        let is_within = match (&self.sub_path, &other.sub_path) {
            (SubPath::Unknown, _) | (_, SubPath::Unknown) => false,
            (SubPath::Whole, _) => true,
            (SubPath::Below(above), SubPath::Below(below)) => below.starts_with(above),
            (a, b) => a == b,
        };
        self.writable >= other.writable
            && self.propagation >= other.propagation
            && self.without.is_subset(&other.without)
            && is_within
    }
}

impl SubPath {
    /// The most steps of a path that are told apart.
    const STEPS: usize = 64;

    fn below(path: &str) -> Self {
        let steps: Vec<&str> = path.split('/').filter(|s| !s.is_empty() && *s != ".").collect();
        // What the kubelet refuses shows nothing, and is no more than itself.
        if path.starts_with('/') || steps.contains(&"..") || steps.len() > Self::STEPS {
            return Self::Same(fingerprint([path]));
        }
        if steps.is_empty() {
            return Self::Whole;
        }
        let mut above = Fingerprint::default();
        let below = steps.into_iter().map(|step| {
            above = fingerprint([&above, step.as_bytes()]);
            above
        });
        Self::Below(below.collect())
    }

    /// And how many bytes it took to tell.
    fn expanded(c: ContainerRef<'_, '_>, expression: &str) -> (Self, usize) {
        let (expansion, steps) = expand(c, expression);
        let path = match expansion {
            Expansion::Text(path) => Self::below(&path),
            Expansion::MadeFrom(what) => Self::Same(what),
            Expansion::Endless => Self::Unknown,
        };
        (path, steps)
    }
}
