//! A Secret comes to a program as a file, not as a variable.

use crate::rules::{
    Checked, Context, Evidence, Finding, Findings, NoParams, Remedy, Rule, RuleDescription,
    Severity, Standard, Text,
};
use crate::subject::{Pod, Pods, Str};
use crate::text::Quoted;

#[doc = include_str!("secret_in_environment.md")]
pub(crate) struct SecretInEnvironment;

const ADVICE: &str = "mount the Secret as a volume, and let the program read the file";

impl Rule for SecretInEnvironment {
    type On = Pods;
    type Params = NoParams;
    const DESCRIPTION: RuleDescription = RuleDescription {
        id: Text::Borrowed("secret-in-environment"),
        group: Text::Borrowed("secrets"),
        severity: Severity::Low,
        checklist: Text::Borrowed("Secrets come to programs as files, not as variables."),
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
        for c in pod.containers() {
            found.visit(c.spec.env.len() + c.spec.env_from.len())?;
            for (index, variable) in c.spec.env.iter().enumerate() {
                let source = variable.value_from.as_deref();
                let Some(key) = source.and_then(|source| source.secret_key_ref.as_deref()) else {
                    continue;
                };
                let (name, of) = (text(variable.name.as_ref()), text(key.name.as_ref()));
                let at = c.at(&["env"]).index(index).key("valueFrom");
                let message =
                    format!("{c} has Secret {} in its variable {}", Quoted(of), Quoted(name));
                let finding = Finding::of(&c, at, message, Remedy::Advice(ADVICE.to_owned()));
                let of = [of, text(key.key.as_ref())];
                found.add(finding, || Evidence::of(&c, of))?;
            }
            for (index, source) in c.spec.env_from.iter().enumerate() {
                let Some(secret) = source.secret_ref.as_deref() else { continue };
                let of = text(secret.name.as_ref());
                let at = c.at(&["envFrom"]).index(index).key("secretRef");
                let message = format!("{c} has all keys of Secret {} in variables", Quoted(of));
                let finding = Finding::of(&c, at, message, Remedy::Advice(ADVICE.to_owned()));
                found.add(finding, || Evidence::of(&c, [of]))?;
            }
        }
        Ok(())
    }
}

fn text<'s>(text: Option<&'s Str<'_>>) -> &'s str {
    text.map_or("", Str::as_str)
}
