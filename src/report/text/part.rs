//! The findings of a workload, by the container that they are about, and by what is to be done.

use std::borrow::Cow;

use crate::path::{FieldPath, Segment};
use crate::report::Reviewed;
use crate::review::Violation;
use crate::rules::{Edit, Finding, Mode, Remedy};
use crate::text::printable;
use crate::yaml::Value;

/// A container, or what is around the containers.
pub(super) struct Part<'r> {
    /// `container "api"`.
    pub(super) title: String,
    /// What stands there and is wrong: the path, and what to say of it.
    pub(super) wrong: Vec<(&'r Violation, String)>,
    /// What is not there and has to be: the field with its value, and the rule.
    pub(super) missing: Vec<(String, String)>,
    /// What a person has to decide: the rule, and what is the case.
    pub(super) to_decide: Vec<(String, String)>,
    root: FieldPath,
}

/// The parts of a workload in which something was found, in the order of its worst findings.
pub(super) fn parts(reviewed: &Reviewed) -> Vec<Part<'_>> {
    let mut parts: Vec<Part<'_>> = Vec::new();
    for violation in &reviewed.verdict.violations {
        let root = root_of(&violation.finding);
        let title = title(&root, reviewed, &violation.finding);
        let is_it = |part: &Part<'_>| part.root == root && part.title == title;
        let at = parts.iter().position(is_it).unwrap_or_else(|| {
            let (wrong, missing, to_decide) = (Vec::new(), Vec::new(), Vec::new());
            parts.push(Part { title, wrong, missing, to_decide, root });
            parts.len() - 1
        });
        if let Some(part) = parts.get_mut(at) {
            part.add(reviewed, violation);
        }
    }
    parts
}

const LISTS: [(&str, &str); 3] = [
    ("initContainers", "init container"),
    ("containers", "container"),
    ("ephemeralContainers", "ephemeral container"),
];

/// The path of the container that a finding is about; of the object where it is about none.
fn root_of(finding: &Finding) -> FieldPath {
    let segments = finding.at.segments();
    let is_list =
        |s: &Segment| matches!(s, Segment::Key(key) if LISTS.iter().any(|(l, _)| key == l));
    let container = segments
        .windows(2)
        .position(|pair| matches!(pair, [list, Segment::Index(_)] if is_list(list)));
    let length = container.filter(|_| finding.container.is_some()).map_or(0, |at| at + 2);
    FieldPath::from_segments(segments.get(..length).unwrap_or_default().to_vec())
}

/// The container, the pod, or what the object is beside that.
fn title(root: &FieldPath, reviewed: &Reviewed, finding: &Finding) -> String {
    let list = root.segments().iter().rev().nth(1);
    let word = LISTS.iter().find(|(l, _)| matches!(list, Some(Segment::Key(key)) if key == l));
    match (word, &finding.container) {
        (Some((_, word)), Some(name)) => format!("{word} \"{name}\""),
        _ if reviewed.is_of_pod(&finding.at) => "pod".to_owned(),
        _ => reviewed.kind.clone(),
    }
}

impl<'r> Part<'r> {
    fn add(&mut self, reviewed: &Reviewed, violation: &'r Violation) {
        let finding = &violation.finding;
        let rule = rule_of(violation);
        let message = self.message(finding);
        let is_there = reviewed.node.find(&finding.at).is_some_and(|n| n.value != Value::Null);
        if is_there {
            let to_do = self.remedy(&finding.remedy);
            let note = note_of(violation);
            self.wrong.push((violation, format!("{rule}: {message}; {to_do}{note}")));
            return;
        }
        if let Remedy::Edit(Edit::Set(at, value)) = &finding.remedy {
            let field = self.relative(at);
            let value = match value {
                serde_json::Value::String(text) => printable(text).into_owned(),
                value => value.to_string().replace('"', ""),
            };
            let note = note_of(violation);
            self.missing.push((format!("{field}: {value}"), format!("{rule}{note}")));
            return;
        }
        if let Some((_, said)) = self.to_decide.iter_mut().find(|(known, _)| *known == rule) {
            said.push_str(", ");
            said.push_str(&message);
        } else {
            let note = note_of(violation);
            self.to_decide.push((rule, format!("{message}{note}")));
        }
    }

    /// What is the case, without the container that stands above it already.
    fn message<'f>(&self, finding: &'f Finding) -> Cow<'f, str> {
        let Some(name) = &finding.container else { return Cow::Borrowed(&finding.message) };
        if self.root.segments().is_empty() {
            return Cow::Borrowed(&finding.message);
        }
        let mut message = finding.message.as_str();
        for role in ["init container", "sidecar container", "ephemeral container", "container"] {
            let named = format!("{role} \"{name}\"");
            message = message.strip_prefix(&format!("{named} ")).unwrap_or(message);
            if let Some((before, behind)) = message.split_once(&format!(" of {named}")) {
                return Cow::Owned(format!("{before}{behind}"));
            }
        }
        Cow::Borrowed(message)
    }

    /// What to do, with the field by its path from the container on.
    fn remedy(&self, remedy: &Remedy) -> String {
        match remedy {
            Remedy::Edit(Edit::Set(_, value)) => format!("set {value}"),
            Remedy::Edit(Edit::Remove(_)) => "remove it".to_owned(),
            Remedy::Advice(advice) => {
                let root = self.root.to_string();
                let shorter = advice.replace(&format!("{root}."), "");
                printable(if root.is_empty() { advice } else { &shorter }).into_owned()
            }
        }
    }

    fn relative(&self, path: &FieldPath) -> FieldPath {
        let rest = path.segments().strip_prefix(self.root.segments());
        FieldPath::from_segments(rest.unwrap_or(path.segments()).to_vec())
    }
}

/// The rule, and what becomes of it where it does not refuse.
fn rule_of(violation: &Violation) -> String {
    let id = &violation.rule.id;
    if let Some(excuse) = violation.excuse.as_ref().filter(|excuse| excuse.holds()) {
        return format!("{id} (excused by {} until {})", printable(&excuse.by), excuse.expires);
    }
    match violation.consequence() {
        Mode::Deny => id.to_string(),
        Mode::Warn => format!("{id} (warning)"),
        Mode::Audit => format!("{id} (audit)"),
    }
}

/// What the operator says of it, and why an exception does not excuse it.
fn note_of(violation: &Violation) -> String {
    let lapsed = violation.lapsed().map(ToString::to_string);
    let remarks = violation.note().into_iter().chain(violation.link()).map(str::to_owned);
    remarks.chain(lapsed).fold(String::new(), |text, more| format!("{text}; {}", printable(&more)))
}
