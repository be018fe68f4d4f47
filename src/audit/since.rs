//! What has changed since an earlier report.
//!
//! A finding is the same one where namespace, object, container, rule, message and field are: of
//! objects that are made anew under other names all the time, their owner stands for their name.
//! Nothing is said of what either of the two did not look at.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::Deserialize;
use thiserror::Error;

use super::changes::{Changes, Flaw};
use super::entry::Entry;
use super::flaw::without_places;
use super::outcome::Audit;
use super::record::Scope;
use super::workload::{Part, Workload};
use crate::path::FieldPath;
use crate::subject::problem_of;
use crate::text::printable;

/// Why a report is not compared with.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum EarlierError {
    /// It is none.
    #[error(
        "line {line}, {field}: {problem}; give what `plimsoll audit --format json` has written"
    )]
    Unreadable {
        /// The line.
        line: usize,
        /// The field, in backticks, or what it is a part of.
        field: String,
        /// What is wrong with it.
        problem: String,
    },
    /// It is about other objects.
    #[error("it looked at {there}, and this audit looks at {here}; give the same `-l` as then")]
    OtherObjects {
        /// What the report is about.
        there: String,
        /// What is looked at now.
        here: String,
    },
}

/// A report of before.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Earlier {
    time: Timestamp,
    namespaces: Vec<String>,
    selector: Option<String>,
    policies: Vec<EarlierPolicy>,
    violations: Vec<EarlierViolation>,
    not_looked_at: Vec<Unseen>,
    errors: Vec<Unseen>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct EarlierViolation {
    rule: String,
    kind: String,
    namespace: Option<String>,
    name: String,
    owner: Option<String>,
    objects: Option<usize>,
    container: Option<String>,
    path: String,
    message: String,
    excused_by: Option<String>,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
struct EarlierPolicy {
    name: String,
    hash: String,
}

/// Objects that were not looked at, or could not be read: all of a kind, of a namespace of it, or
/// one.
#[derive(Debug, Default, Clone, Deserialize)]
struct Unseen {
    kind: Option<String>,
    namespace: Option<String>,
    name: Option<String>,
}

/// Findings, and whether each is excused.
type Flaws = BTreeMap<Flaw, bool>;

impl Earlier {
    /// Reads a report.
    ///
    /// # Errors
    /// [`EarlierError`], with the line and the field.
    pub fn read(text: &str) -> Result<Self, EarlierError> {
        let mut deserializer = serde_json::Deserializer::from_str(text);
        serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
            let field = FieldPath::from(error.path()).to_string();
            let field = match field.as_str() {
                "" => "the report".to_owned(),
                field => format!("`{field}`"),
            };
            let (line, problem) = (error.inner().line(), problem_of(&error.inner().to_string()));
            EarlierError::Unreadable { line, field, problem: printable(&problem).into_owned() }
        })
    }

    /// Whether an audit of these objects can be compared with it.
    ///
    /// # Errors
    /// Where it is about other objects.
    pub fn is_about(&self, scope: &Scope) -> Result<(), EarlierError> {
        if self.selector == scope.selector {
            return Ok(());
        }
        let all = |selector: &Option<String>| match selector {
            Some(selector) => format!("`{}`", printable(selector)),
            None => "all objects".to_owned(),
        };
        let (there, here) = (all(&self.selector), all(&scope.selector));
        Err(EarlierError::OtherObjects { there, here })
    }

    /// What has changed from it to `audit`.
    ///
    /// # Errors
    /// Where the two are about other objects.
    pub fn changes(&self, audit: &Audit) -> Result<Changes, EarlierError> {
        self.is_about(&audit.scope)?;
        let (before, now) = (self.flaws(), flaws(audit));
        let workloads = workloads(audit);
        let mut changes = Changes {
            time: self.time,
            other_policies: self.has_other_policies(audit),
            new: Vec::new(),
            fixed: Vec::new(),
            excused: Vec::new(),
            gone: Vec::new(),
        };
        for (flaw, is_excused) in &now {
            match before.get(flaw) {
                Some(was_excused) if was_excused == is_excused => {}
                None if !self.looked_at(flaw) => {}
                _ if *is_excused => changes.excused.push(flaw.clone()),
                _ => changes.new.push(flaw.clone()),
            }
        }
        for flaw in before.keys().filter(|flaw| !now.contains_key(flaw)) {
            if !looks_at(audit, flaw) {
                continue;
            }
            let is_there = workloads.contains(&(flaw.namespace.clone(), flaw.workload.clone()));
            let list = if is_there { &mut changes.fixed } else { &mut changes.gone };
            list.push(flaw.clone());
        }
        Ok(changes)
    }

    fn flaws(&self) -> Flaws {
        let mut flaws = Flaws::new();
        for violation in &self.violations {
            let own = || format!("{}/{}", violation.kind, violation.name);
            let owner = violation.owner.clone().filter(|_| violation.objects.is_some());
            let flaw = Flaw {
                namespace: violation.namespace.clone(),
                workload: owner.unwrap_or_else(own),
                kind: violation.kind.clone(),
                rule: violation.rule.clone(),
                container: violation.container.clone(),
                message: violation.message.clone(),
                field: without_places(&violation.path),
            };
            *flaws.entry(flaw).or_insert(true) &= violation.excused_by.is_some();
        }
        flaws
    }

    fn has_other_policies(&self, audit: &Audit) -> bool {
        let before: BTreeSet<(&str, &str)> =
            self.policies.iter().map(|p| (p.name.as_str(), p.hash.as_str())).collect();
        let now: BTreeSet<(&str, &str)> =
            audit.policies.iter().map(|p| (p.name.as_str(), p.hash.as_str())).collect();
        before != now
    }

    /// Whether the report would have told of a finding.
    fn looked_at(&self, flaw: &Flaw) -> bool {
        let scope = Scope { namespaces: self.namespaces.clone(), selector: None };
        is_within(&scope, flaw)
            && !self.not_looked_at.iter().chain(&self.errors).any(|unseen| unseen.covers(flaw))
    }
}

impl Unseen {
    fn covers(&self, flaw: &Flaw) -> bool {
        let is_kind = self.kind.as_ref().is_none_or(|kind| *kind == flaw.kind);
        let is_there = self.namespace.as_ref().is_none_or(|of| Some(of) == flaw.namespace.as_ref());
        let own = |name: &String| flaw.workload == format!("{}/{name}", flaw.kind);
        // What was made is not told by its name.
        let is_it = self.name.as_ref().is_none_or(|name| own(name) || is_made(flaw));
        is_kind && is_there && is_it
    }
}

/// Whether it is about what a workload made, and not about the workload.
fn is_made(flaw: &Flaw) -> bool {
    flaw.workload.split_once('/').is_none_or(|(kind, _)| kind != flaw.kind)
}

fn is_within(scope: &Scope, flaw: &Flaw) -> bool {
    scope.namespaces.is_empty()
        || flaw.namespace.as_ref().is_some_and(|name| scope.namespaces.contains(name))
}

/// Whether the audit would tell of a finding.
fn looks_at(audit: &Audit, flaw: &Flaw) -> bool {
    let left_out = audit.book.left_out().iter().map(|missing| Unseen {
        kind: Some(missing.kind.clone()),
        namespace: missing.namespace.clone(),
        name: None,
    });
    let failed = audit.book.failures().iter().map(|failure| Unseen {
        kind: failure.kind.clone(),
        namespace: failure.namespace.clone(),
        name: failure.name.clone(),
    });
    is_within(&audit.scope, flaw) && !left_out.chain(failed).any(|unseen| unseen.covers(flaw))
}

fn title(audit: &Audit, workload: &Workload) -> String {
    let pool = &audit.book.texts.pool;
    format!("{}/{}", pool.get(workload.kind), pool.get(workload.name))
}

/// Namespace and title of all that is there.
fn workloads(audit: &Audit) -> BTreeSet<(Option<String>, String)> {
    let pool = &audit.book.texts.pool;
    let namespace = |workload: &Workload| workload.namespace.map(|name| pool.get(name).to_owned());
    audit.book.workloads.iter().map(|w| (namespace(w), title(audit, w))).collect()
}

fn flaws(audit: &Audit) -> Flaws {
    let mut flaws = Flaws::new();
    for workload in &audit.book.workloads {
        for part in &workload.parts {
            for entry in &part.entries {
                let flaw = flaw(audit, workload, part, entry);
                *flaws.entry(flaw).or_insert(true) &= entry.excuse.is_some();
            }
        }
    }
    flaws
}

fn flaw(audit: &Audit, workload: &Workload, part: &Part, entry: &Entry) -> Flaw {
    let text = |text| audit.book.texts.pool.get(text).to_owned();
    Flaw {
        namespace: workload.namespace.map(text),
        workload: title(audit, workload),
        kind: text(part.kind),
        rule: text(entry.rule),
        container: entry.container.map(text),
        message: text(entry.message),
        field: without_places(&text(entry.path)),
    }
}
