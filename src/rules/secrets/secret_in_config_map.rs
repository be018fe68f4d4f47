//! A `ConfigMap` is read by everybody who may look around in a namespace, and encrypted by nobody.

use super::assigned::{NAME, assigned_credential, is_credential};
use super::forms::has_credential_form;
use super::header_text::is_header_variable;
use super::names::is_password_name;
use super::values::is_literal;
use crate::path::FieldPath;
use crate::rules::{
    Checked, Context, Evidence, Fact, Finding, Findings, Halt, NoParams, Reach, Remedy, Rule,
    RuleDescription, Severity, Standard, Text,
};
use crate::subject::{ConfigMap, ConfigMaps, Secretive};
use crate::text::Quoted;

#[doc = include_str!("secret_in_config_map.md")]
pub(crate) struct SecretInConfigMap;

/// How many steps a byte of a text takes, in which every form of a credential is looked for.
const TEXT: usize = 8;

impl Rule for SecretInConfigMap {
    type On = ConfigMaps;
    type Params = NoParams;
    const DESCRIPTION: RuleDescription = RuleDescription {
        id: Text::Borrowed("secret-in-config-map"),
        group: Text::Borrowed("secrets"),
        severity: Severity::Critical,
        checklist: Text::Borrowed("No credential is kept in a ConfigMap."),
        rows: &["R8", "R23", "M14"],
        standards: &[Standard::NsaCisa("Secrets"), Standard::Cwe(312)],
        page: Text::Borrowed(include_str!("secret_in_config_map.md")),
    };

    fn check(
        map: &ConfigMap<'_>,
        _: &NoParams,
        _: &Context<'_>,
        found: &mut Findings<'_>,
    ) -> Checked {
        for (key, value) in map.data.iter() {
            found.visit(1)?;
            let value = value.as_ref().map_or("", Secretive::as_str);
            found.spend(NAME * key.len() + TEXT * value.len())?;
            if !holds_credential(key, value, found)? {
                continue;
            }
            let at = FieldPath::root().key("data").found_key(key);
            let message = format!("key {} holds a literal secret", Quoted(key));
            let advice = format!(
                "move the credential from {at} to a Secret, and replace it by a new one: whoever reads \
                 ConfigMaps has seen it"
            );
            let evidence = || Evidence::new([Fact::new(Reach::object(), ["data", key, value])]);
            found.add(Finding::new(at, message, Remedy::Advice(advice)), evidence)?;
        }
        Ok(())
    }
}

fn holds_credential(key: &str, value: &str, found: &mut Findings<'_>) -> Result<bool, Halt> {
    let has_form = has_credential_form(value);
    if has_form || is_header_variable(key, value) {
        return Ok(true);
    }
    let is_file = value.trim().contains('\n');
    // The name of a file is no name of what is in it.
    if !is_file && is_credential(key, value, false) {
        return Ok(true);
    }
    if assigned_credential(value, is_file, found)?.is_some() {
        return Ok(true);
    }
    for line in value.lines() {
        found.visit(1)?;
        let Some((name, behind)) = line.split_once([':', '=']) else { continue };
        found.spend(NAME * name.len())?;
        if is_password_line(name, behind) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether a line gives a password, as files of settings do: `password: hunter2`,
/// `db.password = hunter2`.
fn is_password_line(name: &str, behind: &str) -> bool {
    let name = name.trim().trim_start_matches("- ").trim_matches(['"', '\'']);
    let is_name = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.');
    let value = behind.trim().trim_end_matches([',', ';']);
    let is_word =
        |b: u8| b.is_ascii_graphic() && !matches!(b, b'{' | b'}' | b'(' | b'[' | b'$' | b'*');
    !name.is_empty()
        && name.bytes().all(is_name)
        && is_password_name(name)
        && value.bytes().all(is_word)
        && !matches!(value, "string" | "~" | "|" | ">" | "|-" | ">-")
        && is_literal(value, false)
}
