//! From the text of a policy file to policies in force, or to errors that name file, line and the
//! nearest thing that would have been right.

use jiff::Timestamp;
use std::fmt;

use thiserror::Error;

use super::bound::BoundPolicy;
use super::reading::{Gone, Reading};
use super::spec::{API_VERSION, DeployPolicy, KIND};
use super::wording;
use crate::path::{FieldPath, Segment};
use crate::rules::Mode;
use crate::rules::catalog::BadParameter;
use crate::subject::is_dns_subdomain;
use crate::text::printable;
use crate::yaml::{self, FieldError, Mismatch, Node, Place};

/// The largest policy file that is read, in bytes.
pub(super) const POLICY_SIZE_LIMIT: usize = 4 << 20;

/// The form of a policy's name, as of every Kubernetes object's.
const NAME_FORM: &str = "must be lower-case letters, digits, `-` and `.`, begin and end with a \
                         letter or digit on both sides of every `.`, and have at most 253";

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
    #[error("not a policy: expected apiVersion `{API_VERSION}` and kind `{KIND}`")]
    NotAPolicy,
    /// The file holds no document.
    #[error("holds no policy")]
    Empty,
    /// The file is larger than [`POLICY_SIZE_LIMIT`].
    #[error("larger than {POLICY_SIZE_LIMIT} bytes")]
    TooLarge,
}

/// Reads the policies of one file; all of them, or none and every error.
///
/// # Errors
/// One for each document that is no policy that can be put in force.
pub fn load(file: &str, text: &str) -> Result<Vec<BoundPolicy>, Vec<PolicyError>> {
    load_with(file, text, Unknown::IsWrong)
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
}

/// The same, with what this version does not know treated like that.
///
/// # Errors
/// One for each document that is no policy that can be put in force, and for one of whose rules
/// none is known.
pub fn load_with(
    file: &str,
    text: &str,
    unknown: Unknown,
) -> Result<Vec<BoundPolicy>, Vec<PolicyError>> {
    let fail = |place, problem| PolicyError { file: file.to_owned(), place, problem };
    if text.len() > POLICY_SIZE_LIMIT {
        return Err(vec![fail(Place::default(), PolicyProblem::TooLarge)]);
    }
    let mut policies = Vec::new();
    let mut errors = Vec::new();
    for document in yaml::documents(text) {
        match document
            .map_err(|e| vec![(e.place, e.problem.into())])
            .and_then(|node| read(&node, unknown))
        {
            Ok(policy) => policies.push(policy),
            Err(faults) => {
                errors.extend(faults.into_iter().map(|(place, problem)| fail(place, problem)));
            }
        }
    }
    if policies.is_empty() && errors.is_empty() {
        let start = Place { line: 1, column: 1, span: 0..0 };
        errors.push(fail(start, PolicyProblem::Empty));
    }
    if errors.is_empty() { Ok(policies) } else { Err(errors) }
}

/// A place, and what is wrong there.
type Located = (Place, PolicyProblem);

/// The policy of a document, or everything that is wrong with it, in the order of its lines.
fn read(node: &Node, unknown: Unknown) -> Result<BoundPolicy, Vec<Located>> {
    let field = |name: &str| node.get(name).and_then(Node::as_str);
    if field("apiVersion") != Some(API_VERSION) || field("kind") != Some(KIND) {
        return Err(vec![(node.place.clone(), PolicyProblem::NotAPolicy)]);
    }
    let Reading { value, faults, gone } = Reading::<DeployPolicy>::of(node);
    let (left_out, faults): (Vec<FieldError>, Vec<FieldError>) =
        faults.into_iter().partition(|f| unknown == Unknown::IsLeftOut && is_of_a_rule(f));
    let mut problems: Vec<Located> = faults
        .iter()
        .map(|fault| {
            let (path, text) = wording::said(fault);
            (node.locate(&path).clone(), PolicyProblem::Field(text))
        })
        .collect();
    let bound = value.map(|policy| bind(policy, node, &gone, &mut problems));
    let bound = bound.map(|policy| {
        let unknown = left_out.iter().map(|fault| wording::said(fault).1).collect();
        BoundPolicy { unknown, ..policy }
    });
    if let Some(policy) = &bound
        && policy.rules.is_empty()
        && problems.is_empty()
    {
        problems.extend(left_out.iter().map(|fault| {
            let (path, text) = wording::said(fault);
            (node.locate(&path).clone(), PolicyProblem::Field(text))
        }));
    }
    problems.sort_by_key(|(place, _)| (place.line, place.column));
    match bound {
        Some(policy) if problems.is_empty() => Ok(policy),
        _ => Err(problems),
    }
}

/// Whether a rule is named, or a parameter of one, that is not known.
fn is_of_a_rule(fault: &FieldError) -> bool {
    let mut path = fault.path.segments().iter();
    let mut is = |wanted: &str| matches!(path.next(), Some(Segment::Key(key)) if &**key == wanted);
    matches!(fault.mismatch, Mismatch::UnknownField { .. }) && is("spec") && is("rules")
}

/// The policy as in force; what makes no sense goes into `problems`. `gone` is what was left out.
fn bind(
    policy: DeployPolicy,
    node: &Node,
    gone: &Gone,
    problems: &mut Vec<Located>,
) -> BoundPolicy {
    let spec = policy.spec;
    let at = FieldPath::root().key("spec");
    let mut wrong: Vec<(FieldPath, String)> = Vec::new();
    if !is_dns_subdomain(&policy.metadata.name) {
        wrong.push((FieldPath::root().keys(&["metadata", "name"]), NAME_FORM.to_owned()));
    }
    wrong.extend(spec.matches.problems());
    let (kinds, of_kinds) = spec.matches.kinds();
    wrong.extend(of_kinds);
    let (rules, refused) = spec.rules.arm();
    wrong.extend(refused.into_iter().map(|BadParameter { rule, value }| {
        let path = at.clone().key("rules").key(rule).key(value.parameter);
        (value.element.into_iter().fold(path, FieldPath::index), value.reason)
    }));
    if rules.is_empty() && gone.is_empty() {
        let text = "names no rule; `plimsoll rules` lists them all";
        wrong.push((at.clone().key("rules"), text.to_owned()));
    }
    for rule in &rules {
        if rule.deny_from().is_some() && rule.mode(spec.mode, Timestamp::MIN) == Mode::Deny {
            let path = at.clone().key("rules").key(rule.rule().id.to_string()).key("denyFrom");
            let text =
                "announces nothing, as the mode is `deny` already; set `mode: warn` beside it";
            wrong.push((path, text.to_owned()));
        }
    }
    problems.extend(wrong.into_iter().map(|(path, text)| {
        let path = gone.as_written(&path);
        (node.locate(&path).clone(), PolicyProblem::Field(format!("`{path}` {text}")))
    }));
    let name = policy.metadata.name.into();
    let version = spec.pod_security_version;
    BoundPolicy {
        name,
        mode: spec.mode,
        version,
        rules,
        kinds,
        matches: spec.matches,
        unknown: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::catalog::CATALOG;

    fn errors(text: &str) -> Vec<String> {
        load("p.yaml", text).err().unwrap_or_default().iter().map(ToString::to_string).collect()
    }

    fn policy(spec: &str) -> String {
        format!(
            "apiVersion: plimsoll.dev/v1alpha1\nkind: DeployPolicy\nmetadata:\n  name: p\nspec:\n{spec}"
        )
    }

    #[test]
    fn a_misspelt_rule_names_the_nearest_one_and_its_line() {
        assert_eq!(
            errors(&policy("  rules:\n    run-as-nonroot: {}\n")),
            ["p.yaml:7:5: no rule is called `run-as-nonroot`; did you mean `run-as-non-root`?"]
        );
        assert_eq!(
            errors(&policy("  rules:\n    zzz: {}\n")),
            [format!(
                "p.yaml:7:5: no rule is called `zzz`; `plimsoll rules` lists all {}",
                CATALOG.len()
            )]
        );
    }

    #[test]
    fn a_misspelt_parameter_or_mode_names_the_nearest_one_and_its_line() {
        assert_eq!(
            errors(&policy("  rules:\n    resource-limits:\n      resource: [cpu]\n")),
            [
                "p.yaml:8:7: `spec.rules.resource-limits` knows no `resource`; did you mean `resources`?"
            ]
        );
        assert_eq!(
            errors(&policy("  rules:\n    privileged: {mod: warn}\n")),
            ["p.yaml:7:18: `spec.rules.privileged` knows no `mod`; did you mean `mode`?"]
        );
        assert_eq!(
            errors(&policy("  mode: denied\n  rules: {privileged: {}}\n")),
            ["p.yaml:6:3: `spec.mode` knows no `denied`; did you mean `deny`?"]
        );
        assert_eq!(
            errors(&policy("  rule: {privileged: {}}\n")),
            ["p.yaml:6:3: `spec` knows no `rule`; did you mean `rules`?"]
        );
    }

    #[test]
    fn a_wrong_type_and_a_missing_field_name_themselves() {
        assert_eq!(
            errors(&policy("  rules: {resource-limits: {resources: cpu}}\n")),
            ["p.yaml:6:29: `spec.rules.resource-limits.resources`: expected a list, found text"]
        );
        assert_eq!(
            errors(&policy("  rules: {image-registry: {}}\n")),
            ["p.yaml:6:11: `spec.rules.image-registry` lacks the field `allowed`"]
        );
        assert_eq!(
            errors(&policy("  mode: deny\n")),
            ["p.yaml:5:1: `spec` lacks the field `rules`"]
        );
    }

    #[test]
    fn a_value_that_makes_no_sense_is_refused_when_the_policy_is_read() {
        assert_eq!(
            errors(&policy("  rules: {image-registry: {allowed: [team]}}\n")),
            [
                "p.yaml:6:38: `spec.rules.image-registry.allowed[0]` `team` is no registry; write it with its host, such as `docker.io/library`"
            ]
        );
        assert_eq!(
            errors(&policy("  podSecurityVersion: v2\n  rules: {privileged: {}}\n")),
            [
                "p.yaml:6:3: `spec.podSecurityVersion`: `v2` is no version; write `latest` or `v1.0` to `v1.37`"
            ]
        );
        assert_eq!(
            errors(&policy("  match: {excludeUsers: ['*']}\n  rules: {privileged: {}}\n")),
            [
                "p.yaml:6:26: `spec.match.excludeUsers[0]` must be a whole name, or a beginning followed by one `*`"
            ]
        );
        assert_eq!(
            errors(&policy("  rules: {privileged: {denyFrom: \"2026-12-01T00:00:00Z\"}}\n")),
            [
                "p.yaml:6:24: `spec.rules.privileged.denyFrom` announces nothing, as the mode is `deny` already; set `mode: warn` beside it"
            ]
        );
        assert_eq!(
            errors(&policy("  rules: {}\n")),
            ["p.yaml:6:3: `spec.rules` names no rule; `plimsoll rules` lists them all"]
        );
    }

    #[test]
    fn all_that_is_wrong_with_a_policy_is_said_at_once_in_the_order_of_its_lines() {
        let text = "  mode: denied
  match:
    kinds:
    - {group: y.example, kind: A, podTemplate: 7}
    - {group: y.example, kind: B, podTemplat: spec}
    - {group: y.example/v1, kind: C, podTemplate: spec.template}
    excludeUsers: [a, 7, '*', 8, b c ]
  rules:
    privileged: {mod: warn}
    image-registry: {}
    image-tag: {moving: [v1, 'v 1', 'v 2']}
    run-as-nonroot: {}
    resource-limits: {resources: cpu, mode: 7}
";
        assert_eq!(
            errors(&policy(text)),
            [
                "p.yaml:6:3: `spec.mode` knows no `denied`; did you mean `deny`?",
                "p.yaml:9:35: `spec.match.kinds[0].podTemplate`: expected a string, found a number",
                "p.yaml:10:35: `spec.match.kinds[1]` knows no `podTemplat`; did you mean `podTemplate`?",
                "p.yaml:11:8: `spec.match.kinds[2].group` `y.example/v1` names a version as well; write `y.example`",
                "p.yaml:12:23: `spec.match.excludeUsers[1]`: expected a string, found a number",
                "p.yaml:12:26: `spec.match.excludeUsers[2]` must be a whole name, or a beginning followed by one `*`",
                "p.yaml:12:31: `spec.match.excludeUsers[3]`: expected a string, found a number",
                "p.yaml:14:18: `spec.rules.privileged` knows no `mod`; did you mean `mode`?",
                "p.yaml:15:5: `spec.rules.image-registry` lacks the field `allowed`",
                "p.yaml:16:30: `spec.rules.image-tag.moving[1]` `v 1` is no tag of an image; one has letters, digits, `_`, `.` and `-`, at most 128, and begins with none of the last two",
                "p.yaml:16:37: `spec.rules.image-tag.moving[2]` `v 2` is no tag of an image; one has letters, digits, `_`, `.` and `-`, at most 128, and begins with none of the last two",
                "p.yaml:17:5: no rule is called `run-as-nonroot`; did you mean `run-as-non-root`?",
                "p.yaml:18:23: `spec.rules.resource-limits.resources`: expected a list, found text",
                "p.yaml:18:39: `spec.rules.resource-limits.mode`: expected a word, found a number",
            ]
        );
    }

    #[test]
    fn a_rule_with_nothing_behind_its_colon_is_set() {
        let policies = load("p.yaml", &policy("  rules:\n    privileged:\n")).expect("a policy");
        assert_eq!(policies[0].rules.len(), 1);
    }

    /// F-91.
    #[test]
    fn every_document_is_heard_and_one_bad_one_stops_the_file() {
        let text = format!(
            "{}---\nkind: Pod\n---\n{}",
            policy("  rules: {privileged: {}}\n"),
            policy("  rules: {x: {}}\n")
        );
        assert_eq!(errors(&text).len(), 2);
        assert_eq!(errors("# nothing\n"), ["p.yaml:1:1: holds no policy"]);
    }
}
