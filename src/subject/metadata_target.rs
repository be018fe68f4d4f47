//! Targets that are the metadata of objects, and the version that they are written in.

use super::kind::Kind;
use super::shape::Shape;
use super::target::{Pods, Target, Views};
use super::{ObjectMeta, Pod};

/// Every object that is reviewed, and of it the metadata: but for Secrets and `ConfigMaps`, which
/// are sent here for the sake of what is in them alone.
#[derive(Debug)]
pub enum Objects {}

impl Target for Objects {
    type View<'s> = &'s ObjectMeta<'s>;

    fn covers(kind: &Kind) -> bool {
        !matches!(kind.shape, Shape::Secret | Shape::ConfigMap)
    }

    fn of<'s>(views: &'s Views<'s>) -> impl Iterator<Item = Self::View<'s>> {
        let subject = views.subject();
        Self::covers(subject.kind).then_some(&subject.object.metadata).into_iter()
    }
}

/// Pods, and templates of pods; and of what makes none the metadata, but for Secrets and `ConfigMaps`.
#[derive(Debug)]
pub enum PodsAndObjects {}

/// One of both.
#[derive(Debug, Clone, Copy)]
pub enum PodOrObject<'s> {
    /// A pod, or the template of one.
    Pod(&'s Pod<'s, 's>),
    /// The metadata of an object that makes none.
    Object(&'s ObjectMeta<'s>),
}

impl Target for PodsAndObjects {
    type View<'s> = PodOrObject<'s>;

    fn covers(kind: &Kind) -> bool {
        Objects::covers(kind)
    }

    fn of<'s>(views: &'s Views<'s>) -> impl Iterator<Item = Self::View<'s>> {
        let makes_none = !views.subject().kind.is_workload();
        let objects = Objects::of(views).filter(move |_| makes_none).map(PodOrObject::Object);
        Pods::of(views).map(PodOrObject::Pod).chain(objects)
    }

    fn elements(view: Self::View<'_>) -> usize {
        match view {
            PodOrObject::Pod(pod) => Pods::elements(pod),
            PodOrObject::Object(_) => 1,
        }
    }
}

/// Workloads as people write them, and of each the metadata: neither Pods nor `ReplicaSets`, which
/// most often are made from them.
#[derive(Debug)]
pub enum Workloads {}

impl Target for Workloads {
    type View<'s> = &'s ObjectMeta<'s>;

    fn covers(kind: &Kind) -> bool {
        kind.is_workload() && !kind.is_made_from_others()
    }

    fn of<'s>(views: &'s Views<'s>) -> impl Iterator<Item = Self::View<'s>> {
        let subject = views.subject();
        Self::covers(subject.kind).then_some(&subject.object.metadata).into_iter()
    }
}

/// Pods themselves, no templates of them, and of each the metadata.
#[derive(Debug)]
pub enum PodObjects {}

impl Target for PodObjects {
    type View<'s> = &'s ObjectMeta<'s>;

    fn covers(kind: &Kind) -> bool {
        kind.is_pod()
    }

    fn of<'s>(views: &'s Views<'s>) -> impl Iterator<Item = Self::View<'s>> {
        let subject = views.subject();
        Self::covers(subject.kind).then_some(&subject.object.metadata).into_iter()
    }

    fn elements(metadata: Self::View<'_>) -> usize {
        1 + metadata.owner_references.len()
    }
}

/// Namespaces, and of each the metadata.
#[derive(Debug)]
pub enum Namespaces {}

impl Target for Namespaces {
    type View<'s> = &'s ObjectMeta<'s>;

    fn covers(kind: &Kind) -> bool {
        kind.is_namespace()
    }

    fn of<'s>(views: &'s Views<'s>) -> impl Iterator<Item = Self::View<'s>> {
        let subject = views.subject();
        Self::covers(subject.kind).then_some(&subject.object.metadata).into_iter()
    }
}

/// The version, such as `apps/v1`, that an object is written in: of kinds of Kubernetes itself that
/// have been served in others.
#[derive(Debug)]
pub enum Versions {}

impl Target for Versions {
    type View<'s> = &'s str;

    fn covers(kind: &Kind) -> bool {
        // The core group has had one version from the beginning.
        kind.is_built_in() && !kind.group.is_empty()
    }

    fn of<'s>(views: &'s Views<'s>) -> impl Iterator<Item = Self::View<'s>> {
        let subject = views.subject();
        let version = subject.object.api_version.as_deref();
        version.filter(|_| Self::covers(subject.kind)).into_iter()
    }
}
