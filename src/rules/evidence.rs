//! What the harm of a finding depends on, so that an update can be held against what stood before.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::extent::Extent;
use crate::subject::{ContainerRef, Fingerprint, Pod, Volume, fingerprint};

/// The most fingerprints that the evidence of one finding holds; a pod that runs anywhere has a few.
const HELD_LIMIT: usize = 16_384;

/// The most steps that are taken for the evidence of one finding, as many as for a few megabytes.
const STEP_LIMIT: usize = 4_000_000;

/// Everything that the harm of a finding depends on, read from the view.
///
/// A finding was there before only where each of its facts was, as hard or harder. What has no
/// evidence that can be compared was never there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    facts: Option<Vec<Fact>>,
    steps: usize,
    held: usize,
}

/// One thing that is the case, whom it strikes, and how hard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    pub(super) what: Fingerprint,
    pub(super) reach: Reach,
    pub(super) hardness: Hardness,
    /// The bytes that were looked at.
    steps: usize,
}

/// Whom a fact strikes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reach(pub(super) Whom);

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Whom {
    /// The object as such.
    Object,
    /// One container.
    One(Fingerprint),
    /// These containers: what is set for the pod and holds for them.
    These(Arc<Group>),
}

/// Some containers of a pod.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Group {
    /// What tells the group from others.
    pub(super) identity: Fingerprint,
    /// In order.
    pub(super) members: Vec<Fingerprint>,
}

/// How hard a fact strikes, beside the same fact elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Hardness {
    /// A number: more is harder.
    Degree(u64),
    /// Everything but these: fewer are harder. None where nothing is left.
    AllBut(Option<BTreeSet<Fingerprint>>),
    /// This one; none where it is all that there are.
    One(Option<Fingerprint>),
    /// The part of a volume that a mount shows.
    Mount(Box<Extent>),
    /// What is allowed: a verb, a group, a resource and a name of it, each none where it is all.
    Grant(Box<[Option<Fingerprint>; 4]>),
}

impl Reach {
    /// The object as such, whoever runs in it.
    pub fn object() -> Self {
        Self(Whom::Object)
    }

    /// The pod as such, whoever runs in it.
    pub fn pod(pod: &Pod<'_, '_>) -> Self {
        Self(Whom::One(*pod.identity()))
    }

    /// One container.
    pub fn one(c: &ContainerRef<'_, '_>) -> Self {
        Self(Whom::One(*c.identity()))
    }

    /// Every container of the pod.
    pub fn all<'s>(pod: &'s Pod<'s, '_>) -> Self {
        Self::those(pod, |_| true)
    }

    /// The containers of the pod that `is_reached` picks.
    pub fn those<'s, 'a>(
        pod: &'s Pod<'s, 'a>,
        is_reached: impl Fn(&ContainerRef<'s, 'a>) -> bool,
    ) -> Self {
        let mut members: Vec<Fingerprint> =
            pod.containers().filter(is_reached).map(|c| *c.identity()).collect();
        members.sort_unstable();
        Self(Whom::These(Arc::new(Group { identity: fingerprint(&members), members })))
    }

    fn len(&self) -> usize {
        match &self.0 {
            Whom::Object | Whom::One(_) => 1,
            Whom::These(group) => 1 + group.members.len(),
        }
    }
}

impl Fact {
    /// That `what`, in words or as written, strikes whom `reach` says.
    pub fn new<'t>(reach: Reach, what: impl IntoIterator<Item = &'t str>) -> Self {
        let mut steps = 0;
        let what = fingerprint(what.into_iter().inspect(|part| steps += part.len()));
        Self { what, reach, hardness: Hardness::Degree(0), steps }
    }

    /// How hard it strikes; more is harder.
    #[must_use]
    pub fn degree(self, degree: impl Into<u64>) -> Self {
        Self { hardness: Hardness::Degree(degree.into()), ..self }
    }

    /// It strikes by everything but `spared`.
    #[must_use]
    pub fn all_but<'t>(mut self, spared: impl IntoIterator<Item = &'t str>) -> Self {
        let spared = spared.into_iter().inspect(|name| self.steps += HASH + name.len());
        let spared = spared.map(|name| fingerprint([name])).collect();
        Self { hardness: Hardness::AllBut(Some(spared)), ..self }
    }

    /// It strikes by nothing any more, though its words are not those that the rule asks for.
    #[must_use]
    pub fn all_spared(self) -> Self {
        Self { hardness: Hardness::AllBut(None), ..self }
    }

    /// It strikes by one of many; by all of them where `name` is none.
    #[must_use]
    pub fn one_of_many(self, name: Option<&str>) -> Self {
        Self { hardness: Hardness::One(name.map(|name| fingerprint([name]))), ..self }
    }

    /// It allows this: a verb, a group, a resource and a name of it, each none where it is all.
    #[must_use]
    pub fn grant(mut self, parts: [Option<&str>; 4]) -> Self {
        self.steps += parts.iter().flatten().map(|part| HASH + part.len()).sum::<usize>();
        let parts = parts.map(|part| part.map(|part| fingerprint([part])));
        Self { hardness: Hardness::Grant(Box::new(parts)), ..self }
    }

    /// The same, and that it does so as one of the node's own users.
    fn as_user_of_the_node(&self) -> Self {
        let what = fingerprint([&self.what[..], b"as a user of the node"]);
        Self { what, steps: 0, ..self.clone() }
    }

    /// How many fingerprints it holds of its own.
    fn held(&self) -> usize {
        self.reach.len() + self.hardness.len()
    }
}

/// How many steps a fingerprint takes, however short the text is.
const HASH: usize = 128;

impl Evidence {
    /// These facts and nothing else.
    pub fn new(facts: impl IntoIterator<Item = Fact>) -> Self {
        let (mut kept, mut steps, mut held) = (Vec::new(), 0_usize, 0_usize);
        for fact in facts {
            held += fact.held();
            steps += HASH + fact.reach.len() + fact.steps;
            if held > HELD_LIMIT || steps > STEP_LIMIT {
                return Self { steps, ..Self::incomparable() };
            }
            kept.push(fact);
        }
        Self { facts: Some(kept), steps, held }
    }

    /// One fact about one container.
    pub fn of<'t>(c: &ContainerRef<'_, '_>, what: impl IntoIterator<Item = &'t str>) -> Self {
        Self::new([Fact::new(Reach::one(c), what)])
    }

    /// What processes of `pod` may do: harder where they do it among the users of the node than
    /// where the pod has users of its own.
    pub fn of_processes(pod: &Pod<'_, '_>, facts: impl IntoIterator<Item = Fact>) -> Self {
        let facts = facts.into_iter().flat_map(|fact| {
            let on_the_node = (!pod.has_user_namespace()).then(|| fact.as_user_of_the_node());
            std::iter::once(fact).chain(on_the_node)
        });
        Self::new(facts)
    }

    /// The same of one container.
    pub fn of_process<'t>(
        c: &ContainerRef<'_, '_>,
        what: impl IntoIterator<Item = &'t str>,
    ) -> Self {
        Self::of_processes(c.pod(), [Fact::new(Reach::one(c), what)])
    }

    /// What a finding about `volume`, whose source is `source`, rests on: where it leads, and every
    /// mount of it.
    pub fn of_volume<'s, const N: usize>(
        pod: &'s Pod<'s, '_>,
        volume: &Volume<'_>,
        source: [&str; N],
    ) -> Self {
        let name = volume.name.as_deref().unwrap_or_default();
        // The API server admits no two of one name.
        if pod.volumes_named(name) > 1 {
            return Self::incomparable();
        }
        let itself = Fact::new(Reach::pod(pod), source);
        // A source is as long as one likes to write it, so for each mount its fingerprint stands.
        let source = itself.what;
        let mounted = pod.mounts_of(name).map(|(c, mount)| {
            let place = mount.mount_path.as_deref().unwrap_or_default();
            let what = fingerprint([&b"mount"[..], place.as_bytes(), &source]);
            let (extent, steps) = Extent::of(c, mount);
            let steps = steps + extent.len() * HASH + place.len();
            Fact { what, reach: Reach::one(&c), hardness: Hardness::Mount(Box::new(extent)), steps }
        });
        Self::new(std::iter::once(itself).chain(mounted))
    }

    /// Nothing that could be held against anything: new whenever it is seen.
    pub fn incomparable() -> Self {
        Self { facts: None, steps: 0, held: 0 }
    }

    /// The facts; none where they cannot be compared.
    pub(super) fn facts(&self) -> Option<&[Fact]> {
        self.facts.as_deref()
    }

    /// How many steps it took to find all that.
    pub(super) fn steps(&self) -> usize {
        self.steps
    }

    /// How many fingerprints it holds.
    pub(super) fn held(&self) -> usize {
        self.held
    }
}

impl Hardness {
    /// How many fingerprints it holds.
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Degree(_) | Self::AllBut(None) | Self::One(None) => 0,
            // A grant is four in one place.
            Self::One(Some(_)) | Self::Grant(_) => 1,
            Self::AllBut(Some(spared)) => spared.len(),
            Self::Mount(extent) => extent.len(),
        }
    }

    /// Whether this strikes as hard as `other`, or harder.
    pub(super) fn covers(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Degree(a), Self::Degree(b)) => a >= b,
            (Self::AllBut(_), Self::AllBut(None)) | (Self::One(None), Self::One(_)) => true,
            (Self::AllBut(Some(a)), Self::AllBut(Some(b))) => a.is_subset(b),
            (Self::One(Some(a)), Self::One(Some(b))) => a == b,
            (Self::Mount(a), Self::Mount(b)) => a.covers(b),
            (Self::Grant(a), Self::Grant(b)) => {
                a.iter().zip(b.iter()).all(|(a, b)| a.is_none() || a == b)
            }
            _ => false,
        }
    }
}
