//! An object that was judged, as it is written down under the workload that it belongs to.

use std::collections::{BTreeSet, HashMap};

use super::entry::{Entry, Texts};
use super::workload::{Part, Workload};
use crate::review::{Verdict, Violation};
use crate::rules::Mode;
use crate::subject::Subject;

/// An object, and what came of it.
pub(super) struct Judged<'j> {
    pub(super) subject: &'j Subject<'j>,
    pub(super) verdict: &'j Verdict,
    /// What its owner has not, by number.
    pub(super) new: &'j [(u64, &'j Violation)],
    /// The patches, by the number of the finding.
    pub(super) patches: &'j HashMap<u64, String>,
}

impl Judged<'_> {
    /// Writes it down under its workload, which it is itself or which made it.
    pub(super) fn write_down(&self, workload: &mut Workload, is_made: bool, texts: &mut Texts) {
        let Self { subject, verdict, new, patches } = *self;
        let pool = &mut texts.pool;
        let (kind, name) = (pool.keep(&subject.kind.kind), pool.keep(&subject.name));
        let is_it = |part: &Part| part.kind == kind && part.is_made == is_made;
        let at = workload.parts.iter().position(is_it).unwrap_or_else(|| {
            workload.parts.push(Part {
                kind,
                name,
                is_made,
                objects: 0,
                is_workload: subject.kind.is_workload(),
                total: 0,
                is_complete: true,
                undetermined: Vec::new(),
                open: 0,
                lacking: None,
                entries: Vec::new(),
            });
            workload.parts.len() - 1
        });
        let Some(part) = workload.parts.get_mut(at) else { return };
        part.objects += 1;
        part.total = part.total.max(verdict.total());
        part.is_complete &= verdict.is_complete();
        part.open = part.open.max(open(verdict));
        for rule in &verdict.undetermined {
            let said = (pool.keep(&rule.rule.id), pool.keep(&rule.why.to_string()));
            if !part.undetermined.contains(&said) {
                part.undetermined.push(said);
            }
        }
        if !verdict.lacking.is_empty() {
            let paths: Vec<String> = verdict.lacking.iter().map(ToString::to_string).collect();
            part.lacking = Some(pool.keep(&paths.join(" or ")));
        }
        let known = part.entries.len();
        for (flaw, violation) in new {
            let (before, _) = part.entries.split_at_mut(known);
            // Among those of one object there may be two that only their places tell apart.
            if let Some(entry) = before.iter_mut().find(|entry| entry.flaw == *flaw) {
                entry.objects += 1;
                continue;
            }
            let patch = patches.get(flaw).cloned();
            part.entries.push(Entry::of(violation, *flaw, patch, name, texts));
        }
    }
}

/// How many checks could not say, of those that refuse nothing.
fn open(verdict: &Verdict) -> usize {
    if verdict.undetermined.is_empty() {
        return 0;
    }
    let refusing = verdict.denials().flat_map(|violation| {
        let denying = violation.policies().filter(|(_, mode)| *mode == Mode::Deny);
        denying.map(|(policy, _)| (&**policy, &*violation.rule.id))
    });
    let refusing: BTreeSet<(&str, &str)> = refusing.collect();
    let unsaid: BTreeSet<(&str, &str)> =
        verdict.undetermined.iter().map(|rule| (&*rule.policy, &*rule.rule.id)).collect();
    unsaid.difference(&refusing).count()
}
