//! For programs: one record a violation, one a workload.

use std::borrow::Cow;
use std::collections::BTreeMap;

use json_patch::Patch;

use super::patches::Patches;
use super::record::{Report, Reviewed, Sums};
use super::records::{ErrorRecord, Records, SubjectRecord, ViolationRecord, list};
use crate::review::Violation;
use crate::rules::Undetermined;
use crate::text::printable;

/// How a report begins that has a violation.
pub(super) const BEGINNING: &str = "{\n  \"violations\": [\n    ";

/// The records of violations, of workloads and of errors.
pub(super) fn sections(report: &Report) -> Result<[String; 3], serde_json::Error> {
    let mut violations = Records::default();
    for reviewed in report.reviewed.iter().filter(|r| !r.verdict.violations.is_empty()) {
        let mut patches = Patches::of(reviewed.node.to_value());
        for violation in &reviewed.verdict.violations {
            let patch = patches.next(&violation.finding.remedy);
            violations.add(&violation_record(reviewed, violation, patch))?;
        }
    }
    let mut subjects = Records::default();
    for reviewed in &report.reviewed {
        subjects.add(&subject_record(reviewed))?;
    }
    let mut errors = Records::default();
    for unreviewed in &report.unreviewed {
        errors.add(&ErrorRecord {
            file: Some(printable(&unreviewed.file)),
            line: Some(unreviewed.place.line),
            column: Some(unreviewed.place.column),
            message: &printable(&unreviewed.problem.to_string()),
            ..ErrorRecord::default()
        })?;
    }
    Ok([violations.into_text(), subjects.into_text(), errors.into_text()])
}

/// What stands behind the violations.
pub(super) fn closing(has_violations: bool, subjects: &str, errors: &str, sums: Sums) -> String {
    let violations = if has_violations { "\n  ]" } else { "{\n  \"violations\": []" };
    let (subjects, errors) = (list(subjects), list(errors));
    let Sums { passed, total, .. } = sums;
    format!(
        "{violations},\n  \"subjects\": {subjects},\n  \"errors\": {errors},\n  \
         \"passed\": {passed},\n  \"total\": {total}\n}}\n"
    )
}

fn violation_record<'r>(
    reviewed: &'r Reviewed,
    violation: &'r Violation,
    patch: Option<Patch>,
) -> ViolationRecord<'r, Patch> {
    let finding = &violation.finding;
    let place = reviewed.locate(&finding.at);
    ViolationRecord {
        rule: &violation.rule.id,
        policy: &violation.policy,
        policies: violation.policies().map(|(policy, _)| &**policy).collect(),
        mode: violation.mode.as_str(),
        severity: violation.severity.as_str(),
        rows: violation.rule.rows,
        standards: violation.rule.standards,
        kind: &reviewed.kind,
        namespace: reviewed.namespace.as_deref(),
        name: &reviewed.name,
        owner: None,
        objects: None,
        container: finding.container.as_deref(),
        path: finding.at.to_string(),
        message: &finding.message,
        fix: finding.remedy.to_string(),
        patch,
        file: Some(&reviewed.file),
        line: Some(place.line),
        column: Some(place.column),
        note: violation.note(),
        link: violation.link(),
        excused_by: violation.excused_by().map(|by| &**by),
        excused_until: violation.excuse.as_ref().filter(|e| e.holds()).map(|e| e.expires),
    }
}

fn subject_record(reviewed: &Reviewed) -> SubjectRecord<'_> {
    let verdict = &reviewed.verdict;
    let why = |why: &Undetermined| Cow::Owned(why.to_string());
    let because: BTreeMap<_, _> =
        verdict.undetermined.iter().map(|u| (u.rule.id.as_ref(), why(&u.why))).collect();
    SubjectRecord {
        kind: &reviewed.kind,
        namespace: reviewed.namespace.as_deref(),
        name: &reviewed.name,
        owner: None,
        objects: None,
        allowed: verdict.allowed(),
        passed: verdict.passed(),
        total: verdict.total(),
        complete: verdict.is_complete(),
        undetermined: because.keys().copied().collect(),
        undetermined_because: because,
        file: Some(&reviewed.file),
        line: Some(reviewed.node.place.line),
        column: Some(reviewed.node.place.column),
    }
}
