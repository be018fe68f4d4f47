//! What could be a secret itself, and what only says where one is.

use memchr::memmem;

/// Beginnings of values that say where a secret is and are none themselves.
const REFERENCES: [&str; 13] = [
    "$(",
    "${",
    "{{",
    "file:",
    "vault:",
    "ref+",
    "secretref:",
    "arn:aws:secretsmanager:",
    "arn:aws:ssm:",
    "projects/",
    "op://",
    "awssm:",
    "gcpsm:",
];

/// Beginnings of paths, and of what stands for a value.
const PATHS: [&str; 5] = ["<", "/", "./", "@/", "@./"];

/// Whether `value` says where a secret is, for a controller or a tool that puts it there.
pub(super) fn is_reference(value: &str) -> bool {
    REFERENCES.iter().any(|start| value.starts_with(start))
}

/// Whether `value` could be a secret itself, and not a switch, a count, a time, a path, an address
/// or a reference. `has_form` says whether it is known to have a credential's own form.
///
/// Takes no more steps than the value has bytes.
pub(super) fn is_literal(value: &str, has_form: bool) -> bool {
    let value = value.trim().trim_matches(QUOTES);
    may_be_literal(value)
        && !is_duration(value)
        && (has_form || memmem::find(value.as_bytes(), b"://").is_none())
}

/// Marks around a value that are no part of it.
pub(super) const QUOTES: [char; 2] = ['"', '\''];

/// The part of [`is_literal`] that takes no more steps than the value has bytes in front of its
/// first `=`.
pub(super) fn may_be_literal(value: &str) -> bool {
    let is_small_number = value.len() <= 4 && value.bytes().all(|b| b.is_ascii_digit());
    let is_path = PATHS.iter().any(|start| value.starts_with(start));
    !(value.is_empty()
        || SWITCHES.iter().any(|word| value.eq_ignore_ascii_case(word))
        || is_small_number
        || is_variable(value)
        || is_path
        || is_reference(value))
}

/// Values that switch something.
const SWITCHES: [&str; 13] = [
    "true", "false", "yes", "no", "on", "off", "none", "null", "enabled", "disabled", "optional",
    "required", "fetch",
];

/// `15m`, `24h`, `1500ms`.
fn is_duration(value: &str) -> bool {
    let number = value.trim_end_matches(|c: char| c.is_ascii_lowercase());
    let unit = value.get(number.len()..).unwrap_or_default();
    matches!(unit, "ms" | "s" | "m" | "h" | "d")
        && !number.is_empty()
        && number.bytes().all(|b| b.is_ascii_digit())
}

/// `$name`, `"$1"`, `` `command` `` and `%s`, as a shell and its `printf` have them, and nothing
/// beside. Between single quotes a shell fills in nothing.
///
/// Takes no more steps than there are bytes in front of the first `=`.
pub(super) fn is_filled_in_by_a_shell(written: &str) -> bool {
    /// Quotes, brackets and the like behind it.
    const BEHIND: usize = 8;
    let value = written.strip_prefix('"').unwrap_or(written);
    if let Some(name) = value.strip_prefix('$') {
        let length = name.bytes().take_while(|b| b.is_ascii_alphanumeric() || *b == b'_').count();
        let behind = name.get(length..).unwrap_or_default();
        let closes = |b: u8| matches!(b, b'"' | b'\'' | b')' | b'}' | b';' | b'\\');
        return length > 0 && behind.len() <= BEHIND && behind.bytes().all(closes);
    }
    let is_place = value
        .strip_prefix("%s")
        .is_some_and(|behind| behind.is_empty() || behind.starts_with(['"', '\'', '\\']));
    is_place || value.starts_with('`')
}

/// `$NAME`, as a shell has it.
fn is_variable(value: &str) -> bool {
    value.strip_prefix('$').is_some_and(|name| {
        let is_capital = |b: u8| b.is_ascii_uppercase() || b == b'_';
        name.bytes().next().is_some_and(is_capital)
            && name.bytes().all(|b| is_capital(b) || b.is_ascii_digit())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_a_shell_fills_in_by_itself_is_filled_in() {
        for written in ["$password", "\"$password\"", "$1", "\"$TOKEN\")", "`cat x`", "%s\\n", "%s"]
        {
            assert!(is_filled_in_by_a_shell(written), "{written}");
        }
        for written in ["'$ecret'", "$a-hunter2", "$x\"hunter2\"", "%s3cret", "hunter2", "$", ""] {
            assert!(!is_filled_in_by_a_shell(written), "{written}");
        }
    }

    #[test]
    fn switches_counts_paths_and_references_are_no_secrets() {
        for value in [
            "",
            "true",
            "OFF",
            "4096",
            "/run/secrets/x",
            "$(DB_PASSWORD)",
            "vault:secret/db",
            "${X}",
            "<your key>",
            "$TOKEN",
            "15m",
            "https://auth.example/token",
        ] {
            assert!(!is_literal(value, false), "{value}");
        }
        for value in ["hunter2", "changeme", "123456789", "p@ss", "$ecret!"] {
            assert!(is_literal(value, false), "{value}");
        }
    }
}
