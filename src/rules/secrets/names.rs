//! What looks like a credential by the name it is given.

use crate::text::holds_any;

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

/// Whether `name` is the name of a credential, as in `DB_PASSWORD`, `--api-key` or `jwtSecret`.
pub(super) fn is_credential_name(name: &str) -> bool {
    may_name_credential(name) && names_credential(name)
}

/// Whether `name` is that of a password and of nothing about one, as in `spring.datasource.password`.
pub(super) fn is_password_name(name: &str) -> bool {
    holds_any(name, [*b"pas"])
        && words(name)
            .last()
            .is_some_and(|last| ends_in_password(last) || last.eq_ignore_ascii_case("PASSPHRASE"))
}

/// Whether the beginning of any telling word is in `name`: most names are done with here.
pub(super) fn may_name_credential(name: &str) -> bool {
    holds_any(name, [*b"pas", *b"sec", *b"tok", *b"cre", *b"key", *b"pwd", *b"\x7fpw"])
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
pub(super) fn words(name: &str) -> impl Iterator<Item = &str> {
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
}
