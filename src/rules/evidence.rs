//! What the harm of a finding depends on, so that an update can be held against what stood before.

use std::cmp::Ordering;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use super::digest::{Digest, beside, digest};
use super::extent::Extent;
use crate::subject::{ContainerRef, Pod};

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
    /// Everything but these: fewer are harder. None where nothing is left.
    AllBut(Option<BTreeSet<Digest>>),
    /// This one; none where it is all that there are.
    One(Option<Digest>),
    /// The part of a volume that a mount shows.
    Mount(Extent),
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
        Self { hardness: Hardness::One(name.map(|name| digest([name]))), ..self }
    }

    /// It strikes through a mount that shows this much.
    #[must_use]
    pub(super) fn through(self, extent: Extent) -> Self {
        Self { hardness: Hardness::Mount(extent), ..self }
    }

    /// The same, and that it does so as one of the node's own users.
    fn as_user_of_the_node(&self) -> Self {
        Self { what: beside(&self.what, "as a user of the node"), ..self.clone() }
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

    /// Nothing that could be held against anything: new whenever it is seen.
    pub fn incomparable() -> Self {
        Self(None)
    }
}

impl Hardness {
    /// Whether this strikes as hard as `other`, or harder.
    fn covers(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Degree(a), Self::Degree(b)) => a >= b,
            (Self::AllBut(_), Self::AllBut(None)) | (Self::One(None), Self::One(_)) => true,
            (Self::AllBut(Some(a)), Self::AllBut(Some(b))) => a.is_subset(b),
            (Self::One(Some(a)), Self::One(Some(b))) => a == b,
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
