//! What looks like a credential: by the name it is given, and by its own form.

use std::sync::LazyLock;

use regex::bytes::Regex;

/// Words that make the name of a variable or flag the name of a credential.
const WORDS: [&str; 12] = [
    "PASSWORD",
    "PASSWD",
    "PASSPHRASE",
    "SECRET",
    "SECRETS",
    "TOKEN",
    "CREDENTIAL",
    "CREDENTIALS",
    "APIKEY",
    "PRIVATEKEY",
    "ACCESSKEY",
    "SECRETKEY",
];

/// Words that do so in front of `KEY` or `KEYS`.
const BEFORE_KEY: [&str; 12] = [
    "API",
    "ACCESS",
    "PRIVATE",
    "ENCRYPTION",
    "SIGNING",
    "SECRET",
    "MASTER",
    "AUTH",
    "JWT",
    "ACCOUNT",
    "ADMIN",
    "SESSION",
];

/// Last words that make it the name of something about a credential, not of the credential.
const ABOUT: [&str; 67] = [
    "AGE",
    "ALG",
    "ALGORITHM",
    "ARN",
    "AUDIENCE",
    "BACKEND",
    "BYTES",
    "CLASS",
    "COLUMN",
    "COUNT",
    "DAYS",
    "DIR",
    "DISABLED",
    "DURATION",
    "EMAIL",
    "ENABLED",
    "ENDPOINT",
    "ENGINE",
    "EXPIRATION",
    "EXPIRES",
    "EXPIRY",
    "FIELD",
    "FILE",
    "FORMAT",
    "FROM",
    "HASHER",
    "HEADER",
    "HOST",
    "HOURS",
    "ID",
    "IDS",
    "INTERVAL",
    "ISSUER",
    "LENGTH",
    "LIMIT",
    "MANAGER",
    "MAX",
    "METHOD",
    "MIN",
    "MINUTES",
    "MODE",
    "MOUNT",
    "NAME",
    "NAMES",
    "NAMESPACE",
    "PATH",
    "POLICY",
    "PORT",
    "PREFIX",
    "PROVIDER",
    "REF",
    "REGION",
    "REQUIRED",
    "ROTATION",
    "SCOPE",
    "SCOPES",
    "SECONDS",
    "SIZE",
    "STORE",
    "STRATEGY",
    "SUFFIX",
    "TIMEOUT",
    "TTL",
    "TYPE",
    "URI",
    "URL",
    "VERSION",
];

/// Beginnings of values that say where a secret is and are none themselves.
const REFERENCES: [&str; 16] = [
    "$(",
    "${",
    "{{",
    "<",
    "/",
    "./",
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

/// Whether `name` is the name of a credential, as in `DB_PASSWORD`, `--api-key` or `jwtSecret`.
pub(super) fn is_credential_name(name: &str) -> bool {
    may_name_credential(name) && names_credential(name)
}

/// Whether the beginning of any telling word is in `name`: most names are done with here.
fn may_name_credential(name: &str) -> bool {
    name.as_bytes().windows(3).any(|window| {
        let [a, b, c] = window else { return false };
        matches!(
            [a | 0x20, b | 0x20, c | 0x20],
            [b'p', b'a', b's']
                | [b's', b'e', b'c']
                | [b't', b'o', b'k']
                | [b'c', b'r', b'e']
                | [b'k', b'e', b'y']
                | [b'p', b'w', b'd']
        )
    })
}

fn names_credential(name: &str) -> bool {
    let is_one_of = |word: &str, list: &[&str]| list.iter().any(|w| w.eq_ignore_ascii_case(word));
    let (mut count, mut before, mut found) = (0, "", false);
    for word in words(name) {
        let is_key = is_one_of(word, &["KEY", "KEYS"]);
        found |= is_one_of(word, &WORDS) || is_key && is_one_of(before, &BEFORE_KEY);
        before = word;
        count += 1;
    }
    let last = before;
    let ends_in_pass = count > 1 && is_one_of(last, &["PASS", "PWD"]);
    (found || ends_in_pass) && !is_one_of(last, &ABOUT)
}

/// The words of a name: parted by anything but letters and digits, and where a small letter is
/// followed by a capital.
fn words(name: &str) -> impl Iterator<Item = &str> {
    let mut rest = name;
    std::iter::from_fn(move || {
        rest = rest.trim_start_matches(|c: char| !c.is_ascii_alphanumeric());
        let bytes = rest.as_bytes();
        let ends = |pair: &[u8]| {
            let [a, b] = pair else { return true };
            !b.is_ascii_alphanumeric() || a.is_ascii_lowercase() && b.is_ascii_uppercase()
        };
        let length = bytes.windows(2).position(ends).map_or(bytes.len(), |at| at + 1);
        let (word, after) = rest.split_at_checked(length)?;
        rest = after;
        (!word.is_empty()).then_some(word)
    })
}

/// Whether `value` could be a secret itself, and not a switch, a count, a path or a reference.
pub(super) fn is_literal(value: &str) -> bool {
    let value = value.trim().trim_matches(['"', '\'']);
    let is_switch =
        ["true", "false", "yes", "no", "on", "off", "none", "null", "enabled", "disabled"]
            .iter()
            .any(|word| value.eq_ignore_ascii_case(word));
    let is_small_number = value.len() <= 5 && value.bytes().all(|b| b.is_ascii_digit());
    let is_reference = REFERENCES.iter().any(|start| value.starts_with(start));
    !(value.is_empty() || is_switch || is_small_number || is_reference)
}

/// The forms that issuers give their credentials, and URLs with a password in them.
static FORMS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let forms = [
        r"-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----",
        r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b",
        r"\bgh[pousr]_[A-Za-z0-9]{36}",
        r"\bgithub_pat_[A-Za-z0-9_]{22}",
        r"\bglpat-[A-Za-z0-9_-]{20}",
        r"\bsk-[A-Za-z0-9_-]{20}",
        r"\b[rs]k_(?:live|test)_[A-Za-z0-9]{16}",
        r"\bxox[abeoprs]-[A-Za-z0-9-]{10}",
        r"\bAIza[0-9A-Za-z_-]{35}",
        r"\bya29\.[0-9A-Za-z_-]{20}",
        r"\bnpm_[A-Za-z0-9]{36}",
        r"\bdckr_pat_[A-Za-z0-9_-]{20}",
        r"\bhv[sb]\.[A-Za-z0-9_-]{20}",
        r"\bSG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{40}",
        r"\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8}",
        r"://[^/\s:@]{0,256}:[^@/\s$<{][^@/\s]{0,1024}@",
    ];
    Regex::new(&format!("(?-u){}", forms.join("|"))).ok()
});

/// Whether `value` has the form of a known kind of credential, or is a URL with a password.
pub(super) fn has_credential_form(value: &str) -> bool {
    // The shortest form but for a URL is that of a Slack token.
    (value.len() >= 15 || value.as_bytes().windows(3).any(|w| w == b"://"))
        && FORMS.as_ref().is_some_and(|forms| forms.is_match(value.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_credentials_are_told_from_names_about_them() {
        for name in [
            "PASSWORD",
            "DB_PASSWORD",
            "OPENAI_API_KEY",
            "INTERNAL_JWT_SECRET",
            "ENCRYPTION_KEYS",
            "db_pass",
            "--admin-api-key",
            "clientSecret",
            "GITHUB_TOKEN",
            "AWS_SECRET_ACCESS_KEY",
            "REDIS_PWD",
        ] {
            assert!(is_credential_name(name), "{name}");
        }
        for name in [
            "PWD",
            "PASSWORD_FILE",
            "TOKEN_URL",
            "SECRET_NAME",
            "PRIMARY_ENCRYPTION_KEY_ID",
            "MAX_TOKENS",
            "TOKEN_TTL",
            "KEYCLOAK_ISSUER",
            "COMPASS",
            "BYPASS",
            "PUBLIC_KEY",
            "SORT_KEY",
            "AWS_ACCESS_KEY_ID",
            "API_KEY_HEADER",
            "MONKEY",
            "",
            "PASSPORT_URL",
            "TOKENIZERS_PARALLELISM",
            "SECRETS_MANAGER",
        ] {
            assert!(!is_credential_name(name), "{name}");
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
        ] {
            assert!(!is_literal(value), "{value}");
        }
        for value in ["hunter2", "changeme", "123456789", "p@ss", "$ecret!"] {
            assert!(is_literal(value), "{value}");
        }
    }

    #[test]
    fn credentials_are_known_by_their_form() {
        assert!(FORMS.is_some(), "the pattern compiles");
        // Put together here so that no scanner takes this file for a leak.
        for parts in [
            ["AKIA", "IOSFODNN7EXAMPLE"],
            ["ghp_", "0123456789abcdefghijABCDEFGHIJ012345"],
            ["sk-", "proj-0123456789abcdefghij"],
            ["postgres://app:", "hunter2@db.example/app"],
            ["-----BEGIN RSA ", "PRIVATE KEY-----"],
        ] {
            assert!(has_credential_form(&parts.concat()), "{parts:?}");
        }
        for value in [
            "postgres://db.example/app",
            "postgres://app:$(PASSWORD)@db.example/app",
            "https://a.example:8443/x@y",
            "postgres://app:${PASSWORD}@db/app",
            "risk-assessment-service-name-is-long",
            "sha256:0123456789abcdef",
        ] {
            assert!(!has_credential_form(value), "{value}");
        }
    }
}
