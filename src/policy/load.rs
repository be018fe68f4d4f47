//! From the text of a policy file to policies in force, or to errors that name file, line and the
//! nearest thing that would have been right.

use jiff::Timestamp;
use serde::Deserialize;
use std::fmt::{self, Write as _};
use thiserror::Error;

use super::BoundPolicy;
use super::spec::{API_VERSION, DeployPolicy, KIND};
use crate::path::{FieldPath, Segment};
use crate::rules::Mode;
use crate::rules::catalog::{BadParameter, CATALOG};
use crate::subject::{is_dns_subdomain, problem_of};
use crate::text::printable;
use crate::yaml::{self, Node, Place};

/// The largest policy file that is read, in bytes.
pub(super) const SIZE_LIMIT: usize = 4 << 20;

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
    Yaml(#[from] yaml::Problem),
    /// A field that is not there, misspelt, or of another type.
    #[error("{0}")]
    Field(String),
    /// The document is of another kind.
    #[error("not a policy: expected apiVersion `{API_VERSION}` and kind `{KIND}`")]
    NotAPolicy,
    /// The file holds no document.
    #[error("holds no policy")]
    Empty,
    /// The file is larger than [`SIZE_LIMIT`].
    #[error("larger than {SIZE_LIMIT} bytes")]
    TooLarge,
}

/// Reads the policies of one file; all of them, or none and every error.
///
/// # Errors
/// One for each document that is no policy that can be put in force.
pub fn load(file: &str, text: &str) -> Result<Vec<BoundPolicy>, Vec<PolicyError>> {
    let fail = |place, problem| PolicyError { file: file.to_owned(), place, problem };
    if text.len() > SIZE_LIMIT {
        return Err(vec![fail(Place::default(), PolicyProblem::TooLarge)]);
    }
    let mut policies = Vec::new();
    let mut errors = Vec::new();
    for document in yaml::documents(text) {
        match document.map_err(|e| (e.place, e.problem.into())).and_then(|node| read(&node)) {
            Ok(policy) => policies.push(policy),
            Err((place, problem)) => errors.push(fail(place, problem)),
        }
    }
    if policies.is_empty() && errors.is_empty() {
        let start = Place { line: 1, column: 1, span: 0..0 };
        errors.push(fail(start, PolicyProblem::Empty));
    }
    if errors.is_empty() { Ok(policies) } else { Err(errors) }
}

type Fault = (Place, PolicyProblem);

fn read(node: &Node) -> Result<BoundPolicy, Fault> {
    let field = |name: &str| node.get(name).and_then(Node::as_str);
    if field("apiVersion") != Some(API_VERSION) || field("kind") != Some(KIND) {
        return Err((node.place.clone(), PolicyProblem::NotAPolicy));
    }
    let json = node.to_json();
    let mut deserializer = serde_json::Deserializer::from_str(&json);
    let mut track = serde_path_to_error::Track::new();
    let tracked = serde_path_to_error::Deserializer::new(&mut deserializer, &mut track);
    let policy = DeployPolicy::deserialize(tracked)
        .map_err(|error| field_error(node, &(&track.path()).into(), &error.to_string()))?;
    bind(policy, node)
}

fn bind(policy: DeployPolicy, node: &Node) -> Result<BoundPolicy, Fault> {
    let spec = policy.spec;
    let fault = |path: FieldPath, text: String| {
        (node.locate(&path).clone(), PolicyProblem::Field(format!("`{path}` {text}")))
    };
    let at = FieldPath::root().key("spec");
    if !is_dns_subdomain(&policy.metadata.name) {
        let path = FieldPath::root().keys(&["metadata", "name"]);
        return Err(fault(path, NAME_FORM.to_owned()));
    }
    spec.matches.problem().map_or(Ok(()), |(path, text)| Err(fault(path, text)))?;
    let kinds = spec.matches.kinds().map_err(|(path, text)| fault(path, text))?;
    let rules = spec.rules.arm().map_err(|BadParameter { rule, value }| {
        let path = at.clone().key("rules").key(rule).key(value.parameter);
        let path = value.element.into_iter().fold(path, FieldPath::index);
        fault(path, value.reason)
    })?;
    if rules.is_empty() {
        return Err(fault(
            at.clone().key("rules"),
            "names no rule; `plimsoll rules` lists them all".to_owned(),
        ));
    }
    for rule in &rules {
        if rule.deny_from().is_some() && rule.mode(spec.mode, Timestamp::MIN) == Mode::Deny {
            let path = at.clone().key("rules").key(rule.meta().id).key("denyFrom");
            let text =
                "announces nothing, as the mode is `deny` already; set `mode: warn` beside it";
            return Err(fault(path, text.to_owned()));
        }
    }
    let name = policy.metadata.name.into();
    let version = spec.pod_security_version;
    Ok(BoundPolicy { name, mode: spec.mode, version, rules, kinds, matches: spec.matches })
}

/// What serde said about a field, at the key that it is about, with the nearest right key.
fn field_error(node: &Node, path: &FieldPath, message: &str) -> Fault {
    let problem = problem_of(message);
    let Some((unknown, known)) = unknown_name(&problem) else {
        let shown =
            if path.segments().is_empty() { "the policy".to_owned() } else { format!("`{path}`") };
        let text = match problem.strip_prefix("missing field ") {
            Some(field) => format!("{shown} lacks the field {field}"),
            None => format!("{shown}: {problem}"),
        };
        return (node.locate(path).clone(), PolicyProblem::Field(text));
    };
    let is_rule = matches!(path.segments(), [_, Segment::Key(rules), ..] if rules == "rules");
    // The path may or may not end in the key that is not known.
    let holder = without_last(path, &unknown);
    let depth = holder.segments().len();
    let mut known = known;
    if is_rule && depth == 3 {
        known.extend(crate::rules::COMMON_KEYS.map(str::to_owned));
    }
    let what = match (is_rule, depth) {
        (true, 2) => "no rule is called".to_owned(),
        _ if holder.segments().is_empty() => "there is no field".to_owned(),
        _ => format!("`{holder}` knows no"),
    };
    let mut text = format!("{what} `{unknown}`");
    match nearest(&unknown, known.iter().map(String::as_str)) {
        Some(near) => {
            let _ = write!(text, "; did you mean `{near}`?");
        }
        None if is_rule && depth == 2 => {
            let _ = write!(text, "; `plimsoll rules` lists all {}", CATALOG.len());
        }
        None if !known.is_empty() => {
            let _ = write!(text, "; it takes `{}`", known.join("`, `"));
        }
        None => {}
    }
    let exact = holder.clone().key(unknown);
    (node.locate(&exact).clone(), PolicyProblem::Field(text))
}

fn without_last(path: &FieldPath, unknown: &str) -> FieldPath {
    let mut segments = path.segments().to_vec();
    if matches!(segments.last(), Some(Segment::Key(key)) if key == unknown) {
        segments.pop();
    }
    FieldPath::from_segments(segments)
}

/// Takes apart serde's ``unknown field `x`, expected one of `a`, `b` `` (or `variant`).
fn unknown_name(problem: &str) -> Option<(String, Vec<String>)> {
    let rest =
        ["unknown field `", "unknown variant `"].iter().find_map(|p| problem.strip_prefix(p))?;
    let (unknown, rest) = rest.rsplit_once("`, ").and_then(|_| {
        let end = rest.find("`, expected").or_else(|| rest.find("`, there are no"))?;
        Some((rest.get(..end)?, rest.get(end..)?))
    })?;
    let known = rest.split('`').skip(1).enumerate().filter(|(i, _)| i % 2 == 1);
    Some((unknown.to_owned(), known.map(|(_, name)| name.to_owned()).collect()))
}

/// The known name that a misspelt one most likely stands for.
pub fn nearest<'n>(unknown: &str, known: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let lower = unknown.to_ascii_lowercase();
    let scored = known.map(|name| (strsim::jaro_winkler(&lower, &name.to_ascii_lowercase()), name));
    let best = scored.max_by(|(a, _), (b, _)| a.total_cmp(b))?;
    (best.0 >= 0.8).then_some(best.1)
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn a_rule_with_nothing_behind_its_colon_is_set() {
        let policies = load("p.yaml", &policy("  rules:\n    privileged:\n")).expect("a policy");
        assert_eq!(policies[0].rules.len(), 1);
    }

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
