//! What the harm of a finding depends on, so that an update can be held against what stood before.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::subject::{ContainerRef, Fingerprint, Pod, Str, Volume, VolumeMount, fingerprint};

/// The most fingerprints that the evidence of one finding holds; a pod that runs anywhere has a few.
const HELD_LIMIT: usize = 16_384;

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
    Degree(u8),
    /// Everything but these: fewer are harder.
    AllBut(BTreeSet<Fingerprint>),
    /// The part of a volume that a mount shows.
    Mount(Box<Extent>),
}

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
    /// A path that is made from variables when the container starts.
    Expanded(Fingerprint),
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
    pub fn degree(self, degree: u8) -> Self {
        Self { hardness: Hardness::Degree(degree), ..self }
    }

    /// It strikes by everything but `spared`.
    #[must_use]
    pub fn all_but<'t>(mut self, spared: impl IntoIterator<Item = &'t str>) -> Self {
        let spared = spared.into_iter().inspect(|name| self.steps += HASH + name.len());
        let spared = spared.map(|name| fingerprint([name])).collect();
        Self { hardness: Hardness::AllBut(spared), ..self }
    }

    /// It strikes through `mount`.
    #[must_use]
    fn through(self, mount: &VolumeMount<'_>) -> Self {
        let extent = Extent::of(mount);
        let steps = self.steps + extent.len() * HASH + extent_bytes(mount);
        Self { hardness: Hardness::Mount(Box::new(extent)), steps, ..self }
    }

    /// How many fingerprints it holds of its own.
    fn held(&self) -> usize {
        self.reach.len()
            + match &self.hardness {
                Hardness::Degree(_) => 0,
                Hardness::AllBut(spared) => spared.len(),
                Hardness::Mount(extent) => extent.len(),
            }
    }
}

/// How many steps a fingerprint takes, however short the text is.
const HASH: usize = 128;

/// The bytes that the extent of a mount is told by.
fn extent_bytes(mount: &VolumeMount<'_>) -> usize {
    let paths = [&mount.sub_path, &mount.sub_path_expr].into_iter().flatten();
    let options = mount.bind_mount_options.iter().flat_map(|options| options.iter());
    paths.map(|path| path.len()).chain(options.map(|option| option.len())).sum()
}

impl Evidence {
    /// These facts and nothing else.
    pub fn new(facts: impl IntoIterator<Item = Fact>) -> Self {
        let (mut kept, mut steps, mut held) = (Vec::new(), 0_usize, 0_usize);
        for fact in facts {
            held += fact.held();
            steps += HASH + fact.reach.len() + fact.steps;
            if held > HELD_LIMIT {
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

    /// What a finding about `volume`, whose source is `source`, rests on: where it leads, and every
    /// mount of it.
    pub fn of_volume<'s, 'a, const N: usize>(
        pod: &'s Pod<'s, 'a>,
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
            let (reach, hardness) = (Reach::one(&c), Hardness::Degree(0));
            Fact { what, reach, hardness, steps: place.len() }.through(mount)
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

fn text<'t>(text: &'t Option<Box<Str<'_>>>) -> &'t str {
    text.as_ref().map_or("", |text| text.as_str())
}

impl Extent {
    fn of(mount: &VolumeMount<'_>) -> Self {
        let writable = match (mount.read_only, text(&mount.recursive_read_only)) {
            (Some(true), "Enabled") => 0,
            (Some(true), "IfPossible") => 1,
            (Some(true), _) => 2,
            _ => 3,
        };
        let propagation = match text(&mount.mount_propagation) {
            "" | "None" => 0,
            "HostToContainer" => 1,
            _ => 2,
        };
        let (expression, path) = (text(&mount.sub_path_expr), text(&mount.sub_path));
        let sub_path = match (expression, path) {
            ("", "") => SubPath::Whole,
            ("", path) => SubPath::below(path),
            (expression, _) => SubPath::Expanded(fingerprint([expression])),
        };
        let options = mount.bind_mount_options.iter().flat_map(|options| options.iter());
        let without = options.map(|option| fingerprint([option.as_str()])).collect();
        Self { writable, propagation, without, sub_path }
    }

    /// How many fingerprints it holds.
    fn len(&self) -> usize {
        let steps = match &self.sub_path {
            SubPath::Whole => 0,
            SubPath::Below(steps) => steps.len(),
            SubPath::Expanded(_) => 1,
        };
        self.without.len() + steps
    }

    fn covers(&self, other: &Self) -> bool {
        let is_within = match (&self.sub_path, &other.sub_path) {
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
        if steps.is_empty() {
            return Self::Whole;
        }
        if steps.len() > Self::STEPS || steps.contains(&"..") {
            return Self::Expanded(fingerprint([path]));
        }
        let mut above = Fingerprint::default();
        let below = steps.into_iter().map(|step| {
            above = fingerprint([&above, step.as_bytes()]);
            above
        });
        Self::Below(below.collect())
    }
}

impl Hardness {
    /// How many fingerprints have to be looked at to hold another against it.
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Degree(_) => 1,
            Self::AllBut(spared) => 1 + spared.len(),
            Self::Mount(extent) => 1 + extent.len(),
        }
    }

    /// Whether this strikes as hard as `other`, or harder.
    pub(super) fn covers(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Degree(a), Self::Degree(b)) => a >= b,
            (Self::AllBut(a), Self::AllBut(b)) => a.is_subset(b),
            (Self::Mount(a), Self::Mount(b)) => a.covers(b),
            _ => false,
        }
    }
}
