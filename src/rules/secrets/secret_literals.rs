//! A credential in a manifest is known to everyone who can read it, for as long as Git remembers.

use memchr::memmem;

use super::detect::{QUOTES, is_credential_name, is_literal, may_be_literal, names_an_object};
use super::forms::has_credential_form;
use crate::path::FieldPath;
use crate::rules::{
    Case, Checked, Evidence, Fact, Finding, Findings, Halt, Meta, NoParams, Reach, Remedy, Rule,
    Severity,
};
use crate::subject::{ContainerRef, List, Map, Secretive};
use crate::text::Quoted;

#[doc = include_str!("secret_literals.md")]
pub struct SecretLiterals;

/// How many steps a byte of a text takes, in which every form of a credential is looked for.
const TEXT: usize = 4;

/// How many steps a byte of a name takes, every word of which is held against many others.
const NAME: usize = 4;

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

    fn check(case: &Case<'_, '_>, _: &NoParams, found: &mut Findings<'_>) -> Checked {
        for c in case.pod.containers() {
            variables(&c, found)?;
            arguments(&c, "command", &c.spec.command, found)?;
            arguments(&c, "args", &c.spec.args, found)?;
        }
        if let Some(metadata) = case.pod.metadata {
            let at = |key: &str| case.pod.annotation_at(key);
            annotations(&metadata.annotations, at, || Reach::pod(case.pod), found)?;
        }
        if case.subject.kind.is_pod() {
            return Ok(());
        }
        let at = |key: &str| FieldPath::root().keys(&["metadata", "annotations"]).found_key(key);
        annotations(&case.subject.object.metadata.annotations, at, Reach::object, found)
    }
}

fn variables(c: &ContainerRef<'_, '_>, found: &mut Findings<'_>) -> Checked {
    for (index, variable) in c.spec.env.iter().enumerate() {
        found.visit(1)?;
        let name = variable.name.as_deref().unwrap_or_default();
        let Some(value) = variable.value.as_deref() else { continue };
        found.spend(NAME * name.len() + TEXT * value.len())?;
        let has_form = has_credential_form(value);
        if has_form
            || is_credential(name, value, has_form)
            || assigned_credential(value, found)?.is_some()
        {
            let at = c.at(&["env"]).index(index);
            let message =
                format!("environment variable {} of {c} holds a literal secret", Name(name));
            let remedy = Remedy::Advice(format!("use valueFrom.secretKeyRef at {at}"));
            let evidence = || Evidence::of(c, ["env", name, value]);
            found.add(Finding::of(c, at.key("value"), message, remedy), evidence)?;
        }
    }
    Ok(())
}

/// Whether `value` under `name` is a credential written down; `has_form` as for [`is_literal`].
fn is_credential(name: &str, value: &str, has_form: bool) -> bool {
    is_credential_name(name) && is_literal(value, has_form) && !names_an_object(name, value)
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
    arguments: &List<Secretive<'_>>,
    found: &mut Findings<'_>,
) -> Checked {
    let mut flag_before: Option<&str> = None;
    for (index, argument) in arguments.iter().enumerate() {
        found.visit(1)?;
        found.spend(TEXT * argument.len())?;
        let has_form = has_credential_form(argument);
        let flag = flag_before.take();
        let name = named_credential(argument, flag, has_form, found)?;
        let message = match name {
            Some(name) if is_showable(name) => {
                format!("argument {name} of {c} holds a literal secret")
            }
            None if !has_form => {
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
        // The flag before it counts only where it alone makes it a credential.
        let by_flag = name.filter(|&name| !has_form && Some(name) == flag);
        let evidence = || Evidence::of(c, [list, by_flag.unwrap_or_default(), argument]);
        found.add(Finding::of(c, at, message, Remedy::Advice(advice)), evidence)?;
    }
    Ok(())
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
fn named_credential<'s>(
    argument: &'s str,
    flag_before: Option<&'s str>,
    has_form: bool,
    found: &mut Findings<'_>,
) -> Result<Option<&'s str>, Halt> {
    if let Some(flag) = flag_before
        && !argument.starts_with('-')
        && is_credential(flag, argument, has_form)
    {
        return Ok(Some(flag));
    }
    let mut words = argument.split_whitespace().peekable();
    while let Some(word) = words.next() {
        let Some(next) = words.peek() else { break };
        let is_flag = word.starts_with("--") && !word.contains('=') && !next.starts_with('-');
        if is_flag && is_credential(word, next, has_form) {
            return Ok(Some(word));
        }
    }
    assigned_credential(argument, found)
}

/// The name in front of a `=` with a credential behind it, as in `-Ddb.password=…`.
fn assigned_credential<'t>(
    text: &'t str,
    found: &mut Findings<'_>,
) -> Result<Option<&'t str>, Halt> {
    if !text.as_bytes().contains(&b'=') {
        return Ok(None);
    }
    let words = text.split(|c: char| c.is_whitespace() || matches!(c, ';' | '&' | '?' | ','));
    for word in words.filter(|word| word.contains('=')) {
        let name = assigned_in_word(word, found)?;
        if name.is_some() {
            return Ok(name);
        }
    }
    Ok(None)
}

/// The same in one word. What follows a `=` reaches to the end of the word, so all that takes a
/// look at the whole of it is found out once.
fn assigned_in_word<'w>(word: &'w str, found: &mut Findings<'_>) -> Result<Option<&'w str>, Halt> {
    let has_form = has_credential_form(word);
    let last_address = memmem::rfind(word.as_bytes(), b"://");
    let end = word.trim_end_matches(QUOTES).len();
    let last_value = word.rfind('=').map(|at| at + 1);
    let mut start = 0;
    while let Some((name, _)) = word.get(start..).and_then(|rest| rest.split_once('=')) {
        found.spend(NAME * (1 + name.len()))?;
        let value_start = start + name.len() + 1;
        start = value_start;
        if !is_credential_name(name) {
            continue;
        }
        // Only what holds no further `=` can be a time, and that is looked at once.
        let is_last = Some(value_start) == last_value;
        let value = word.get(value_start..end.max(value_start)).unwrap_or_default();
        let value = value.trim_start_matches(QUOTES);
        let has_address = last_address.is_some_and(|at| at >= value_start);
        let is_literal = if is_last {
            is_literal(value, has_form)
        } else {
            may_be_literal(value) && (has_form || !has_address)
        };
        if is_literal && !names_an_object(name, value) {
            return Ok(Some(name));
        }
    }
    Ok(None)
}

fn annotations(
    annotations: &Map<'_, Secretive<'_>>,
    at: impl Fn(&str) -> FieldPath,
    reach: impl Fn() -> Reach,
    found: &mut Findings<'_>,
) -> Checked {
    for (key, value) in annotations.iter().filter(|(key, _)| key.as_str() != LAST_APPLIED) {
        found.visit(1)?;
        found.spend(TEXT * value.len())?;
        if has_credential_form(value) {
            let at = at(key);
            let message = format!("annotation {} holds a literal secret", Quoted(key));
            let advice = format!("remove {at} and keep the credential in a Secret");
            let evidence = || Evidence::new([Fact::new(reach(), [&**key, &**value])]);
            found.add(Finding::new(at, message, Remedy::Advice(advice)), evidence)?;
        }
    }
    Ok(())
}
