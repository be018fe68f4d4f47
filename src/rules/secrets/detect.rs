//! What looks like a credential: by the name it is given, and by its own form.

use std::sync::LazyLock;

use regex::bytes::Regex;

/// Words that make the name of a variable or flag the name of a credential.
const WORDS: [&str; 14] = [
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
    "CREDS",
    "PW",
];

/// Words that do so in front of `KEY` or `KEYS`.
const BEFORE_KEY: [&str; 16] = [
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
    "OPENAI",
    "HMAC",
    "FERNET",
    "COOKIE",
];

/// Last words that make it the name of something about a credential, not of the credential.
const ABOUT: [&str; 80] = [
    "ADDR",
    "AGE",
    "ALG",
    "ALGORITHM",
    "ARN",
    "AUDIENCE",
    "BACKEND",
    "BYTES",
    "CACHE",
    "CAPACITY",
    "CHARSET",
    "CLASS",
    "COLUMN",
    "COUNT",
    "CRON",
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
    "LABELS",
    "LENGTH",
    "LIFESPAN",
    "LIFETIME",
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
    "REGEX",
    "REGION",
    "REQUIRED",
    "ROTATION",
    "SCOPE",
    "SCOPES",
    "SECONDS",
    "SERVER",
    "SERVICE",
    "SIZE",
    "SOURCE",
    "STORE",
    "STRATEGY",
    "SUFFIX",
    "TABLE",
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
            &[a | 0x20, b | 0x20, c | 0x20],
            b"pas" | b"sec" | b"tok" | b"cre" | b"key" | b"pwd" | b"_pw" | b"\x7fpw"
        )
    })
}

fn names_credential(name: &str) -> bool {
    let is_one_of = |word: &str, list: &[&str]| list.iter().any(|w| w.eq_ignore_ascii_case(word));
    let (mut count, mut before, mut found) = (0, "", false);
    for word in words(name) {
        let word = word.trim_end_matches(|c: char| c.is_ascii_digit());
        let is_key = is_one_of(word, &["KEY", "KEYS"]);
        found |= is_one_of(word, &WORDS)
            || ends_in_password(word)
            || is_key && is_one_of(before, &BEFORE_KEY);
        before = word;
        count += 1;
    }
    let last = before;
    let ends_in_pass = count > 1 && is_one_of(last, &["PASS", "PWD"]);
    (found || ends_in_pass) && !is_one_of(last, &ABOUT)
}

/// Whether a word ends in one for a password, as in `PGPASSWORD`.
fn ends_in_password(word: &str) -> bool {
    ["PASSWORD", "PASSWD"].iter().any(|end| {
        let start = word.len().checked_sub(end.len());
        start.and_then(|at| word.get(at..)).is_some_and(|tail| tail.eq_ignore_ascii_case(end))
    })
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

/// Whether `value` could be a secret itself, and not a switch, a count, a time, a path, an address
/// or a reference.
pub(super) fn is_literal(value: &str) -> bool {
    let value = value.trim().trim_matches(['"', '\'']);
    let is_small_number = value.len() <= 4 && value.bytes().all(|b| b.is_ascii_digit());
    let is_reference = REFERENCES.iter().any(|start| value.starts_with(start));
    !(value.is_empty()
        || SWITCHES.iter().any(|word| value.eq_ignore_ascii_case(word))
        || is_small_number
        || is_duration(value)
        || is_variable(value)
        || is_reference
        || value.contains("://") && !has_credential_form(value))
}

/// Values that switch something.
const SWITCHES: [&str; 12] = [
    "true", "false", "yes", "no", "on", "off", "none", "null", "enabled", "disabled", "optional",
    "required",
];

/// `15m`, `24h`, `1500ms`.
fn is_duration(value: &str) -> bool {
    let number = value.trim_end_matches(|c: char| c.is_ascii_lowercase());
    let unit = value.get(number.len()..).unwrap_or_default();
    matches!(unit, "ms" | "s" | "m" | "h" | "d")
        && !number.is_empty()
        && number.bytes().all(|b| b.is_ascii_digit())
}

/// `$NAME`, as a shell has it.
fn is_variable(value: &str) -> bool {
    value.strip_prefix('$').is_some_and(|name| {
        let is_capital = |b: u8| b.is_ascii_uppercase() || b == b'_';
        name.bytes().next().is_some_and(is_capital)
            && name.bytes().all(|b| is_capital(b) || b.is_ascii_digit())
    })
}

/// Whether `name` names an object of Kubernetes that holds a credential, as `TLS_SECRET` does.
pub(super) fn names_an_object(name: &str, value: &str) -> bool {
    let mut before = "";
    let mut last = "";
    for word in words(name) {
        (before, last) = (last, word);
    }
    let holders = ["PULL", "TLS", "CERT", "WEBHOOK"];
    let is_object = last.eq_ignore_ascii_case("SECRET")
        && holders.iter().any(|holder| holder.eq_ignore_ascii_case(before));
    let is_name =
        |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'.' | b'/');
    is_object && value.bytes().all(is_name)
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
        r"\b(?:Bearer|Basic) [A-Za-z0-9+/_.=-]{16}",
        r"hooks\.slack\.com/services/T[A-Za-z0-9]",
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
            "PGPASSWORD",
            "dbpassword",
            "PASSWORD1",
            "MYSQL_ROOT_PW",
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
            "ACCESS_TOKEN_LIFETIME",
            "API_KEYS_TABLE",
            "TOKEN_SERVICE",
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
            "$TOKEN",
            "15m",
            "https://auth.example/token",
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
