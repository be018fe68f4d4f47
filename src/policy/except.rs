//! From an exception as it is written to one that can be asked.

use std::sync::Arc;

use super::digest::Digest;
use super::exception::{ExceptionSpec, PolicyException};
use super::excuse::{Bond, Exception};
use super::field_pattern::FieldPattern;
use super::selector::FieldProblem;
use super::wording::NAME_FORM;
use crate::path::FieldPath;
use crate::rules::catalog::{CATALOG, IDS, find};
use crate::subject::{is_dns_label, is_dns_subdomain, is_kind};
use crate::text::{QUOTE_LIMIT, clipped};
use crate::text::{Wildcard, nearest};

/// What came of an exception.
pub(super) struct Excepted {
    pub(super) exception: Exception,
    /// What is wrong with it.
    pub(super) problems: Vec<FieldProblem>,
    /// Which of its rules are not known.
    pub(super) unknown: Vec<FieldProblem>,
}

/// The exception, and everything that is wrong with it.
pub(super) fn excepting(written: PolicyException) -> Excepted {
    let PolicyException { metadata, spec, .. } = written;
    let mut problems = Vec::new();
    let mut wrong = |path: FieldPath, text: String| problems.push((path, text));
    let root = FieldPath::root;
    let namespace = metadata.namespace.unwrap_or_default();
    if !is_dns_subdomain(&metadata.name) {
        wrong(root().keys(&["metadata", "name"]), NAME_FORM.to_owned());
    }
    if namespace.is_empty() {
        let text = "lacks the field `namespace`: an exception excuses in its own namespace";
        wrong(root().key("metadata"), text.to_owned());
    } else if !is_dns_label(&namespace) {
        let text = "is the name of no namespace, which has lower-case letters, digits and `-`";
        wrong(root().keys(&["metadata", "namespace"]), text.to_owned());
    }
    let at = || root().key("spec");
    // What is like no built-in rule is taken for one that a policy writes itself.
    let is_like_one =
        |rule: &str| nearest(rule, IDS.iter().copied()).is_some() || !is_dns_label(rule);
    let not_known: Vec<(usize, &String)> = spec
        .rules
        .iter()
        .enumerate()
        .filter(|(_, rule)| find(rule).is_none() && is_like_one(rule))
        .collect();
    if spec.rules.is_empty() {
        wrong(at().key("rules"), "names no rule".to_owned());
    }
    let unknown: Vec<FieldProblem> = not_known
        .into_iter()
        .map(|(index, rule)| (at().key("rules").index(index), no_rule(rule)))
        .collect();
    for (path, text) in spec.problems() {
        wrong(path, text);
    }
    let mut bonds = Vec::new();
    for (index, found) in spec.found.iter().enumerate() {
        let here = at().key("found").index(index);
        if let Some(field) = FieldPattern::parse(&found.field) {
            bonds.push(Bond { field, values: found.values.clone() });
        } else {
            let shown = clipped(&found.field, QUOTE_LIMIT);
            let form = "such as `spec.template.spec.volumes[*].hostPath.path`";
            wrong(here.clone().key("field"), format!("`{shown}` is no field, {form}"));
        }
        if found.values.is_empty() {
            wrong(here.key("values"), "names no value, so that nothing is excused".to_owned());
        }
    }
    let exception = Exception {
        digest: Digest::default(),
        title: Arc::from(format!("{namespace}/{}", metadata.name)),
        name: metadata.name.into(),
        namespace: namespace.into(),
        object: Wildcard::new(&spec.select.name),
        unknown: unknown.iter().map(|(_, text)| text.clone()).collect(),
        bonds,
        spec,
    };
    Excepted { exception, problems, unknown }
}

fn no_rule(rule: &str) -> String {
    let shown = clipped(rule, QUOTE_LIMIT);
    let help = match nearest(&shown, IDS.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("`plimsoll rules` lists all {}", CATALOG.len()),
    };
    format!("`{shown}` is no rule; {help}")
}

impl ExceptionSpec {
    /// What is wrong with whom it selects, and with what it says.
    fn problems(&self) -> Vec<FieldProblem> {
        let at = || FieldPath::root().key("spec");
        let select = || at().key("select");
        let mut problems = Vec::new();
        let mut wrong = |path: FieldPath, text: &str| problems.push((path, text.to_owned()));
        if !is_kind(&self.select.kind) {
            wrong(select().key("kind"), "is no kind, such as `StatefulSet`");
        }
        if self.select.name.trim().is_empty() {
            wrong(select().key("name"), "names no object; `*` stands for any characters");
        }
        for (index, container) in self.select.containers.iter().enumerate() {
            if !is_dns_label(container) {
                wrong(
                    select().key("containers").index(index),
                    "is the name of no container, which has lower-case letters, digits and `-`",
                );
            }
        }
        if self.reason.trim().is_empty() {
            wrong(at().key("reason"), "says nothing; say why");
        }
        problems
    }
}
