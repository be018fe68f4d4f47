//! For programs: the records of `check`, and what an audit knows besides.

use std::borrow::Cow;
use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::value::RawValue;

use crate::audit::changes::Changes;
use crate::audit::entry::Entry;
use crate::audit::outcome::Audit;
use crate::audit::pool::Text;
use crate::audit::preview::Preview;
use crate::audit::record::{Failure, NotLookedAt};
use crate::audit::refused::counts;
use crate::audit::unneeded::Unneeded;
use crate::audit::workload::{Part, Workload};
use crate::report::records::{
    ErrorRecord, Records, SEPARATOR, SubjectRecord, ViolationRecord, list,
};
use crate::rules::Mode;
use crate::rules::catalog::find;
use crate::text::printable;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct NotLookedAtRecord<'r> {
    resource: &'r str,
    kind: &'r str,
    namespace: Option<&'r str>,
    why: Cow<'r, str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PolicyRecord<'r> {
    name: &'r str,
    hash: &'r str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct UndeterminedRecord<'r> {
    rule: &'r str,
    why: &'r str,
    objects: usize,
}

/// How many workloads of a namespace a rule refuses, and which.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RefusedRecord<'r> {
    namespace: Option<&'r str>,
    rule: &'r str,
    count: usize,
    workloads: Vec<String>,
}

/// What would be refused when its controller makes it anew.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct MadeAnewRecord<'r> {
    namespace: Option<&'r str>,
    controller: &'r str,
    kind: &'r str,
    name: &'r str,
    objects: usize,
}

/// What a preview knows besides.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PreviewRecord<'r> {
    mode: Option<&'static str>,
    workloads: usize,
    workloads_refused: usize,
    other_objects: usize,
    other_objects_refused: usize,
    refused: Vec<RefusedRecord<'r>>,
    made_anew: Vec<MadeAnewRecord<'r>>,
    /// What becomes of what runs.
    next_edit: &'static str,
    judging_controllers: &'r [String],
}

/// What stands behind the records.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Closing<'r> {
    time: Timestamp,
    cluster: Cow<'r, str>,
    server_version: Cow<'r, str>,
    namespaces: &'r [String],
    selector: Option<&'r str>,
    policies: Vec<PolicyRecord<'r>>,
    not_looked_at: Vec<NotLookedAtRecord<'r>>,
    undetermined: Vec<UndeterminedRecord<'r>>,
    notes: &'r [String],
    #[serde(flatten)]
    unneeded: &'r Unneeded,
    #[serde(skip_serializing_if = "Option::is_none")]
    since: Option<&'r Changes>,
    #[serde(skip_serializing_if = "Option::is_none")]
    preview: Option<PreviewRecord<'r>>,
}

pub(super) fn write<E: From<serde_json::Error>>(
    audit: &Audit,
    preview: Option<&Preview>,
    out: &mut impl FnMut(&str) -> Result<(), E>,
) -> Result<(), E> {
    out("{\n  \"violations\": ")?;
    in_pieces(audit, out, |workload, part, records| {
        part.entries
            .iter()
            .try_for_each(|entry| records.add(&violation(audit, workload, part, entry)))
    })?;
    out(",\n  \"subjects\": ")?;
    in_pieces(audit, out, |workload, part, records| records.add(&subject(audit, workload, part)))?;
    let mut errors = Records::default();
    for failure in audit.failures() {
        errors.add(&error(failure))?;
    }
    let sums = audit.sums();
    out(&format!(
        ",\n  \"errors\": {},\n  \"passed\": {},\n  \"total\": {}",
        list(&errors.into_text()),
        sums.passed,
        sums.total
    ))?;
    let closing = serde_json::to_string_pretty(&closing(audit, preview))?;
    let members = closing.strip_prefix('{').unwrap_or_default();
    out(&format!(",{members}\n"))
}

/// A list of records, of which those of one part of a workload are made at a time.
fn in_pieces<E: From<serde_json::Error>>(
    audit: &Audit,
    out: &mut impl FnMut(&str) -> Result<(), E>,
    add: impl Fn(&Workload, &Part, &mut Records) -> Result<(), serde_json::Error>,
) -> Result<(), E> {
    let mut is_first = true;
    for workload in &audit.book.workloads {
        for part in &workload.parts {
            let mut records = Records::default();
            add(workload, part, &mut records)?;
            let text = records.into_text();
            if !text.is_empty() {
                out(if std::mem::take(&mut is_first) { "[\n    " } else { SEPARATOR })?;
                out(&text)?;
            }
        }
    }
    out(if is_first { "[]" } else { "\n  ]" })
}

/// What made the objects of a part, where they are counted under it or it was not looked at.
fn owner<'a>(audit: &'a Audit, workload: &Workload, part: &Part) -> Option<Cow<'a, str>> {
    let pool = &audit.book.texts.pool;
    if part.is_made {
        let owner = format!("{}/{}", pool.get(workload.kind), pool.get(workload.name));
        return Some(Cow::Owned(owner));
    }
    workload.maker.map(|maker| Cow::Borrowed(pool.get(maker)))
}

fn violation<'a>(
    audit: &'a Audit,
    workload: &'a Workload,
    part: &'a Part,
    entry: &'a Entry,
) -> ViolationRecord<'a, &'a RawValue> {
    let pool = &audit.book.texts.pool;
    let text = |text: Text| pool.get(text);
    let asking = audit.book.texts.policies.find(entry.policies).unwrap_or_default();
    let policies = asking.iter().map(|(policy, _)| text(*policy));
    let policies: Vec<&str> = policies.collect();
    let rule = find(text(entry.rule));
    ViolationRecord {
        rule: text(entry.rule),
        policy: policies.first().copied().unwrap_or_default(),
        policies,
        mode: entry.mode.as_str(),
        severity: entry.severity.as_str(),
        rows: rule.map_or(&[], |rule| rule.rows),
        standards: rule.map_or(&[], |rule| rule.standards),
        kind: text(part.kind),
        namespace: workload.namespace.map(text),
        name: text(entry.name),
        owner: owner(audit, workload, part),
        objects: part.is_made.then_some(entry.count()),
        container: entry.container.map(text),
        path: text(entry.path).to_owned(),
        message: text(entry.message),
        fix: text(entry.fix).to_owned(),
        patch: entry.patch.and_then(|patch| raw(text(patch))),
        file: None,
        line: None,
        column: None,
        note: entry.note.map(text),
        link: entry.link.map(text),
        excused_by: entry.excuse.as_ref().map(|excuse| text(excuse.0)),
        excused_until: entry.excuse.as_ref().map(|excuse| excuse.1),
    }
}

/// A patch, which was JSON when it was kept.
#[expect(clippy::disallowed_methods, reason = "what is no patch is left out")]
fn raw(patch: &str) -> Option<&RawValue> {
    serde_json::from_str(patch).ok()
}

fn subject<'a>(audit: &'a Audit, workload: &'a Workload, part: &'a Part) -> SubjectRecord<'a> {
    let pool = &audit.book.texts.pool;
    let said = part.undetermined.iter().map(|(rule, why)| (pool.get(*rule), pool.get(*why)));
    let because: BTreeMap<_, _> = said.map(|(rule, why)| (rule, Cow::Borrowed(why))).collect();
    SubjectRecord {
        kind: pool.get(part.kind),
        namespace: workload.namespace.map(|name| pool.get(name)),
        name: pool.get(part.name),
        owner: owner(audit, workload, part),
        objects: part.is_made.then_some(part.objects),
        allowed: part.is_allowed(),
        passed: part.passed(&audit.book.texts),
        total: part.total,
        complete: part.is_complete,
        undetermined: because.keys().copied().collect(),
        undetermined_because: because,
        file: None,
        line: None,
        column: None,
    }
}

fn error(failure: &Failure) -> ErrorRecord<'_> {
    ErrorRecord {
        kind: failure.kind.as_deref(),
        namespace: failure.namespace.as_deref(),
        name: failure.name.as_deref(),
        message: &failure.message,
        ..ErrorRecord::default()
    }
}

fn missing(missing: &NotLookedAt) -> NotLookedAtRecord<'_> {
    NotLookedAtRecord {
        resource: &missing.what,
        kind: &missing.kind,
        namespace: missing.namespace.as_deref(),
        why: printable(&missing.why),
    }
}

fn preview_record(preview: &Preview) -> PreviewRecord<'_> {
    let book = &preview.audit.book;
    let refused = book.refused();
    let workloads_refused = refused.iter().filter(|one| one.is_workload).count();
    let of_rules = counts(&refused).into_iter().map(|count| RefusedRecord {
        namespace: count.namespace,
        rule: count.rule,
        count: count.workloads.len(),
        workloads: count.workloads,
    });
    let made_anew = book.made_anew().into_iter().map(|of| MadeAnewRecord {
        namespace: of.namespace,
        controller: of.controller,
        kind: of.kind,
        name: of.name,
        objects: of.objects,
    });
    PreviewRecord {
        mode: preview.mode.map(Mode::as_str),
        workloads: book.workloads(),
        workloads_refused,
        other_objects: book.other_objects(),
        other_objects_refused: refused.len() - workloads_refused,
        refused: of_rules.collect(),
        made_anew: made_anew.collect(),
        next_edit: "warned",
        judging_controllers: &preview.judging_controllers,
    }
}

fn closing<'a>(audit: &'a Audit, preview: Option<&'a Preview>) -> Closing<'a> {
    let policies = audit.policies.iter();
    let policies = policies.map(|policy| PolicyRecord { name: &policy.name, hash: &policy.hash });
    let undetermined = audit.book.undetermined.iter();
    let undetermined = undetermined.map(|((rule, why), objects)| UndeterminedRecord {
        rule,
        why,
        objects: *objects,
    });
    Closing {
        time: audit.time,
        cluster: printable(&audit.cluster),
        server_version: printable(&audit.server_version),
        namespaces: &audit.scope.namespaces,
        selector: audit.scope.selector.as_deref(),
        policies: policies.collect(),
        not_looked_at: audit.book.not_looked_at.iter().map(missing).collect(),
        undetermined: undetermined.collect(),
        notes: &audit.notes,
        unneeded: &audit.unneeded,
        since: audit.since.as_ref(),
        preview: preview.map(preview_record),
    }
}
