//! Credentials as the headers of HTTP carry them.

use super::names::{is_credential_name, words};
use super::values::{QUOTES, is_literal};

/// Words that a value begins with where a credential follows (`auth-scheme` of RFC 9110, and those
/// that services made up).
const SCHEMES: [&str; 14] = [
    "Bearer",
    "Basic",
    "Token",
    "ApiKey",
    "Api-Key",
    "AWS4-HMAC-SHA256",
    "Digest",
    "GenieKey",
    "JWT",
    "Key",
    "Negotiate",
    "NTLM",
    "OAuth",
    "Splunk",
];

/// Last words of the names of headers that carry a credential, beside the names of credentials.
const CARRIERS: [&str; 4] = ["AUTH", "AUTHENTICATION", "AUTHORIZATION", "COOKIE"];

/// Last two words of such names.
const KEYS: [[&str; 2]; 2] = [["SUBSCRIPTION", "KEY"], ["FUNCTIONS", "KEY"]];

/// Words in the name of a cookie that stands for a login.
const SESSIONS: [&str; 8] =
    ["AUTH", "JSESSIONID", "JWT", "PHPSESSID", "SESS", "SESSION", "SESSIONID", "SID"];

/// Words in the value of one that stands for nobody.
const PROBES: [&str; 7] =
    ["HEALTH", "HEALTHCHECK", "HEALTHZ", "LIVENESS", "PROBE", "READINESS", "STARTUP"];

/// How many characters of a credential are looked at; of a name in front of it, as many at most.
pub(super) const LIMIT: usize = 256;

/// Whether a header called `name` carries a credential that is written down in `value`.
///
/// Takes no more steps than both have bytes, each of the name's as often as names take.
pub(super) fn is_credential_header(name: &str, value: &str) -> bool {
    if !carries_credential(name) {
        return false;
    }
    let is_cookie = words(name).last().is_some_and(|last| last.eq_ignore_ascii_case("COOKIE"));
    if is_cookie {
        return value.split(';').any(is_credential_cookie);
    }
    let value = value.trim();
    let is_scheme = SCHEMES.iter().any(|scheme| value.eq_ignore_ascii_case(scheme));
    !is_scheme && is_written(behind_any_scheme(value))
}

/// Whether a cookie stands for somebody who is logged in: by its name, or as what it holds was made
/// up by a machine. A visitor without a past, as a probe makes one up, is called one.
fn is_credential_cookie(pair: &str) -> bool {
    let (name, value) = pair.split_once('=').unwrap_or(("", pair));
    let has = |text: &str, list: &[&str]| {
        words(text).any(|word| list.iter().any(|one| word.eq_ignore_ascii_case(one)))
    };
    let is_session = is_credential_name(name) || has(name, &SESSIONS);
    (is_session || value.len() >= 16 || has_digit(value))
        && !has(value, &PROBES)
        && is_written(value)
}

/// Whether a header called `name` is one that carries a credential.
fn carries_credential(name: &str) -> bool {
    let (mut before, mut last) = ("", "");
    for word in words(name) {
        (before, last) = (last, word);
    }
    let is = |word: &str, other: &str| word.eq_ignore_ascii_case(other);
    CARRIERS.iter().any(|carrier| is(last, carrier))
        || KEYS.iter().any(|[first, second]| is(before, first) && is(last, second))
        || is_credential_name(name)
}

/// What stands behind a known scheme at the beginning of `value`, and that scheme.
pub(super) fn behind_scheme(value: &str) -> Option<(&'static str, &str)> {
    SCHEMES.iter().find_map(|scheme| {
        let (start, rest) = value.split_at_checked(scheme.len())?;
        let rest = behind_gap(rest).filter(|_| start.eq_ignore_ascii_case(scheme))?;
        Some((*scheme, rest))
    })
}

/// What stands behind whatever may be a scheme; the whole where there is none.
pub(super) fn behind_any_scheme(value: &str) -> &str {
    let is_scheme = |word: &str| {
        !word.is_empty() && word.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    match value.split_once(' ') {
        Some((scheme, rest)) if is_scheme(scheme) => rest.trim_start(),
        _ => value,
    }
}

/// What follows the space behind a scheme, also where it is written as in a URL.
pub(super) fn behind_gap(behind: &str) -> Option<&str> {
    match behind.strip_prefix("%20") {
        Some(rest) => Some(rest),
        None => behind.starts_with(' ').then(|| behind.trim_start_matches(' ')),
    }
}

/// Whether a credential is written down at the beginning of `text`, and no reference to one.
pub(super) fn is_written(text: &str) -> bool {
    let text = clipped(text).trim_start_matches(is_quote);
    let text = match text.split_once('=') {
        // `token="…"`; what a `=` ends is padding.
        Some((name, value)) if is_parameter(name) => {
            let value = value.trim_start_matches(is_quote);
            let is_padding = value.is_empty() || value.starts_with([' ', '=']);
            if is_padding { text } else { value }
        }
        _ => text,
    };
    let value = word(text);
    value.contains(|c: char| c.is_alphanumeric()) && is_literal(value, false)
}

pub(super) fn is_parameter(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'))
}

pub(super) fn is_quote(c: char) -> bool {
    QUOTES.contains(&c) || c == '\\'
}

/// The first word of `text`.
pub(super) fn word(text: &str) -> &str {
    let text = clipped(text);
    let ends = |c: char| c.is_whitespace() || is_quote(c) || matches!(c, ',' | ';');
    text.split(ends).next().unwrap_or_default()
}

/// As much of the beginning of `text` as is looked at.
pub(super) fn clipped(text: &str) -> &str {
    text.char_indices().nth(LIMIT).and_then(|(end, _)| text.get(..end)).unwrap_or(text)
}

pub(super) fn has_digit(text: &str) -> bool {
    text.bytes().any(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_carries_a_credential_by_its_name() {
        for (name, value) in [
            ("Authorization", "Bearer hunter2"),
            ("authorization", "hunter2"),
            ("Authorization", "Custom hunter2"),
            ("X-Forwarded-Authorization", "Basic YTpi"),
            ("X-Api-Key", "correct-horse"),
            ("Ocp-Apim-Subscription-Key", "hunter2"),
            ("Cookie", "lang=en; sid=correct-horse"),
            ("X-Auth", "hunter2"),
        ] {
            assert!(is_credential_header(name, value), "{name}: {value}");
        }
        for (name, value) in [
            ("Authorization", "Bearer $(TOKEN)"),
            ("Authorization", "Bearer"),
            ("Authorization", ""),
            ("X-Api-Key", "{{ .Values.key }}"),
            ("X-Api-Key-Id", "hunter2"),
            ("Host", "api.example"),
            ("Cookie", "theme=dark; lang=en"),
        ] {
            assert!(!is_credential_header(name, value), "{name}: {value}");
        }
    }
}
