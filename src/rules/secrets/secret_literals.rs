//! A credential in a manifest is known to everyone who can read it, for as long as Git remembers.

use super::detect::{has_credential_form, is_credential_name, is_literal, names_an_object};
use crate::path::FieldPath;
use crate::rules::{Case, Finding, Meta, NoParams, Outcome, Remedy, Rule, Severity};
use crate::subject::{ContainerRef, List, Map, Str};
use crate::text::Quoted;

#[doc = include_str!("secret_literals.md")]
pub struct SecretLiterals;

/// Holds a copy of the whole object, whose own fields are looked at already.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

impl Rule for SecretLiterals {
    type Params = NoParams;
    const META: Meta = Meta {
        id: "secret-literals",
        severity: Severity::Critical,
        checklist: "No credential is written down in a manifest.",
        rows: &["R8", "R23", "M14"],
        page: include_str!("secret_literals.md"),
    };

    fn check(case: &Case<'_, '_>, _: &NoParams) -> Outcome {
        let mut findings = Vec::new();
        for c in case.pod.containers() {
            variables(&c, &mut findings);
            arguments(&c, "command", &c.spec.command, &mut findings);
            arguments(&c, "args", &c.spec.args, &mut findings);
        }
        if let Some(metadata) = case.pod.metadata {
            annotations(&metadata.annotations, |key| case.pod.annotation_at(key), &mut findings);
        }
        if !case.subject.kind.is_pod() {
            let at = |key: &str| {
                FieldPath::root().keys(&["metadata", "annotations"]).key(key.to_owned())
            };
            annotations(&case.subject.object.metadata.annotations, at, &mut findings);
        }
        Ok(findings)
    }
}

fn variables(c: &ContainerRef<'_, '_>, findings: &mut Vec<Finding>) {
    for (index, variable) in c.spec.env.iter().enumerate() {
        let name = variable.name.as_deref().unwrap_or_default();
        let Some(value) = variable.value.as_deref() else { continue };
        let holds = is_credential(name, value)
            || has_credential_form(value)
            || assigned_credential(value).is_some();
        if holds {
            let at = c.at(&["env"]).index(index);
            let message =
                format!("environment variable {} of {c} holds a literal secret", Name(name));
            let advice = format!("use valueFrom.secretKeyRef at {at}");
            findings.push(Finding::of(c, at.key("value"), message, Remedy::Advice(advice)));
        }
    }
}

/// Whether `value` under `name` is a credential written down.
fn is_credential(name: &str, value: &str) -> bool {
    is_credential_name(name) && is_literal(value) && !names_an_object(name, value)
}

/// A name as it is where it is a plain one, else in quotes.
struct Name<'a>(&'a str);

impl std::fmt::Display for Name<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let is_plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.');
        if !self.0.is_empty() && self.0.len() <= 100 && self.0.bytes().all(is_plain) {
            f.write_str(self.0)
        } else {
            write!(f, "{}", Quoted(self.0))
        }
    }
}

fn arguments(
    c: &ContainerRef<'_, '_>,
    list: &'static str,
    arguments: &List<Str<'_>>,
    findings: &mut Vec<Finding>,
) {
    let mut flag_before = None;
    for (index, argument) in arguments.iter().enumerate() {
        let message = match named_credential(argument, flag_before.take()) {
            Some(name) if is_showable(name) => {
                format!("argument {name} of {c} holds a literal secret")
            }
            None if !has_credential_form(argument) => {
                if argument.starts_with('-') && !argument.contains(['=', ' ', '\n']) {
                    flag_before = Some(argument.as_str());
                }
                continue;
            }
            // What stands where a name should be may be a secret itself.
            _ => format!("an argument of {c} holds a literal secret"),
        };
        let at = c.at(&[list]).index(index);
        let advice = format!("write $(NAME) at {at}, with NAME from valueFrom.secretKeyRef");
        findings.push(Finding::of(c, at, message, Remedy::Advice(advice)));
    }
}

/// Whether a name is nothing but a name: a variable's, or a long flag's.
fn is_showable(name: &str) -> bool {
    let bare = name.strip_prefix("--").unwrap_or(name);
    let mut bytes = bare.bytes();
    bare.len() <= 64
        && bytes.next().is_some_and(|b| b.is_ascii_alphabetic() || b == b'_')
        && bytes.all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'))
}

/// The name under which an argument holds a credential: `--password=…`, `--password …`, or
/// either of them, or `PASSWORD=…`, in a line of shell.
fn named_credential<'s>(argument: &'s str, flag_before: Option<&'s str>) -> Option<&'s str> {
    if let Some(flag) = flag_before
        && !argument.starts_with('-')
        && is_credential(flag, argument)
    {
        return Some(flag);
    }
    let mut words = argument.split_whitespace().peekable();
    while let Some(word) = words.next() {
        let Some(next) = words.peek() else { break };
        let is_flag = word.starts_with("--") && !word.contains('=') && !next.starts_with('-');
        if is_flag && is_credential(word, next) {
            return Some(word);
        }
    }
    assigned_credential(argument)
}

/// The name in front of a `=` with a credential behind it, as in `-Ddb.password=…`.
fn assigned_credential(text: &str) -> Option<&str> {
    if !text.as_bytes().contains(&b'=') {
        return None;
    }
    let words = text.split(|c: char| c.is_whitespace() || matches!(c, ';' | '&' | '?' | ','));
    words.filter(|word| word.contains('=')).find_map(|word| {
        let mut rest = word;
        while let Some((name, value)) = rest.split_once('=') {
            if is_credential(name, value) {
                return Some(name);
            }
            rest = value;
        }
        None
    })
}

fn annotations(
    annotations: &Map<'_, Str<'_>>,
    at: impl Fn(&str) -> FieldPath,
    findings: &mut Vec<Finding>,
) {
    for (key, value) in annotations.iter().filter(|(key, _)| key.as_str() != LAST_APPLIED) {
        if has_credential_form(value) {
            let at = at(key);
            let message = format!("annotation {} holds a literal secret", Quoted(key));
            let advice = format!("remove {at} and keep the credential in a Secret");
            findings.push(Finding::new(at, message, Remedy::Advice(advice)));
        }
    }
}
