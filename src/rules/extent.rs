//! How much of a volume a mount shows, and what may be done there.

use std::collections::BTreeSet;

use super::digest::{Digest, digest};
use super::variables::{Expansion, Variables};
use crate::subject::VolumeMount;

/// How much of a volume a mount shows, and what may be done there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Extent {
    /// How far writes go: not at all, not below other mounts, or everywhere.
    writable: u8,
    /// How far mounts made later are passed on.
    propagation: u8,
    /// What is ruled out there, such as `noexec`.
    without: BTreeSet<Digest>,
    sub_path: SubPath,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum SubPath {
    Whole,
    /// The digests of the path and of each path above it, the shortest first.
    Below(Vec<Digest>),
    /// A path of which only this much is known, that it is the same where all that it is made
    /// from is.
    Same(Digest),
    /// A path that is made from more than is looked at.
    Unknown,
}

impl Extent {
    /// The extent of `mount`, of a container that has these `variables`.
    pub(super) fn of(mount: &VolumeMount<'_>, variables: &Variables<'_, '_>) -> Self {
        let writable = match (mount.read_only, mount.recursive_read_only.as_deref()) {
            (Some(true), Some("Enabled")) => 0,
            (Some(true), Some("IfPossible")) => 1,
            (Some(true), _) => 2,
            _ => 3,
        };
        let propagation = match mount.mount_propagation.as_deref() {
            None | Some("" | "None") => 0,
            Some("HostToContainer") => 1,
            Some(_) => 2,
        };
        let text = |path: Option<&'_ str>| path.filter(|path| !path.is_empty()).map(str::to_owned);
        let sub_path = match (text(mount.sub_path_expr.as_deref()), text(mount.sub_path.as_deref()))
        {
            (Some(expression), _) => SubPath::expanded(variables.expand(&expression)),
            (None, None) => SubPath::Whole,
            (None, Some(path)) => SubPath::below(&path),
        };
        let without = mount.bind_mount_options.iter().map(|option| digest([&**option])).collect();
        Self { writable, propagation, without, sub_path }
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
            return Self::Same(digest([path]));
        }
        if steps.is_empty() {
            return Self::Whole;
        }
        Self::Below((1..=steps.len()).map(|end| digest(steps.iter().take(end).copied())).collect())
    }

    fn expanded(expansion: Expansion) -> Self {
        match expansion {
            Expansion::Text(path) => Self::below(&path),
            Expansion::MadeFrom(what) => Self::Same(what),
            Expansion::Endless => Self::Unknown,
        }
    }
}
