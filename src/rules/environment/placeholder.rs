//! Text that stands where a value was to be.

use crate::text::{Characters, Letters};

/// Domains that are nobody's (RFC 2606), and those that people write for their own in an example.
const DOMAINS: [&str; 12] = [
    "example.com",
    "example.net",
    "example.org",
    "yourdomain.com",
    "your-domain.com",
    "yourcompany.com",
    "your-company.com",
    "yoursite.com",
    "mydomain.com",
    "my-domain.com",
    "domain.tld",
    "example.tld",
];

/// Domains of the top that are nobody's.
const TOPS: [&str; 2] = ["example", "invalid"];

/// Words that wait for another, in whatever case, with `-`, `_` or nothing between their parts.
const WAITING: [&str; 10] = [
    "changeme",
    "changethis",
    "replaceme",
    "replacethis",
    "replacewith",
    "fixme",
    "fillmein",
    "insertyour",
    "yourdomain",
    "yourcompany",
];

/// Words of which a whole value is made.
const WHOLE: [&str; 5] = ["placeholder", "todo", "tbd", "dummy", "undefined"];

/// What is in every placeholder, one or the other.
const SIGNS: [Letters; 12] = [
    Letters::of("change"),
    Letters::of("replace"),
    Letters::of("fixme"),
    Letters::of("fill"),
    Letters::of("insert"),
    Letters::of("your"),
    Letters::of("todo"),
    Letters::of("tbd"),
    Letters::of("x"),
    Letters::of("placeholder"),
    Letters::of("dummy"),
    Letters::of("undefined"),
];

/// Whether a text with these characters may be a placeholder: most need not be gone through.
pub(super) fn may_be_placeholder(characters: Characters) -> bool {
    characters.letters.may_hold_any(&SIGNS)
        || characters.may_hold_sign(b'.')
        || characters.may_hold_sign(b'<')
}

/// How often a text is gone over.
pub(in crate::rules) const TIMES: usize = 8;

/// Whether a value is, or holds, what was to be replaced by another.
pub(in crate::rules) fn is_placeholder(value: &str) -> bool {
    let value = value.trim();
    let is_whole = WHOLE.iter().any(|word| value.eq_ignore_ascii_case(word));
    let is_crossed_out = value.len() >= 3 && value.bytes().all(|b| matches!(b, b'x' | b'X'));
    is_whole || is_crossed_out || is_bracketed(value) || waits(value) || names_nobody(value)
}

/// `<your-api-key>`: one pair of brackets around words, and nothing else.
fn is_bracketed(value: &str) -> bool {
    let inner = value.strip_prefix('<').and_then(|rest| rest.strip_suffix('>'));
    let is_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, ' ' | '-' | '_' | '.' | ':');
    inner.is_some_and(|inner| {
        inner.starts_with(|c: char| c.is_ascii_alphabetic()) && inner.chars().all(is_word)
    })
}

/// Whether a word of it waits for another: `changeme`, `REPLACE_WITH_HOST`, `your-domain`, `TODO`.
fn waits(value: &str) -> bool {
    let is_outer = |b: &u8| !b.is_ascii_alphanumeric() && !matches!(b, b'-' | b'_');
    // Longer ones are credentials, and their like.
    let words = value.as_bytes().split(is_outer).filter(|word| word.len() <= 100);
    words.into_iter().any(|word| {
        // Most words begin as none of those do, and need not be gone through.
        let first = word.iter().find(|b| b.is_ascii_alphanumeric()).map_or(b' ', |b| b | 0x20);
        matches!(first, b'c' | b'r' | b'f' | b'i' | b'y' | b't' | b'x') && is_waiting(word)
    })
}

/// The same of one word, in which there are letters, digits, `-` and `_` alone.
fn is_waiting(word: &[u8]) -> bool {
    let is_of_yours = word.get(..5).is_some_and(|start| {
        start.eq_ignore_ascii_case(b"your-") || start.eq_ignore_ascii_case(b"your_")
    });
    let bare = || word.iter().filter(|b| b.is_ascii_alphanumeric()).map(u8::to_ascii_lowercase);
    let begins_so = |waiting: &str| {
        let mut bare = bare();
        waiting.bytes().all(|wanted| bare.next() == Some(wanted))
    };
    is_of_yours
        || matches!(word, b"TODO" | b"FIXME" | b"TBD" | b"XXX")
        || WAITING.iter().any(|waiting| begins_so(waiting))
}

/// Whether a host in it is nobody's.
fn names_nobody(value: &str) -> bool {
    let is_inner = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.');
    let hosts = value.split(|c: char| !is_inner(c)).map(|host| host.trim_matches('.'));
    // All of them have a dot in them.
    value.contains('.') && hosts.filter(|host| host.contains('.')).any(is_nobodys)
}

/// Whether a host is nobody's.
pub(super) fn is_nobodys(host: &str) -> bool {
    let ends_in = |domain: &&str| {
        let start = host.len().checked_sub(domain.len());
        let parts = start.and_then(|at| host.split_at_checked(at));
        let Some((before, end)) = parts else { return false };
        end.eq_ignore_ascii_case(domain) && (before.is_empty() || before.ends_with('.'))
    };
    let top = host.rsplit_once('.').map_or("", |(_, top)| top);
    let is_one_of = |tops: &[&str]| tops.iter().any(|known| top.eq_ignore_ascii_case(known));
    // Most hosts inside a cluster are below none of these.
    is_one_of(&["com", "net", "org", "tld"]) && DOMAINS.iter().any(ends_in) || is_one_of(&TOPS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_waits_to_be_replaced_is_told_from_what_is_meant() {
        for value in [
            "changeme",
            "CHANGE_ME",
            "change-me-please",
            "REPLACE_WITH_YOUR_KEY",
            "your-api-key",
            "sk-live/YOUR_KEY_HERE",
            "<your-api-key>",
            "<DB_HOST>",
            "TODO",
            "todo",
            "TODO: ask ops",
            "xxx",
            "XXXXXXXX",
            "https://yourdomain.com,https://shop.test",
            "https://app.yourdomain.io",
            "https://api.example.com:8443/v1?x=y",
            "ops@example.org",
            "postgres://db.internal.example/shop",
            "placeholder",
        ] {
            assert!(is_placeholder(value), "{value}");
            assert!(may_be_placeholder(Characters::of(value)), "{value}");
        }
        for value in [
            "",
            "shop.internal",
            "https://api.shop.test",
            "https://example.com.au",
            "https://ourexample.com",
            "/var/lib/todo",
            "todo_items",
            "xx",
            "Welcome to your shop",
            "<html><body></body></html>",
            "Shop <ops@shop.test>",
            "exchange-merchant",
            "exchangeMediator",
            "example",
            "examples/a.yaml",
            "true",
        ] {
            assert!(!is_placeholder(value), "{value}");
        }
        for domain in DOMAINS {
            assert!(is_nobodys(domain), "{domain} is below what is looked at");
        }
        for waiting in WAITING {
            assert!(waits(waiting), "{waiting} begins with a letter that is looked for");
        }
    }
}
