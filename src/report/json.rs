//! For programs: one record a violation, one a workload.

use std::collections::BTreeMap;

use json_patch::Patch;
use serde::Serialize;

use super::patches::Patches;
use crate::check::{Report, Reviewed};
use crate::review::Violation;
use crate::text::printable;

/// The whole report.
#[derive(Debug, Serialize)]
struct Document<'r> {
    violations: Vec<ViolationRecord<'r>>,
    subjects: Vec<SubjectRecord<'r>>,
    errors: Vec<ErrorRecord>,
    passed: usize,
    total: usize,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ViolationRecord<'r> {
    rule: &'r str,
    policy: &'r str,
    mode: &'static str,
    severity: &'static str,
    kind: &'r str,
    namespace: Option<&'r str>,
    name: &'r str,
    container: Option<&'r str>,
    path: String,
    message: &'r str,
    fix: String,
    patch: Option<Patch>,
    file: &'r str,
    line: usize,
    column: usize,
    excused_by: Option<&'r str>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct SubjectRecord<'r> {
    kind: &'r str,
    namespace: Option<&'r str>,
    name: &'r str,
    allowed: bool,
    passed: usize,
    total: usize,
    complete: bool,
    undetermined: Vec<&'r str>,
    /// By rule.
    undetermined_because: BTreeMap<&'r str, String>,
    file: &'r str,
    line: usize,
    column: usize,
}

#[derive(Debug, Serialize)]
struct ErrorRecord {
    file: String,
    line: usize,
    column: usize,
    message: String,
}

/// The report as one JSON document.
///
/// # Errors
/// None in practice: every part of it has a form in JSON.
pub fn render(report: &Report) -> Result<String, serde_json::Error> {
    let violations = report.reviewed.iter().flat_map(|reviewed| {
        let mut patches = Patches::of(reviewed.node.to_value());
        let records = reviewed.verdict.violations.iter();
        records.map(move |violation| {
            let patch = patches.next(&violation.finding.remedy);
            violation_record(reviewed, violation, patch)
        })
    });
    let errors = report.unreviewed.iter().map(|u| ErrorRecord {
        file: printable(&u.file).into_owned(),
        line: u.place.line,
        column: u.place.column,
        message: printable(&u.problem.to_string()).into_owned(),
    });
    let (passed, total) = report.passed_and_total();
    let document = Document {
        violations: violations.collect(),
        subjects: report.reviewed.iter().map(subject_record).collect(),
        errors: errors.collect(),
        passed,
        total,
    };
    serde_json::to_string_pretty(&document)
}

fn violation_record<'r>(
    reviewed: &'r Reviewed,
    violation: &'r Violation,
    patch: Option<Patch>,
) -> ViolationRecord<'r> {
    let finding = &violation.finding;
    let place = reviewed.locate(&finding.at);
    ViolationRecord {
        rule: &violation.rule.id,
        policy: &violation.policy,
        mode: violation.mode.as_str(),
        severity: violation.rule.severity.as_str(),
        kind: &reviewed.kind,
        namespace: reviewed.namespace.as_deref(),
        name: &reviewed.name,
        container: finding.container.as_deref(),
        path: finding.at.to_string(),
        message: &finding.message,
        fix: finding.remedy.to_string(),
        patch,
        file: &reviewed.file,
        line: place.line,
        column: place.column,
        excused_by: None,
    }
}

fn subject_record(reviewed: &Reviewed) -> SubjectRecord<'_> {
    let verdict = &reviewed.verdict;
    let because: BTreeMap<_, _> =
        verdict.undetermined.iter().map(|u| (u.rule.id.as_ref(), u.why.to_string())).collect();
    SubjectRecord {
        kind: &reviewed.kind,
        namespace: reviewed.namespace.as_deref(),
        name: &reviewed.name,
        allowed: verdict.allowed(),
        passed: verdict.passed(),
        total: verdict.total(),
        complete: verdict.is_complete(),
        undetermined: because.keys().copied().collect(),
        undetermined_because: because,
        file: &reviewed.file,
        line: reviewed.node.place.line,
        column: reviewed.node.place.column,
    }
}
