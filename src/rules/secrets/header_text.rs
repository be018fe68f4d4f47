//! What HTTP carries a credential in, found in text: `Bearer …`, `Basic …`, `Authorization: …` and
//! headers like it.
//!
//! Looked for in one pass, as [`forms`](super::forms) does it: what follows a beginning is looked at
//! for a bounded number of characters, or to the end of a run that no other beginning is followed
//! over.

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, BuildError};
use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use memchr::{memchr_iter, memchr3};

use super::headers::{
    LIMIT, behind_any_scheme, behind_gap, behind_scheme, clipped, has_digit, is_credential_header,
    is_parameter, is_quote, is_written, word,
};
use super::names::words;
use super::values::QUOTES;
use crate::text::holds_any;

/// Words that stand behind a scheme or a header's name where somebody writes about them.
const DESCRIBING: [&str; 22] = [
    "abac",
    "auth",
    "authentication",
    "authorization",
    "credential",
    "credentials",
    "format",
    "header",
    "jwt",
    "key",
    "method",
    "oauth",
    "oauth2",
    "password",
    "rbac",
    "realm",
    "scheme",
    "token",
    "tokens",
    "type",
    "value",
    "webhook",
];

const AUTHORIZATION: &str = "authorization";

static BEGINNINGS: LazyLock<Result<AhoCorasick, BuildError>> = LazyLock::new(|| {
    AhoCorasick::builder().ascii_case_insensitive(true).build(["bearer", "basic", AUTHORIZATION])
});

/// Reads what `Basic` is followed by, with its padding or without.
static BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Whether a variable called `name` holds what such a header carries: `value` with its scheme.
pub(super) fn is_header_variable(name: &str, value: &str) -> bool {
    let is_about = |word: &str| {
        word.eq_ignore_ascii_case("AUTH") || word.eq_ignore_ascii_case("AUTHORIZATION")
    };
    let credential = || behind_scheme(value.trim_start()).map(|(_, credential)| credential);
    let may_be_about = holds_any(name, [*b"auth"]);
    may_be_about && words(name).any(is_about) && credential().is_some_and(is_written_in_text)
}

/// Whether `text` holds a credential behind its scheme, or a header that carries one.
pub(super) fn holds_header(text: &str) -> bool {
    // Nothing of that is written without one of these.
    if memchr3(b' ', b':', b'=', text.as_bytes()).is_none() {
        return false;
    }
    // A search that cannot be made finds everything: what cannot be looked at is not let through.
    let Ok(beginnings) = BEGINNINGS.as_ref() else { return true };
    let may_begin = holds_any(text, [*b"bear", *b"basi", *b"auth"]);
    may_begin
        && beginnings.find_iter(text).any(|found| {
            let around = text.get(..found.start()).zip(text.get(found.end()..));
            let Some((before, behind)) = around else { return false };
            match found.pattern().as_usize() {
                0 => is_bearer(text.get(found.range()), before, behind),
                1 => is_basic(text.get(found.range()), before, behind),
                _ => is_authorization(text, before, behind),
            }
        })
        || holds_other_header(text)
}

/// `Bearer …`
fn is_bearer(scheme: Option<&str>, before: &str, behind: &str) -> bool {
    let Some(rest) = behind_gap(behind).filter(|_| is_boundary(before)) else { return false };
    let token = run(rest);
    let is_plain = scheme == Some("Bearer");
    if token.len() >= 16 && (is_plain || has_digit(token)) {
        return true;
    }
    let least = if is_plain { 6 } else { 16 };
    stands_alone(before, rest, token)
        && (token.len() >= least || has_digit(token))
        && is_written_in_text(token)
}

/// `Basic …`: a user and a password, as they are sent.
fn is_basic(scheme: Option<&str>, before: &str, behind: &str) -> bool {
    let Some(rest) = behind_gap(behind).filter(|_| is_boundary(before)) else { return false };
    let token = run(rest);
    holds_password(token) || token.len() >= 16 && (scheme == Some("Basic") || has_digit(token))
}

/// `Authorization: …`, `"Authorization": "…"`, `authorization=Bearer …`.
fn is_authorization(text: &str, before: &str, behind: &str) -> bool {
    if before.ends_with(|c: char| c.is_ascii_alphanumeric() || c == '_') {
        return false;
    }
    let closed = behind.trim_start_matches(is_quote);
    let spaced = closed.trim_start_matches(' ');
    let value = match spaced.strip_prefix([':', '=']) {
        Some(value) => value.trim_start_matches(' '),
        // As a web server's configuration has it.
        None if spaced.len() < closed.len() && spaced.starts_with(QUOTES) => spaced,
        None => return false,
    };
    let value = value.trim_start_matches(is_quote);
    let is_first = stands_first(text, before);
    if let Some((scheme, credential)) = behind_scheme(value) {
        let is_sure = is_first || ["Bearer", "Basic"].contains(&scheme);
        return (is_sure || has_digit(word(credential))) && is_written_in_text(credential);
    }
    let value = word(value);
    is_first
        && spaced.starts_with(':')
        && (value.len() >= 6 || has_digit(value))
        && is_written_in_text(value)
}

/// `X-Api-Key: …` and the like, where a header stands: at the beginning of the text or of what is
/// quoted in it, or behind a flag for headers.
fn holds_other_header(text: &str) -> bool {
    memchr_iter(b':', text.as_bytes()).any(|colon| {
        let around = text.get(..colon).zip(text.get(colon + 1..));
        let Some((before, value)) = around else { return false };
        if !value.starts_with(' ') {
            return false;
        }
        let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        let length = before.bytes().rev().take(LIMIT).take_while(|&b| is_name(b.into())).count();
        let Some((before, name)) = before.split_at_checked(colon - length) else { return false };
        let attached = name.strip_prefix("-H");
        let name = attached.unwrap_or(name);
        let is_one = name.contains('-') || name.eq_ignore_ascii_case("cookie");
        let is_first = attached.is_some() || stands_first(text, before);
        is_one && is_first && {
            let value = clipped(value.trim_start_matches(' '));
            let end = value.find(|c: char| is_quote(c) || c == '\n').unwrap_or(value.len());
            let value = value.get(..end).unwrap_or_default();
            let is_about = |value: &&str| !is_reference(value) && !is_describing(value);
            Some(value).filter(is_about).is_some_and(|value| is_credential_header(name, value))
        }
    })
}

/// The same in a line of shell or a program, where a reference has many spellings and words may
/// only tell of a credential.
fn is_written_in_text(text: &str) -> bool {
    let text = text.trim_start_matches(is_quote);
    let (_, value) =
        clipped(text).split_once('=').filter(|(n, _)| is_parameter(n)).unwrap_or(("", text));
    !is_reference(text)
        && !is_reference(value.trim_start_matches(is_quote))
        && !is_describing(word(text))
        && is_written(text)
}

fn is_reference(text: &str) -> bool {
    behind_any_scheme(clipped(text)).starts_with(['$', '`', '%', '{', '<', '['])
}

fn is_describing(text: &str) -> bool {
    DESCRIBING.iter().any(|word| text.eq_ignore_ascii_case(word))
}

/// Whether `token`, which is followed by the rest of `behind`, is all that is said with its scheme.
fn stands_alone(before: &str, rest: &str, token: &str) -> bool {
    let before = before.trim_end_matches(' ');
    let starts = before.is_empty() || before.ends_with(['"', '\'', '\\', ':', '=']);
    let ends = rest
        .get(token.len()..)
        .is_some_and(|rest| rest.trim_start().is_empty() || rest.starts_with(is_quote));
    starts && ends
}

/// Whether a header may stand behind `before`, so that its name is no word of a sentence.
fn stands_first(text: &str, before: &str) -> bool {
    let name =
        before.bytes().rev().take(LIMIT).take_while(|b| b.is_ascii_alphanumeric() || *b == b'-');
    let length = name.count();
    let (before, name) = before.split_at_checked(before.len() - length).unwrap_or_default();
    let flagged = before.trim_end_matches(' ');
    let is_flagged = ["-H", "--header", "--header="].iter().any(|flag| flagged.ends_with(flag));
    name.starts_with("-H")
        || is_flagged
        || before.ends_with(QUOTES)
        || before.is_empty() && !text.contains('\n')
}

/// Whether no word ends at the end of `before`.
fn is_boundary(before: &str) -> bool {
    !before.ends_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
}

/// The characters of a token from the beginning of `text` on.
fn run(text: &str) -> &str {
    let is_token = |b: u8| b.is_ascii_alphanumeric() || b"-._~+/=".contains(&b);
    let length = text.bytes().take(LIMIT).take_while(|&b| is_token(b)).count();
    text.get(..length).unwrap_or_default()
}

/// Whether `token` is a user and a password, as `Basic` has them.
fn holds_password(token: &str) -> bool {
    let Ok(decoded) = BASE64.decode(token) else { return false };
    let Ok(pair) = str::from_utf8(&decoded) else { return false };
    pair.split_once(':').is_some_and(|(_, password)| !password.is_empty())
        && !pair.contains(|c: char| c.is_control())
}

#[cfg(test)]
mod tests;
