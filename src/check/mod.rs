//! Manifests before they are pushed: the webhook's verdict, with file and line.

mod defaults;
mod in_order;
pub mod objects;
mod written;

pub use written::Written;

use std::cell::RefCell;
use std::convert::Infallible;

use jiff::Timestamp;

use crate::files::SourceText;
use crate::inventory::Inventory;
use crate::policy::{Snapshot, Stance};
use crate::report::{Report, ReviewProblem, Reviewed, Unreviewed};
use crate::rules::Limits;
use crate::yaml::{Node, Place};
use in_order::Threads;
use objects::Object;
use written::{group_and_kind, meant_kind};

/// How a run goes about its work; what it comes to does not depend on it.
#[derive(Debug, Clone, Copy)]
pub struct Run {
    /// The limits to the review of each workload.
    pub limits: Limits,
    /// How many files are worked on at once.
    pub threads: usize,
    /// The time that policies are looked at with.
    pub now: Timestamp,
}

/// Reviews every workload of `sources`, each with all the others as its neighbours.
///
/// `snapshot` brings the policies.
pub fn check(sources: &[SourceText], snapshot: &Snapshot, now: Timestamp) -> Report {
    check_within(Limits::default(), sources, snapshot, now)
}

/// The same, with these limits to the review of each workload.
pub fn check_within(
    limits: Limits,
    sources: &[SourceText],
    snapshot: &Snapshot,
    now: Timestamp,
) -> Report {
    let mut report = Report::default();
    let append = |part| {
        report.append(part);
        Ok::<(), Infallible>(())
    };
    let run = Run { limits, threads: 1, now };
    let Ok(()) = run.check_each(sources, snapshot, |_, part| part, append);
    report
}

impl Run {
    /// Reviews every workload of `sources`, file by file: `render` makes of each file's report what
    /// is wanted of it, for many files at once, and `take` gets that in the order of the files.
    ///
    /// All files are read into trees first, since any of them may hold a neighbour of a workload.
    /// A tree is dropped as soon as it has nothing more to tell: that of a workload once it is
    /// rendered, any other when it is in the inventory.
    ///
    /// # Errors
    /// What `take` says first.
    pub fn check_each<'s, T: Send, E>(
        self,
        sources: &'s [SourceText],
        snapshot: &Snapshot,
        render: impl Fn(&SourceText, Report) -> T + Sync,
        take: impl FnMut(T) -> Result<(), E>,
    ) -> Result<(), E> {
        let threads = Threads::new(self.threads.min(sources.len()));
        let mut inventory = Inventory::complete();
        let mut all = Vec::new();
        let note = |file: File<'s>| {
            all.push(file.noted_in(&mut inventory));
            Ok::<(), Infallible>(())
        };
        let read = |source| File::read(source, snapshot);
        let Ok(()) = threads.each(sources, |source| source.text.len(), read, note);
        let snapshot = &snapshot.clone().with_inventory(inventory);
        let work = |file: File<'s>| render(file.source, file.reviewed(self, snapshot));
        threads.each(all, |file| file.source.text.len(), work, take)
    }
}

/// A file whose objects are known, and what it came to so far.
struct File<'s> {
    source: &'s SourceText,
    objects: Vec<Object>,
    report: Report,
}

impl<'s> File<'s> {
    fn read(source: &'s SourceText, snapshot: &Snapshot) -> Self {
        let mut file = Self { source, objects: Vec::new(), report: Report::default() };
        file.report.notes.extend(objects::note_of_kustomization(&source.name));
        for found in objects::of_text(&source.text) {
            match found {
                Ok(object) => file.objects.push(object),
                Err((place, problem)) => file.leave_out(place, problem),
            }
        }
        for object in &mut file.objects {
            if source.is_found && object.may_be_foreign() {
                file.report.foreign += 1;
            } else if is_of_no_rule(&object.node, snapshot) {
                file.report.others += 1;
            } else {
                object.is_to_review = true;
            }
        }
        file
    }

    /// Tells the inventory of all its objects, and keeps those that are to be reviewed.
    fn noted_in(mut self, inventory: &mut Inventory) -> Self {
        for object in &self.objects {
            inventory.observe(&object.node);
        }
        self.objects.retain(|object| object.is_to_review);
        self.objects.shrink_to_fit();
        self
    }

    fn reviewed(mut self, run: Run, snapshot: &Snapshot) -> Report {
        for object in std::mem::take(&mut self.objects) {
            match review_node(run, self.source, object.node, snapshot) {
                Ok(Some(reviewed)) => self.report.reviewed.push(reviewed),
                Ok(None) => self.report.others += 1,
                Err((place, problem)) => self.leave_out(place, problem),
            }
        }
        self.report
    }

    fn leave_out(&mut self, place: Place, problem: ReviewProblem) {
        let (source, unreviewed) = (self.source, &mut self.report.unreviewed);
        let is_template = source.text.contains("{{");
        let problem = match problem {
            ReviewProblem::Yaml(problem) if is_template => ReviewProblem::HelmTemplate(problem),
            problem => problem,
        };
        // Once for a file: no part of a template is YAML.
        let is_said = |u: &Unreviewed| matches!(u.problem, ReviewProblem::HelmTemplate(_));
        if is_template && unreviewed.last().is_some_and(is_said) {
            return;
        }
        unreviewed.push(Unreviewed { file: source.name.clone(), place, problem });
    }
}

/// Whether an object is of a kind that no rule reads, and none that was meant to be another.
fn is_of_no_rule(node: &Node, snapshot: &Snapshot) -> bool {
    group_and_kind(node).is_some_and(|(group, kind)| match snapshot.kinds().find(group, kind) {
        Some(kind) => snapshot.stance(kind) == Stance::Unread,
        None => meant_kind(group, kind).is_none(),
    })
}

fn review_node(
    run: Run,
    source: &SourceText,
    node: Node,
    snapshot: &Snapshot,
) -> Result<Option<Reviewed>, (Place, ReviewProblem)> {
    let taken = RefCell::default();
    let Some(written) = Written::read(&node, snapshot, &taken)? else { return Ok(None) };
    let verdict = written.create(None, run.limits, snapshot, run.now)?;
    let (kind, subject) = (written.subject.kind, &written.subject);
    let (namespace, name) =
        (subject.namespace.as_deref().map(str::to_owned), subject.name.to_string());
    let templates = kind.templates().iter().map(Into::into).collect();
    let (kind, title) = (kind.kind.to_string(), subject.title());
    let (file, taken) = (source.name.clone(), taken.into_inner());
    Ok(Some(Reviewed { file, node, kind, namespace, name, title, verdict, taken, templates }))
}
