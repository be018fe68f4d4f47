//! What the harm of a finding depends on, so that an update can be held against what stood before.

use std::cmp::Ordering;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use ring::digest::{Context, SHA256};

use crate::subject::{ContainerRef, Pod, VolumeMount};

/// Names a thing without holding it: what is compared may be a secret.
type Digest = [u8; 32];

/// The most facts that the evidence of one finding holds; a pod that runs anywhere has a few.
const FACT_LIMIT: usize = 4_096;

/// Everything that the harm of a finding depends on, read from the view.
///
/// A finding was there before only where each of its facts was, as hard or harder. What has no
/// evidence that can be compared was never there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence(Option<Vec<Fact>>);

/// One thing that is the case, whom it strikes, and how hard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    what: Digest,
    reach: Reach,
    hardness: Hardness,
}

/// Whom a fact strikes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reach(Whom);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Whom {
    /// The object as such.
    Object,
    /// One container.
    One(Digest),
    /// These containers, in order: what is set for the pod and holds for them.
    These(Arc<[Digest]>),
}

/// How hard a fact strikes, beside the same fact elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Hardness {
    /// A number: more is harder.
    Degree(u8),
    /// Everything but these: fewer are harder.
    AllBut(BTreeSet<Digest>),
    /// The part of a volume that a mount shows.
    Mount(Extent),
}

/// How much of a volume a mount shows, and what may be done there.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Extent {
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
    /// A path that is made from variables when the container starts.
    Expanded(Digest),
}

fn digest<'t>(parts: impl IntoIterator<Item = &'t str>) -> Digest {
    let mut context = Context::new(&SHA256);
    for part in parts {
        context.update(&(part.len() as u64).to_le_bytes());
        context.update(part.as_bytes());
    }
    let mut digest = Digest::default();
    digest.copy_from_slice(context.finish().as_ref());
    digest
}

/// A container by the part it plays and its name, wherever it stands in its list.
fn identity(c: &ContainerRef<'_, '_>) -> Digest {
    let pod = c.pod().at(&[]).to_string();
    let namesakes = c.namesakes_before().to_string();
    digest([&*pod, c.role.as_str(), c.name(), &*namesakes])
}

impl Reach {
    /// The object as such, whoever runs in it.
    pub fn object() -> Self {
        Self(Whom::Object)
    }

    /// The pod as such, whoever runs in it.
    pub fn pod(pod: &Pod<'_, '_>) -> Self {
        Self(Whom::One(digest([&*pod.at(&[]).to_string()])))
    }

    /// One container.
    pub fn one(c: &ContainerRef<'_, '_>) -> Self {
        Self(Whom::One(identity(c)))
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
        let mut reached: Vec<Digest> =
            pod.containers().filter(is_reached).map(|c| identity(&c)).collect();
        reached.sort_unstable();
        Self(Whom::These(reached.into()))
    }
}

impl Fact {
    /// That `what`, in words or as written, strikes whom `reach` says.
    pub fn new<'t>(reach: Reach, what: impl IntoIterator<Item = &'t str>) -> Self {
        Self { what: digest(what), reach, hardness: Hardness::Degree(0) }
    }

    /// How hard it strikes; more is harder.
    #[must_use]
    pub fn degree(self, degree: u8) -> Self {
        Self { hardness: Hardness::Degree(degree), ..self }
    }

    /// It strikes by everything but `spared`.
    #[must_use]
    pub fn all_but<'t>(self, spared: impl IntoIterator<Item = &'t str>) -> Self {
        let spared = spared.into_iter().map(|name| digest([name])).collect();
        Self { hardness: Hardness::AllBut(spared), ..self }
    }

    /// It strikes through `mount`.
    #[must_use]
    pub fn through(self, mount: &VolumeMount<'_>) -> Self {
        Self { hardness: Hardness::Mount(Extent::of(mount)), ..self }
    }
}

impl Evidence {
    /// These facts and nothing else.
    pub fn new(facts: impl IntoIterator<Item = Fact>) -> Self {
        let facts: Vec<Fact> = facts.into_iter().take(FACT_LIMIT + 1).collect();
        if facts.len() > FACT_LIMIT { Self::incomparable() } else { Self(Some(facts)) }
    }

    /// One fact about one container.
    pub fn of<'t>(c: &ContainerRef<'_, '_>, what: impl IntoIterator<Item = &'t str>) -> Self {
        Self::new([Fact::new(Reach::one(c), what)])
    }

    /// Nothing that could be held against anything: new whenever it is seen.
    pub fn incomparable() -> Self {
        Self(None)
    }
}

impl Extent {
    fn of(mount: &VolumeMount<'_>) -> Self {
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
        let text = |path: Option<&str>| path.filter(|path| !path.is_empty()).map(str::to_owned);
        let sub_path = match (text(mount.sub_path_expr.as_deref()), text(mount.sub_path.as_deref()))
        {
            (Some(expression), _) => SubPath::Expanded(digest([expression.as_str()])),
            (None, None) => SubPath::Whole,
            (None, Some(path)) => SubPath::below(&path),
        };
        let without = mount.bind_mount_options.iter().map(|option| digest([&**option])).collect();
        Self { writable, propagation, without, sub_path }
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
            return Self::Expanded(digest([path]));
        }
        Self::Below((1..=steps.len()).map(|end| digest(steps.iter().take(end).copied())).collect())
    }
}

impl Hardness {
    /// Whether this strikes as hard as `other`, or harder.
    fn covers(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Degree(a), Self::Degree(b)) => a >= b,
            (Self::AllBut(a), Self::AllBut(b)) => a.is_subset(b),
            (Self::Mount(a), Self::Mount(b)) => a.covers(b),
            _ => false,
        }
    }
}

/// All facts that one rule found in the old object, made ready to be asked.
#[derive(Debug, Default)]
pub struct Known<'e> {
    single: HashMap<(&'e Digest, Option<&'e Digest>), Vec<&'e Hardness>>,
    shared: HashMap<&'e Digest, Vec<(&'e [Digest], &'e Hardness)>>,
}

impl<'e> Known<'e> {
    /// Takes note of what a finding about the old object rested on.
    pub fn learn(&mut self, evidence: &'e Evidence) {
        for Fact { what, reach, hardness } in evidence.0.iter().flatten() {
            match &reach.0 {
                Whom::Object => self.single.entry((what, None)).or_default().push(hardness),
                Whom::One(who) => self.single.entry((what, Some(who))).or_default().push(hardness),
                Whom::These(all) => self.shared.entry(what).or_default().push((all, hardness)),
            }
        }
    }

    /// Whether each fact of `evidence` stood before, as hard or harder.
    pub fn holds(&self, evidence: &Evidence) -> bool {
        let Evidence(Some(facts)) = evidence else { return false };
        facts.iter().all(|Fact { what, reach, hardness }| match &reach.0 {
            Whom::Object => self.knows(what, None, hardness),
            Whom::One(who) => self.knows(what, Some(who), hardness),
            Whom::These(all) => self.knows_all(what, all, hardness),
        })
    }

    fn knows(&self, what: &Digest, who: Option<&Digest>, hardness: &Hardness) -> bool {
        let single = self.single.get(&(what, who)).into_iter().flatten();
        let mut shared = self.shared.get(what).into_iter().flatten();
        single.into_iter().any(|old| old.covers(hardness))
            || who.is_some_and(|who| {
                shared.any(|(all, old)| all.binary_search(who).is_ok() && old.covers(hardness))
            })
    }

    fn knows_all(&self, what: &Digest, all: &[Digest], hardness: &Hardness) -> bool {
        let mut shared = self.shared.get(what).into_iter().flatten();
        shared.any(|(old, before)| includes(old, all) && before.covers(hardness))
            || all.iter().all(|who| self.knows(what, Some(who), hardness))
    }
}

/// Whether the sorted list `some` is part of the sorted list `all`.
fn includes(all: &[Digest], some: &[Digest]) -> bool {
    let mut rest = all.iter();
    some.iter()
        .all(|wanted| rest.find(|found| found.cmp(&wanted) != Ordering::Less) == Some(wanted))
}
