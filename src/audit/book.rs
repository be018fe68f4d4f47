//! What is written down of each object as it comes by, under the workload that it belongs to.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

use jiff::Timestamp;

use super::entry::{Entry, Texts};
use super::flaw;
use super::judged::Judged;
use super::plan::{is_foreign, is_history, is_made_anew};
use super::pool::Text;
use super::record::{Failure, NotLookedAt, Sums};
use super::workload::{Anew, Workload};
use crate::policy::{Requester, Snapshot};
use crate::report::{Patches, ReviewProblem};
use crate::review::{Ending, UndeterminedRule, Verdict, Violation, review};
use crate::rules::{Budget, Limits};
use crate::subject::{Controller, Identity, Kind, Subject};

/// What objects are held against.
#[derive(Clone, Copy)]
pub struct Terms<'t> {
    /// The policies, and what stands around the objects.
    pub snapshot: &'t Snapshot,
    /// The time.
    pub now: Timestamp,
    /// The limits to the review of each.
    pub limits: Limits,
    /// Who is taken to make the objects; none where they are looked at as they stand.
    pub requester: Option<&'t Requester<'t>>,
}

/// An object of the cluster.
#[derive(Clone, Copy)]
pub struct Object<'o> {
    /// What kind it is.
    pub kind: &'o Kind,
    /// The object.
    pub json: &'o [u8],
    /// Who it is, where that can be read.
    pub identity: Option<&'o Identity<'o>>,
}

/// What was found so far.
#[derive(Debug, Default)]
pub struct Book {
    /// Whether patches are kept.
    has_patches: bool,
    pub(super) texts: Texts,
    pub(super) workloads: Vec<Workload>,
    by_place: HashMap<(Option<Text>, Text, Text, Text), usize>,
    /// By a number for the uid.
    owners: HashMap<u64, Known>,
    hashing: RandomState,
    /// How many objects a rule could not say anything about, by rule and reason.
    pub(super) undetermined: BTreeMap<(String, String), usize>,
    /// By policy: the rules that could not say, and about which of their parts.
    pub(super) unsaid: BTreeSet<(String, String, Option<String>)>,
    pub(super) excuses: BTreeSet<String>,
    pub(super) failing: BTreeSet<String>,
    pub(super) failures: Vec<Failure>,
    pub(super) not_looked_at: Vec<NotLookedAt>,
    /// Kinds that nobody asked to look at.
    passed_over: BTreeSet<String>,
    objects: usize,
}

/// What is known of an object that makes others: where it is counted, and its findings.
#[derive(Debug, Clone)]
struct Known {
    workload: usize,
    flaws: Arc<[u64]>,
}

impl Book {
    /// An empty one; with patches or without, which take the most room of all.
    pub fn new(has_patches: bool) -> Self {
        Self { has_patches, ..Self::default() }
    }

    /// Writes down something that could not be done.
    pub fn fail(&mut self, failure: Failure) {
        self.failures.push(failure);
    }

    /// Writes down what may not be looked at.
    pub fn leave_out(&mut self, what: NotLookedAt) {
        if !self.not_looked_at.contains(&what) {
            self.not_looked_at.push(what);
        }
    }

    /// Writes down that nobody asked to look at a kind.
    pub fn pass_over(&mut self, kind: &Kind) {
        self.passed_over.insert(kind.kind.to_string());
    }

    /// Whether nobody asked to look at a kind.
    pub(super) fn passes_over(&self, kind: &Kind) -> bool {
        self.passed_over.contains(&*kind.kind)
    }

    /// The kinds of which not every object was looked at; none stands for any kind.
    pub(super) fn unseen_kinds(&self) -> impl Iterator<Item = Option<&String>> {
        let left_out = self.not_looked_at.iter().map(|missing| Some(&missing.kind));
        let failed = self.failures.iter().map(|failure| failure.kind.as_ref());
        left_out.chain(failed).chain(self.passed_over.iter().map(Some))
    }

    /// What may not be looked at.
    pub fn left_out(&self) -> &[NotLookedAt] {
        &self.not_looked_at
    }

    /// What could not be done.
    pub fn failures(&self) -> &[Failure] {
        &self.failures
    }

    /// Whether nothing was looked at.
    pub fn is_empty(&self) -> bool {
        self.objects == 0
    }

    /// Holds an object against the policies, and writes down what comes of it.
    pub fn judge(&mut self, object: Object<'_>, terms: Terms<'_>) {
        self.objects += 1;
        let Object { kind, json, identity } = object;
        let mut subject = match Subject::read(kind, json) {
            Ok(subject) => subject,
            Err(error) => return self.unreadable(object, &ReviewProblem::Field(error).to_string()),
        };
        // Static pods are the node's, which is no workload.
        let controller = identity.and_then(|identity| identity.controller.as_ref());
        let controller = controller.filter(|of| !(of.group.is_empty() && &*of.kind == "Node"));
        let known = controller.and_then(|of| self.owner(&of.uid, &subject));
        if is_history(&subject) && controller.is_some() {
            if let Some(known) = known {
                self.note_owner(identity, known);
            }
            return;
        }
        subject.is_made = known.is_some() && is_made_anew(kind);
        let Terms { snapshot, now, limits, requester } = terms;
        let verdict = review(&subject, requester, snapshot, now, &mut Budget::new(limits));
        if verdict.ending == Ending::Spent {
            return self.unreadable(object, &ReviewProblem::TooMuchWork.to_string());
        }
        self.note_run(&verdict);
        let numbers = verdict.violations.iter();
        let flaws: Vec<u64> = numbers.map(|v| flaw::number(&v.rule.id, &v.finding, kind)).collect();
        let inherited: Arc<[u64]> = known.as_ref().map_or_else(|| [].into(), |k| k.flaws.clone());
        let is_new = |flaw: &u64| !inherited.contains(flaw);
        let workload = match &known {
            Some(known) => known.workload,
            None => self.place(&subject, controller),
        };
        let is_remade = kind.is_workload() && is_made_anew(kind);
        if let Some(maker) = controller.filter(|maker| is_remade && is_foreign(maker))
            && verdict.denials().next().is_some()
        {
            self.note_made_anew(workload, &subject, maker);
        }
        let is_through_owner = known.is_some();
        if !is_through_owner || flaws.iter().any(is_new) {
            let is_made = is_through_owner || (controller.is_some() && is_made_anew(kind));
            let new: Vec<(u64, &Violation)> =
                flaws.iter().copied().zip(&verdict.violations).filter(|(f, _)| is_new(f)).collect();
            self.write_down(workload, &subject, &verdict, is_made, &new);
        }
        if !kind.is_pod() {
            let all: BTreeSet<u64> = inherited.iter().copied().chain(flaws).collect();
            self.note_owner(identity, Known { workload, flaws: all.into_iter().collect() });
        }
    }

    fn unreadable(&mut self, object: Object<'_>, message: &str) {
        let text = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        let identity = object.identity;
        self.fail(Failure {
            kind: Some(object.kind.kind.to_string()),
            namespace: identity.and_then(|identity| text(&identity.namespace)),
            name: identity.and_then(|identity| text(&identity.name)),
            message: message.to_owned(),
        });
    }

    /// The owner of an object, where it was looked at. Whoever writes an object may claim any; none is
    /// in another namespace.
    fn owner(&self, uid: &str, subject: &Subject<'_>) -> Option<Known> {
        let known = self.owners.get(&self.number(uid))?;
        let namespace = self.workloads.get(known.workload)?.namespace;
        let is_there = |name| subject.namespace.as_deref() == Some(self.texts.pool.get(name));
        namespace.is_none_or(is_there).then(|| known.clone())
    }

    fn number(&self, uid: &str) -> u64 {
        self.hashing.hash_one(uid)
    }

    fn note_owner(&mut self, identity: Option<&Identity<'_>>, known: Known) {
        if let Some(uid) = identity.map(|identity| &identity.uid).filter(|uid| !uid.is_empty()) {
            let number = self.number(uid);
            self.owners.insert(number, known);
        }
    }

    /// What counts whatever it is shown under.
    fn note_run(&mut self, verdict: &Verdict) {
        for rule in &verdict.undetermined {
            let key = (rule.rule.id.to_string(), rule.why.to_string());
            *self.undetermined.entry(key).or_default() += 1;
            self.note_unsaid(rule);
        }
        for violation in &verdict.violations {
            if let Some(by) = violation.excused_by()
                && !self.excuses.contains(&**by)
            {
                self.excuses.insert(by.to_string());
            }
            if !self.failing.contains(&*violation.rule.id) {
                self.failing.insert(violation.rule.id.to_string());
            }
        }
    }

    fn note_unsaid(&mut self, rule: &UndeterminedRule) {
        let of = |part| (rule.policy.to_string(), rule.rule.id.to_string(), part);
        if rule.parts.is_empty() {
            self.unsaid.insert(of(None));
        }
        self.unsaid.extend(rule.parts.iter().map(|part| of(Some(part.to_string()))));
    }

    /// Where an object is counted whose owner is not known: that of what is made anew all the time
    /// is named by what it made, anything else stands for itself.
    fn place(&mut self, subject: &Subject<'_>, controller: Option<&Controller<'_>>) -> usize {
        let (kind, pool) = (subject.kind, &mut self.texts.pool);
        let namespace = subject.namespace.as_deref().map(|name| pool.keep(name));
        let (group, of, name, maker) = match controller {
            Some(maker) if is_made_anew(kind) => {
                (pool.keep(&maker.group), pool.keep(&maker.kind), &*maker.name, None)
            }
            maker => {
                let maker = maker.map(|maker| format!("{}/{}", &*maker.kind, &*maker.name));
                let maker = maker.map(|maker| pool.keep(&maker));
                (pool.keep(&kind.group), pool.keep(&kind.kind), &*subject.name, maker)
            }
        };
        let name = pool.keep(name);
        let next = self.workloads.len();
        let at = *self.by_place.entry((namespace, group, of, name)).or_insert(next);
        if at == next {
            let (parts, anew) = (Vec::new(), Vec::new());
            self.workloads.push(Workload { namespace, kind: of, name, maker, parts, anew });
        }
        at
    }

    /// Notes that an object is refused once its controller makes it anew.
    fn note_made_anew(&mut self, workload: usize, subject: &Subject<'_>, maker: &Controller<'_>) {
        let pool = &mut self.texts.pool;
        let kind = pool.keep(&subject.kind.kind);
        let maker = pool.keep(&format!("{}/{}", &*maker.kind, &*maker.name));
        let Some(workload) = self.workloads.get_mut(workload) else { return };
        let known = workload.anew.iter_mut().find(|of| (of.kind, of.maker) == (kind, maker));
        if let Some(known) = known {
            known.objects += 1;
        } else {
            let name = pool.keep(&subject.name);
            workload.anew.push(Anew { kind, maker, name, objects: 1 });
        }
    }

    fn write_down(
        &mut self,
        workload: usize,
        subject: &Subject<'_>,
        verdict: &Verdict,
        is_made: bool,
        new: &[(u64, &Violation)],
    ) {
        let patches = self.patches(subject, verdict);
        if let Some(workload) = self.workloads.get_mut(workload) {
            Judged { subject, verdict, new, patches: &patches }.write_down(
                workload,
                is_made,
                &mut self.texts,
            );
        }
    }

    /// The patches of an object, by finding.
    fn patches(&self, subject: &Subject<'_>, verdict: &Verdict) -> HashMap<u64, String> {
        let mut found = HashMap::new();
        if !self.has_patches || verdict.violations.is_empty() {
            return found;
        }
        let Some(tree) = subject.source.to_value() else { return found };
        let mut patches = Patches::of(tree);
        for violation in &verdict.violations {
            let patch = patches.next(&violation.finding.remedy);
            let number = flaw::number(&violation.rule.id, &violation.finding, subject.kind);
            if let Some(Ok(text)) = patch.map(|patch| serde_json::to_string(&patch)) {
                found.entry(number).or_insert(text);
            }
        }
        found
    }

    /// Puts it all in the order in which it is shown.
    pub fn sort(&mut self) {
        let Self { texts, workloads, .. } = self;
        let text = |text: Option<Text>| text.map_or("", |text| texts.pool.get(text));
        workloads.sort_by(|a, b| {
            let key = |w: &Workload| (text(w.namespace), text(Some(w.kind)), text(Some(w.name)));
            key(a).cmp(&key(b))
        });
        for part in workloads.iter_mut().flat_map(|workload| &mut workload.parts) {
            part.entries.sort_by_key(Entry::rank);
            part.entries.shrink_to_fit();
        }
        self.by_place.clear();
        self.owners.clear();
    }

    pub(super) fn sums(&self) -> Sums {
        let mut sums = Sums { objects: self.objects, ..Sums::default() };
        for part in self.workloads.iter().flat_map(|workload| &workload.parts) {
            sums.subjects += 1;
            sums.workloads += usize::from(part.is_workload);
            sums.refused += usize::from(!part.is_allowed());
            sums.passed += part.passed(&self.texts);
            sums.total += part.total;
            sums.open += part.open;
        }
        sums
    }
}
