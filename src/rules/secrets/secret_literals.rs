//! A credential in a manifest is known to everyone who can read it, for as long as Git remembers.

use super::assigned::{
    NAME, assigned_credential, is_credential, may_hold_credential, named_credential,
};
use super::forms::has_credential_form;
use super::header_text::is_header_variable;
use super::headers::is_credential_header;
use crate::path::FieldPath;
use crate::rules::{
    Checked, Context, Evidence, Fact, Finding, Findings, NoParams, Reach, Remedy, Rule,
    RuleDescription, Severity, Standard, Text,
};
use crate::subject::{ContainerRef, Handler, List, Map, Pod, Pods, Secretive};
use crate::text::Quoted;

#[doc = include_str!("secret_literals.md")]
pub(crate) struct SecretLiterals;

/// How many steps a byte of a text takes, in which every form of a credential is looked for.
const TEXT: usize = 6;

/// Holds a copy of the whole object, whose own fields are looked at already.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

impl Rule for SecretLiterals {
    type On = Pods;
    type Params = NoParams;
    const DESCRIPTION: RuleDescription = RuleDescription {
        id: Text::Borrowed("secret-literals"),
        group: Text::Borrowed("secrets"),
        severity: Severity::Critical,
        checklist: Text::Borrowed("No credential is written down in a manifest."),
        rows: &["R8", "R23", "M14"],
        standards: &[Standard::NsaCisa("Secrets"), Standard::Cis("5.4.2"), Standard::Cwe(798)],
        page: Text::Borrowed(include_str!("secret_literals.md")),
    };

    fn check(
        pod: &Pod<'_, '_>,
        _: &NoParams,
        cx: &Context<'_>,
        found: &mut Findings<'_>,
    ) -> Checked {
        for c in pod.containers() {
            variables(&c, found)?;
            arguments(&c, &ArgumentList::OfContainer("command"), &c.spec.command, found)?;
            arguments(&c, &ArgumentList::OfContainer("args"), &c.spec.args, found)?;
            for handler in c.handlers() {
                found.visit(1)?;
                if let Some(exec) = handler.exec {
                    arguments(&c, &ArgumentList::OfHandler(&handler), &exec.command, found)?;
                }
                headers(&c, &handler, found)?;
            }
        }
        if let Some(metadata) = pod.metadata {
            let at = |key: &str| pod.annotation_at(key);
            annotations(&metadata.annotations, at, || Reach::pod(pod), found)?;
        }
        if pod.is_itself() {
            return Ok(());
        }
        let at = |key: &str| FieldPath::root().keys(&["metadata", "annotations"]).found_key(key);
        annotations(&cx.metadata.annotations, at, Reach::object, found)
    }
}

fn variables(c: &ContainerRef<'_, '_>, found: &mut Findings<'_>) -> Checked {
    let all = c.characters();
    for (index, variable) in c.spec.env.iter().enumerate() {
        found.visit(1)?;
        let name = variable.name.as_deref().unwrap_or_default();
        let Some(value) = variable.value.as_deref() else { continue };
        found.spend(NAME * name.len() + TEXT * value.len())?;
        let characters = all.get(index).copied();
        if !characters.is_none_or(|(name, of)| may_hold_credential(name, of, value.len())) {
            continue;
        }
        let has_form = has_credential_form(value);
        if has_form
            || is_credential(name, value, has_form)
            || is_header_variable(name, value)
            || assigned_credential(value, false, found)?.is_some()
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

/// A name as it is where it is a plain one, else in quotes.
struct Name<'a>(&'a str);

impl std::fmt::Display for Name<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let is_plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.');
        if !self.0.is_empty() && self.0.len() <= 100 && self.0.bytes().all(is_plain) {
            f.write_str(self.0)
        } else {
            // No variable has a `=` in its name, but what was meant to be its value may be behind it.
            write!(f, "{}", Quoted(self.0.split('=').next().unwrap_or_default()))
        }
    }
}

/// Where a list of arguments stands in its container.
enum ArgumentList<'h, 's, 'a> {
    /// In this field of the container itself.
    OfContainer(&'static str),
    /// In what a probe or hook runs.
    OfHandler(&'h Handler<'s, 'a>),
}

impl ArgumentList<'_, '_, '_> {
    fn at(&self, c: &ContainerRef<'_, '_>) -> FieldPath {
        match self {
            Self::OfContainer(list) => c.at(&[list]),
            Self::OfHandler(handler) => c.at(handler.keys).keys(&["exec", "command"]),
        }
    }

    /// What tells the list from the others of its container.
    fn name(&self) -> &'static str {
        match self {
            Self::OfContainer(list) => list,
            Self::OfHandler(handler) => handler.name(),
        }
    }

    /// Whose arguments they are, in words.
    fn owner(&self, c: &ContainerRef<'_, '_>) -> String {
        match self {
            Self::OfContainer(_) => c.to_string(),
            Self::OfHandler(handler) => format!("{} of {c}", handler.name()),
        }
    }

    /// What to do about the argument at `at`.
    fn advice(&self, at: &FieldPath) -> String {
        match self {
            Self::OfContainer(_) => {
                format!("write $(NAME) at {at}, with NAME from valueFrom.secretKeyRef")
            }
            // Kubernetes fills in no Secret there.
            Self::OfHandler(_) => {
                format!("let a shell read $NAME at {at}, with NAME from valueFrom.secretKeyRef")
            }
        }
    }
}

fn arguments(
    c: &ContainerRef<'_, '_>,
    place: &ArgumentList<'_, '_, '_>,
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
                format!("argument {name} of {} holds a literal secret", place.owner(c))
            }
            None if !has_form => {
                if argument.starts_with('-') && !argument.contains(['=', ' ', '\n']) {
                    flag_before = Some(argument.as_str());
                }
                continue;
            }
            // What stands where a name should be may be a secret itself.
            _ => format!("an argument of {} holds a literal secret", place.owner(c)),
        };
        let at = place.at(c).index(index);
        let advice = place.advice(&at);
        // The flag before it counts only where it alone makes it a credential.
        let by_flag = name.filter(|&name| !has_form && Some(name) == flag);
        let evidence = || Evidence::of(c, [place.name(), by_flag.unwrap_or_default(), argument]);
        found.add(Finding::of(c, at, message, Remedy::Advice(advice)), evidence)?;
    }
    Ok(())
}

/// The headers that the kubelet sends for a probe or hook.
fn headers(
    c: &ContainerRef<'_, '_>,
    handler: &Handler<'_, '_>,
    found: &mut Findings<'_>,
) -> Checked {
    let Some(get) = handler.http_get else { return Ok(()) };
    for (index, header) in get.http_headers.iter().enumerate() {
        found.visit(1)?;
        let name = header.name.as_deref().unwrap_or_default();
        let Some(value) = header.value.as_deref() else { continue };
        found.spend(NAME * name.len() + TEXT * value.len())?;
        if !is_credential_header(name, value)
            && !has_credential_form(value)
            && assigned_credential(value, false, found)?.is_none()
        {
            continue;
        }
        let owner = format!("{} of {c}", handler.name());
        let message = if is_showable(name) {
            format!("header {name} of {owner} holds a literal secret")
        } else {
            format!("a header of {owner} holds a literal secret")
        };
        let at = c.at(handler.keys).keys(&["httpGet", "httpHeaders"]).index(index).key("value");
        let advice = format!(
            "remove {at}, which cannot refer to a Secret: probe a path that needs no credential, or \
             by exec"
        );
        let evidence = || Evidence::of(c, [handler.name(), "httpHeaders", name, value]);
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
