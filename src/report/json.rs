//! For programs: one record a violation, one a workload.

use std::collections::BTreeMap;

use jiff::Timestamp;
use json_patch::Patch;
use serde::Serialize;

use super::patches::Patches;
use super::record::{Report, Reviewed, Sums};
use crate::review::Violation;
use crate::text::printable;

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ViolationRecord<'r> {
    rule: &'r str,
    policy: &'r str,
    policies: Vec<&'r str>,
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
    note: Option<&'r str>,
    link: Option<&'r str>,
    excused_by: Option<&'r str>,
    excused_until: Option<Timestamp>,
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

/// How a report begins that has a violation.
pub(super) const BEGINNING: &str = "{\n  \"violations\": [\n    ";

/// What stands between two records of one list.
pub(super) const SEPARATOR: &str = ",\n    ";

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
            file: printable(&unreviewed.file).into_owned(),
            line: unreviewed.place.line,
            column: unreviewed.place.column,
            message: printable(&unreviewed.problem.to_string()).into_owned(),
        })?;
    }
    Ok([violations.text, subjects.text, errors.text])
}

/// What stands behind the violations.
pub(super) fn closing(has_violations: bool, subjects: &str, errors: &str, sums: Sums) -> String {
    let list = |records: &str| match records {
        "" => "[]".to_owned(),
        records => format!("[\n    {records}\n  ]"),
    };
    let violations = if has_violations { "\n  ]" } else { "{\n  \"violations\": []" };
    let (subjects, errors) = (list(subjects), list(errors));
    let Sums { passed, total, .. } = sums;
    format!(
        "{violations},\n  \"subjects\": {subjects},\n  \"errors\": {errors},\n  \
         \"passed\": {passed},\n  \"total\": {total}\n}}\n"
    )
}

/// Records of one list, each as it stands in the report.
#[derive(Default)]
struct Records {
    text: String,
}

impl Records {
    fn add(&mut self, record: &impl Serialize) -> Result<(), serde_json::Error> {
        if !self.text.is_empty() {
            self.text.push_str(SEPARATOR);
        }
        // There is no line break in JSON text but between its tokens.
        let lines = serde_json::to_string_pretty(record)?;
        for line in lines.split_inclusive('\n') {
            self.text.push_str(line);
            if line.ends_with('\n') {
                self.text.push_str("    ");
            }
        }
        Ok(())
    }
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
        policies: violation.policies().map(|(policy, _)| &**policy).collect(),
        mode: violation.mode.as_str(),
        severity: violation.severity.as_str(),
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
        note: violation.note(),
        link: violation.link(),
        excused_by: violation.excused_by().map(|by| &**by),
        excused_until: violation.excuse.as_ref().filter(|e| e.holds()).map(|e| e.expires),
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
