//! From the text of a policy file to policies in force, or to errors that name file, line and the
//! nearest thing that would have been right.

use std::fmt;
use std::sync::Arc;

use thiserror::Error;

use super::bind::{Bound, bind};
use super::bound::BoundPolicy;
use super::except::{Excepted, excepting};
use super::exception::{EXCEPTION_KIND, PolicyException};
use super::excuse::Exception;
use super::limits;
use super::reading::Reading;
use super::selector::FieldProblem;
use super::spec::{API_VERSION, DeployPolicy, KIND};
use super::wording;
use crate::path::{FieldPath, Segment};
use crate::subject::{Fingerprint, fingerprint};
use crate::text::printable;
use crate::yaml::{self, FieldError, Mismatch, Node, Place};

/// The largest policy file that is read, in bytes.
pub const POLICY_SIZE_LIMIT: usize = 4 << 20;

/// Why a policy was not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyError {
    /// The file as it was named.
    pub file: String,
    /// Where in it.
    pub place: Place,
    /// What is wrong.
    pub problem: PolicyProblem,
}

impl std::error::Error for PolicyError {}

impl fmt::Display for PolicyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Place { line, column, .. } = self.place;
        write!(
            f,
            "{}:{line}:{column}: {}",
            printable(&self.file),
            printable(&self.problem.to_string())
        )
    }
}

/// What may be wrong with a policy.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PolicyProblem {
    /// The text is not YAML.
    #[error("{0}")]
    Yaml(#[from] yaml::DocumentProblem),
    /// A field that is not there, misspelt, or of another type.
    #[error("{0}")]
    Field(String),
    /// The document is of another kind.
    #[error(
        "not a policy: expected apiVersion `{API_VERSION}` and kind `{KIND}` or `{EXCEPTION_KIND}`"
    )]
    NotAPolicy,
    /// The document is an exception, where only policies are asked for.
    #[error("an exception, where only policies are asked for")]
    Exception,
    /// The file holds no document.
    #[error("holds no policy")]
    Empty,
    /// The file is larger than [`POLICY_SIZE_LIMIT`].
    #[error("larger than {POLICY_SIZE_LIMIT} bytes")]
    TooLarge,
}

/// What documents say: policies, and exceptions from them.
#[derive(Clone, Default)]
pub struct Documents {
    /// The policies, in the order in which they were read.
    pub policies: Vec<Arc<BoundPolicy>>,
    /// The exceptions.
    pub exceptions: Vec<Arc<Exception>>,
}

impl Documents {
    /// These, and those of `other` behind them.
    pub fn append(&mut self, mut other: Self) {
        self.policies.append(&mut other.policies);
        self.exceptions.append(&mut other.exceptions);
    }
}

#[derive(Default)]
struct Found {
    policies: Vec<BoundPolicy>,
    exceptions: Vec<Exception>,
}

/// Reads the policies of one file; all of them, or none and every error.
///
/// # Errors
/// One for each document that is no policy that can be put in force.
pub fn load(file: &str, text: &str) -> Result<Vec<BoundPolicy>, Vec<PolicyError>> {
    let documents = read_all(file, text, Unknown::IsWrong)?;
    if documents.exceptions.is_empty() {
        return Ok(documents.policies);
    }
    let place = Place { line: 1, column: 1, span: 0..0 };
    Err(vec![PolicyError { file: file.to_owned(), place, problem: PolicyProblem::Exception }])
}

/// What becomes of a policy that names a rule, or a parameter of one, that this version does not
/// know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unknown {
    /// It is wrong: most likely somebody misspelt it.
    IsWrong,
    /// It is in force but for that, and says so: most likely a newer version knows it, which may
    /// run beside this one (F-81).
    IsLeftOut,
    /// As [`Self::IsLeftOut`], and so is a rule with whose parameters something is wrong: nobody asks
    /// whoever reads an object that is there already, and one bad rule does not take the others with
    /// it.
    IsLeftOutWithFaults,
}

/// Reads one object as the API server has it, and leaves out what is wrong with single rules.
///
/// # Errors
/// Where nothing of it can be put in force: everything that is wrong.
pub fn load_object(json: &str) -> Result<Documents, Vec<PolicyProblem>> {
    let found = read_all("", json, Unknown::IsLeftOutWithFaults);
    let found = found
        .map_err(|errors| errors.into_iter().map(|error| error.problem).collect::<Vec<_>>())?;
    let objects =
        found.policies.into_iter().map(|policy| BoundPolicy { is_object: true, ..policy });
    let policies = objects.map(Arc::new).collect();
    Ok(Documents { policies, exceptions: found.exceptions.into_iter().map(Arc::new).collect() })
}

/// Reads the policies and exceptions of one file, with what this version does not know treated like
/// that. A list of them is read as each of them is.
///
/// # Errors
/// One for each document that cannot be put in force, and for a policy of whose rules none is known.
pub fn load_with(file: &str, text: &str, unknown: Unknown) -> Result<Documents, Vec<PolicyError>> {
    let Found { policies, exceptions } = read_all(file, text, unknown)?;
    let policies = policies.into_iter().map(Arc::new).collect();
    Ok(Documents { policies, exceptions: exceptions.into_iter().map(Arc::new).collect() })
}

fn read_all(file: &str, text: &str, unknown: Unknown) -> Result<Found, Vec<PolicyError>> {
    let fail = |place, problem| PolicyError { file: file.to_owned(), place, problem };
    if text.len() > POLICY_SIZE_LIMIT {
        return Err(vec![fail(Place::default(), PolicyProblem::TooLarge)]);
    }
    let mut found = Found::default();
    let mut errors = Vec::new();
    let mut is_empty = true;
    for document in yaml::documents(text) {
        is_empty = false;
        let faults = match &document {
            Ok(node) => read_each(node, unknown, &mut found),
            Err(e) => vec![(e.place.clone(), e.problem.clone().into())],
        };
        errors.extend(faults.into_iter().map(|(place, problem)| fail(place, problem)));
    }
    if is_empty {
        let start = Place { line: 1, column: 1, span: 0..0 };
        errors.push(fail(start, PolicyProblem::Empty));
    }
    if errors.is_empty() { Ok(found) } else { Err(errors) }
}

/// A place, and what is wrong there.
pub(super) type Located = (Place, PolicyProblem);

/// Reads a document into `found`, or each item of a list; what is wrong is returned.
fn read_each(node: &Node, unknown: Unknown, found: &mut Found) -> Vec<Located> {
    let text = |name: &str| node.get(name).and_then(Node::as_str).unwrap_or_default();
    let (version, kind) = (text("apiVersion"), text("kind"));
    let is_list = (version == "v1" && kind == "List")
        || (version == API_VERSION && [KIND, EXCEPTION_KIND].iter().any(|k| is_list_of(kind, k)));
    match node.get("items").map(|items| &items.value) {
        Some(yaml::Value::Sequence(items)) if is_list => {
            items.iter().flat_map(|item| read_each(item, unknown, found)).collect()
        }
        _ if version == API_VERSION && kind == KIND => match read(node, unknown) {
            Ok(policy) => {
                found.policies.push(policy);
                Vec::new()
            }
            Err(faults) => faults,
        },
        _ if version == API_VERSION && kind == EXCEPTION_KIND => {
            match read_exception(node, unknown) {
                Ok(exception) => {
                    found.exceptions.push(exception);
                    Vec::new()
                }
                Err(faults) => faults,
            }
        }
        _ => vec![(node.place.clone(), PolicyProblem::NotAPolicy)],
    }
}

fn is_list_of(kind: &str, of: &str) -> bool {
    kind.strip_suffix("List") == Some(of)
}

/// The faults of a document with their places.
fn located(faults: &[FieldError], node: &Node) -> Vec<Located> {
    let place = |fault| {
        let (path, text) = wording::said(fault);
        (node.locate(&path).clone(), PolicyProblem::Field(text))
    };
    faults.iter().map(place).collect()
}

/// Adds what is more or less than it may be, but for fields with which something else is wrong.
fn add_beyond(limits: Vec<FieldProblem>, node: &Node, problems: &mut Vec<Located>) {
    for (path, text) in limits {
        let place = node.locate(&path).clone();
        if problems.iter().all(|(known, _)| *known != place) {
            problems.push((place, PolicyProblem::Field(format!("`{path}` {text}"))));
        }
    }
}

/// The exception of a document, or everything that is wrong with it.
fn read_exception(node: &Node, unknown: Unknown) -> Result<Exception, Vec<Located>> {
    let Reading { value, faults, gone } = Reading::<PolicyException>::of(node);
    let mut problems = located(&faults, node);
    let exception = value.map(|written| {
        let Excepted { exception, problems: mut wrong, unknown: not_known } = excepting(written);
        if unknown == Unknown::IsWrong {
            wrong.extend(not_known);
        }
        problems.extend(wrong.into_iter().map(|(path, text)| {
            let path = gone.as_written(&path);
            (node.locate(&path).clone(), PolicyProblem::Field(format!("`{path}` {text}")))
        }));
        exception
    });
    add_beyond(limits::of_exception(node), node, &mut problems);
    problems.sort_by_key(|(place, _)| (place.line, place.column));
    match exception {
        Some(exception) if problems.is_empty() => Ok(exception),
        _ => Err(problems),
    }
}

/// The policy of a document, or everything that is wrong with it, in the order of its lines.
fn read(node: &Node, unknown: Unknown) -> Result<BoundPolicy, Vec<Located>> {
    let Reading { value, faults, gone } = Reading::<DeployPolicy>::of(node);
    let is_left_out = |fault: &FieldError| {
        let of_rule = rule_of(&fault.path).is_some();
        let is_unknown = matches!(fault.mismatch, Mismatch::UnknownField { .. });
        match unknown {
            Unknown::IsWrong => false,
            Unknown::IsLeftOut => is_unknown && is_of_rules(&fault.path),
            Unknown::IsLeftOutWithFaults => of_rule || is_unknown && is_of_rules(&fault.path),
        }
    };
    let (left_out, faults): (Vec<FieldError>, Vec<FieldError>) =
        faults.into_iter().partition(is_left_out);
    let mut problems = located(&faults, node);
    let mut bound = value.map(|policy| bind(policy, &gone));
    if let Some(Bound { policy, wrong }) = &mut bound {
        let of_values =
            left_out.iter().filter(|f| !matches!(f.mismatch, Mismatch::UnknownField { .. }));
        let mut bad_rules: Vec<String> =
            of_values.filter_map(|fault| rule_of(&fault.path)).map(str::to_owned).collect();
        policy.content = content_of(node);
        policy.unknown = left_out.iter().map(|fault| wording::said(fault).1).collect();
        for (path, text) in std::mem::take(wrong) {
            let said = format!("`{path}` {text}");
            match rule_of(&path).filter(|_| unknown == Unknown::IsLeftOutWithFaults) {
                Some(rule) => {
                    bad_rules.push(rule.to_owned());
                    policy.unknown.push(said);
                }
                None => problems.push((node.locate(&path).clone(), PolicyProblem::Field(said))),
            }
        }
        policy.rules.retain(|rule| !bad_rules.iter().any(|bad| *bad == rule.rule().id));
        if policy.rules.is_empty() && problems.is_empty() {
            let unknown = policy.unknown.iter().cloned().map(PolicyProblem::Field);
            problems.extend(unknown.map(|problem| (node.place.clone(), problem)));
        }
    }
    // The API server has held objects against their schema already.
    if unknown != Unknown::IsLeftOutWithFaults {
        add_beyond(limits::of_policy(node), node, &mut problems);
    }
    problems.sort_by_key(|(place, _)| (place.line, place.column));
    match bound {
        Some(Bound { policy, .. }) if problems.is_empty() => Ok(policy),
        _ => Err(problems),
    }
}

/// What names all that a policy says: its keys are in the order of the alphabet there.
fn content_of(node: &Node) -> Fingerprint {
    let spec = node.get("spec").map(|spec| spec.to_value().to_string());
    fingerprint(spec)
}

/// Whether a path leads to the rules of a policy, or below.
fn is_of_rules(path: &FieldPath) -> bool {
    let mut path = path.segments().iter();
    let mut is = |wanted: &str| matches!(path.next(), Some(Segment::Key(key)) if &**key == wanted);
    is("spec") && is("rules")
}

/// The rule that a path leads into.
fn rule_of(path: &FieldPath) -> Option<&str> {
    match path.segments() {
        [_, _, Segment::Key(rule), ..] if is_of_rules(path) => Some(rule),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
