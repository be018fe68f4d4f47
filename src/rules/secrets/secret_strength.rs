//! A password that can be guessed keeps nobody out.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::assigned::NAME;
use super::entries::{Entry, entries};
use super::names::is_credential_name;
use super::strength::strength;
use super::values::is_reference;
use crate::rules::environment::placeholder::{TIMES, is_placeholder};
use crate::rules::{
    BadValue, Checked, Context, Evidence, Fact, Finding, Findings, Params, Reach, Remedy, Rule,
    RuleDescription, Severity, Standard, Text,
};
use crate::subject::{Secret, Secrets};
use crate::text::{QUOTE_LIMIT, Quoted, clipped};

#[doc = include_str!("secret_strength.md")]
pub(crate) struct SecretStrength;

/// How long credentials have to be.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct SecretStrengthParams {
    /// The least length of a credential in bytes, 8 to 1024.
    #[schemars(range(min = 8, max = 1024))]
    pub min_length: u16,
    /// The least length of credentials under these keys, whatever their names say: in any case, with
    /// `-`, `_` and `.` alike.
    #[schemars(extend("maxProperties" = 100))]
    pub lengths: BTreeMap<String, u16>,
}

impl Default for SecretStrengthParams {
    fn default() -> Self {
        Self { min_length: 16, lengths: BTreeMap::new() }
    }
}

impl Params for SecretStrengthParams {
    fn problems(&self) -> Vec<BadValue> {
        let is_sensible = |length: u16| (8..=1_024).contains(&length);
        let bad = |parameter, reason| BadValue { parameter, element: None, reason };
        let least = (!is_sensible(self.min_length))
            .then(|| bad("minLength", "must be from 8 to 1024".to_owned()));
        let of_keys = self.lengths.iter().filter_map(|(key, length)| {
            let shown = clipped(key, QUOTE_LIMIT);
            if !is_key(key) {
                return Some(bad("lengths", format!("`{shown}` is no key that a Secret can have")));
            }
            let reason = || format!("must be from 8 to 1024 for `{shown}`");
            (!is_sensible(*length)).then(|| bad("lengths", reason()))
        });
        least.into_iter().chain(of_keys).collect()
    }
}

/// Whether a Secret can have such a key.
fn is_key(key: &str) -> bool {
    let is_inner = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    (1..=253).contains(&key.len()) && key.bytes().all(is_inner)
}

impl Rule for SecretStrength {
    type On = Secrets;
    type Params = SecretStrengthParams;
    const DESCRIPTION: RuleDescription = RuleDescription {
        id: Text::Borrowed("secret-strength"),
        group: Text::Borrowed("secrets"),
        severity: Severity::High,
        checklist: Text::Borrowed("Every credential in a Secret is too long and too odd to guess."),
        rows: &["R1", "M20", "M22"],
        standards: &[Standard::Cwe(521), Standard::Cwe(1391)],
        page: Text::Borrowed(include_str!("secret_strength.md")),
    };

    fn applies(secret: &Secret<'_>, params: &SecretStrengthParams, _: &Context<'_>) -> bool {
        entries(secret).any(|entry| least(entry.key, params).is_some())
    }

    fn check(
        secret: &Secret<'_>,
        params: &SecretStrengthParams,
        _: &Context<'_>,
        found: &mut Findings<'_>,
    ) -> Checked {
        for entry in entries(secret) {
            found.visit(1 + params.lengths.len())?;
            found.spend((NAME + params.lengths.len()) * entry.key.len())?;
            if let Some(least) = least(entry.key, params) {
                value(entry, least, found)?;
            }
        }
        Ok(())
    }
}

/// How long the value under a key has to be; none where it is no credential's.
fn least(key: &str, params: &SecretStrengthParams) -> Option<usize> {
    let named = params.lengths.iter().find(|(named, _)| is_same(named, key));
    let least = match named {
        Some((_, length)) => *length,
        None if is_credential_name(key) => params.min_length,
        None => return None,
    };
    Some(least.into())
}

fn is_same(a: &str, b: &str) -> bool {
    let plain = |b: u8| if matches!(b, b'-' | b'.') { b'_' } else { b.to_ascii_lowercase() };
    a.len() == b.len() && a.bytes().map(plain).eq(b.bytes().map(plain))
}

fn value(entry: Entry<'_>, least: usize, found: &mut Findings<'_>) -> Checked {
    let Some(value) = entry.value(found)? else { return Ok(()) };
    let value = value.trim_ascii();
    // What is no text nobody has written by hand.
    let text = str::from_utf8(value).unwrap_or("");
    // What is empty is no credential, and what says where one is, none either.
    if value.is_empty() || is_reference(text) {
        return Ok(());
    }
    found.spend(TIMES * value.len())?;
    let strength = strength(value);
    let key = Quoted(entry.key);
    let (message, missing) = if is_short(text) && is_placeholder(text) {
        (format!("the value of {key} is a placeholder"), least)
    } else if value.len() < least {
        (format!("the value of {key} is shorter than {least} bytes"), least - strength)
    } else if strength < least {
        (
            format!("the value of {key} is predictable: it repeats itself or counts up"),
            least - strength,
        )
    } else {
        return Ok(());
    };
    let at = entry.at();
    let advice = format!(
        "set {at} to a generated value, such as that of `openssl rand -hex {}`, and give it to \
         whoever uses the old one",
        least.div_ceil(2).max(16)
    );
    let missing = u64::try_from(missing).unwrap_or(u64::MAX);
    let fact = || Fact::new(Reach::object(), ["weak", entry.key]).degree(missing);
    found.add(Finding::new(at, message, Remedy::Advice(advice)), || Evidence::new([fact()]))
}

/// Whether it is one line that somebody may have written by hand, and no file.
fn is_short(text: &str) -> bool {
    text.len() <= 256 && !text.contains('\n')
}
