//! A variable goes wherever the environment of a process goes; a file stays where it is mounted.

use crate::path::FieldPath;
use crate::rules::{
    Checked, Context, Evidence, Finding, Findings, NoParams, Remedy, Rule, RuleDescription,
    Severity, Standard, Text,
};
use crate::subject::{ContainerRef, Pod, Pods, Str};
use crate::text::Quoted;

#[doc = include_str!("secret_in_environment.md")]
pub(crate) struct SecretInEnvironment;

impl Rule for SecretInEnvironment {
    type On = Pods;
    type Params = NoParams;
    const DESCRIPTION: RuleDescription = RuleDescription {
        id: Text::Borrowed("secret-in-environment"),
        group: Text::Borrowed("secrets"),
        severity: Severity::Low,
        checklist: Text::Borrowed("Every Secret reaches its container as a file."),
        rows: &[],
        standards: &[Standard::Cis("5.4.1"), Standard::Cwe(526)],
        page: Text::Borrowed(include_str!("secret_in_environment.md")),
    };

    fn check(
        pod: &Pod<'_, '_>,
        _: &NoParams,
        _: &Context<'_>,
        found: &mut Findings<'_>,
    ) -> Checked {
        pod.containers().try_for_each(|c| of_container(&c, found))
    }
}

fn of_container(c: &ContainerRef<'_, '_>, found: &mut Findings<'_>) -> Checked {
    found.visit(1 + c.spec.env.len() + c.spec.env_from.len())?;
    for (index, variable) in c.spec.env.iter().enumerate() {
        let source = variable.value_from.as_deref();
        let Some(secret) = source.and_then(|source| source.secret_key_ref.as_deref()) else {
            continue;
        };
        let name = Quoted(text(variable.name.as_ref()));
        let at = c.at(&["env"]).index(index);
        let (secret, key) = (text(secret.name.as_ref()), text(secret.key.as_ref()));
        let what = format!("environment variable {name}");
        add(c, at, &what, [secret, "key", key], found)?;
    }
    for (index, source) in c.spec.env_from.iter().enumerate() {
        let Some(secret) = source.secret_ref.as_deref() else { continue };
        let at = c.at(&["envFrom"]).index(index);
        let secret = text(secret.name.as_ref());
        add(c, at, "environment variables", [secret, "every key", ""], found)?;
    }
    Ok(())
}

/// Says that the container takes `what` from a Secret: its name, and which keys of it.
fn add(
    c: &ContainerRef<'_, '_>,
    at: FieldPath,
    what: &str,
    source: [&str; 3],
    found: &mut Findings<'_>,
) -> Checked {
    let [name, ..] = source;
    let secret = Quoted(name);
    found.spend(source.iter().map(|part| part.len()).sum())?;
    let message = format!("{c} takes {what} from Secret {secret}");
    let advice =
        format!("mount Secret {secret} as a volume, read the file in the program, and remove {at}");
    let finding = Finding::of(c, at, message, Remedy::Advice(advice));
    found.add(finding, || Evidence::of(c, source))
}

fn text<'s>(text: Option<&'s Str<'_>>) -> &'s str {
    text.map_or("", |text| text.as_str())
}
