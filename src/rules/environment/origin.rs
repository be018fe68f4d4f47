//! Origins that a browser may send requests from, and what is wrong with them.

use super::placeholder::is_nobodys;

/// What is wrong with an origin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    Everybody,
    NoTls,
    Local,
    Nobody,
}

impl Fault {
    pub(super) const ALL: [Self; 4] = [Self::Everybody, Self::NoTls, Self::Local, Self::Nobody];

    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Everybody => "allows origins by a wildcard",
            Self::NoTls => "allows an origin without `https`",
            Self::Local => "allows an origin on the user's own machine",
            Self::Nobody => "allows an origin that is a placeholder",
        }
    }

    pub(super) fn advice(self) -> &'static str {
        match self {
            Self::Everybody => "name each origin in full",
            Self::NoTls => "write origins with `https://`",
            Self::Local => "take localhost out",
            Self::Nobody => "name the origins that are meant",
        }
    }
}

/// The origins of a list, however it is written: with commas, blanks, or as JSON.
pub(super) fn origins(value: &str) -> impl Iterator<Item = &str> {
    let is_between = |c: char| c.is_whitespace() || matches!(c, ',' | ';' | '|');
    let marks = ['"', '\'', '`'];
    // Brackets are those of a list in JSON; those of an address are within.
    let list = value.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(value);
    list.split(is_between).map(move |origin| origin.trim_matches(marks)).filter(|o| !o.is_empty())
}

pub(super) fn fault_of(origin: &str, name: &str) -> Option<Fault> {
    let is = |word: &str| origin.eq_ignore_ascii_case(word);
    if is("true") {
        // `CORS_ALLOW_ALL_ORIGINS=true`, and of others nobody knows what it means.
        let upper = name.to_ascii_uppercase();
        return upper
            .split('_')
            .any(|word| matches!(word, "ALL" | "ANY"))
            .then_some(Fault::Everybody);
    }
    let is_none = ["false", "none", "off", "no", "0", "self", "same-origin"];
    if is_none.iter().any(|word| is(word)) || origin.starts_with("$(") || origin.starts_with("${") {
        return None;
    }
    if origin.contains('*') || is("null") || is("all") || is("any") {
        return Some(Fault::Everybody);
    }
    // A regular expression, of which no more is known.
    if origin.starts_with('^') || origin.contains('\\') {
        return (origin.contains(".+")).then_some(Fault::Everybody);
    }
    let (scheme, rest) = match origin.split_once("://") {
        Some((scheme, rest)) => (scheme, rest),
        None => ("", origin),
    };
    let is_one_of = |known: [&str; 2]| known.iter().any(|known| scheme.eq_ignore_ascii_case(known));
    let is_safe = is_one_of(["https", "wss"]);
    if !is_safe && !is_one_of(["http", "ws"]) && !scheme.is_empty() {
        // Apps and extensions have schemes of their own.
        return None;
    }
    match host_of(rest) {
        host if is_local(host) => Some(Fault::Local),
        host if is_nobodys(host) => Some(Fault::Nobody),
        _ => (!is_safe).then_some(Fault::NoTls),
    }
}

/// The host at the beginning of a text, without its port.
fn host_of(text: &str) -> &str {
    if let Some((address, _)) = text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        return address;
    }
    text.split([':', '/']).next().unwrap_or_default()
}

fn is_local(host: &str) -> bool {
    let top = host.rsplit('.').next().unwrap_or_default();
    top.eq_ignore_ascii_case("localhost")
        || matches!(host, "::1" | "0.0.0.0" | "host.docker.internal")
        || host.starts_with("127.")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(value: &str) -> Vec<Fault> {
        origins(value).filter_map(|origin| fault_of(origin, "CORS_ORIGINS")).collect()
    }

    #[test]
    fn each_origin_of_a_list_is_judged_however_it_is_written() {
        use Fault::{Everybody, Local, NoTls, Nobody};
        let table: [(&str, &[Fault]); 20] = [
            ("*", &[Everybody]),
            ("https://*.shop.test", &[Everybody]),
            ("null", &[Everybody]),
            ("https://shop.test", &[]),
            ("https://shop.test,http://shop.test", &[NoTls]),
            ("shop.test", &[NoTls]),
            ("wss://shop.test ws://shop.test", &[NoTls]),
            (r#"["https://shop.test", "http://localhost:3000"]"#, &[Local]),
            ("http://[::1]:3000", &[Local]),
            ("https://app.localhost", &[Local]),
            ("http://127.0.0.1:8080;https://shop.test", &[Local]),
            ("https://yourdomain.com|https://app.example.com", &[Nobody, Nobody]),
            ("capacitor://localhost", &[]),
            ("chrome-extension://abcdef", &[]),
            (r"^https://.+\.shop\.test$", &[Everybody]),
            (r"^https://(a|b)\.shop\.test$", &[]),
            ("false", &[]),
            ("true", &[]),
            ("$(ORIGINS)", &[]),
            ("", &[]),
        ];
        for (value, wanted) in table {
            assert_eq!(faults(value), wanted, "{value}");
        }
        assert_eq!(fault_of("True", "CORS_ALLOW_ALL_ORIGINS"), Some(Everybody));
    }
}
