//! The forms that issuers give their credentials, and URLs with a password in them.
//!
//! Looked for in one pass over the text, whatever is in it: each beginning that is met is followed
//! for a bounded number of bytes, or to the end of a run that no other beginning is followed over.

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind, BuildError};
use memchr::memmem;

use super::header_text::holds_header;

/// A set of bytes.
type Class = fn(u8) -> bool;

fn is_alphanumeric(b: u8) -> bool {
    b.is_ascii_alphanumeric()
}

fn is_word(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b == b'_'
}

fn is_url_safe(b: u8) -> bool {
    is_word(b) || b == b'-'
}

fn is_dashed(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b == b'-'
}

fn is_capital(b: u8) -> bool {
    b.is_ascii_uppercase() || b.is_ascii_digit()
}

/// How a kind of credential begins, and how many bytes of a class follow at least.
const FORMS: [(&str, usize, Class); 28] = [
    ("AKIA", 16, is_capital),
    ("ASIA", 16, is_capital),
    ("ghp_", 36, is_alphanumeric),
    ("gho_", 36, is_alphanumeric),
    ("ghu_", 36, is_alphanumeric),
    ("ghs_", 36, is_alphanumeric),
    ("ghr_", 36, is_alphanumeric),
    ("github_pat_", 22, is_word),
    ("glpat-", 20, is_url_safe),
    ("sk-", 20, is_url_safe),
    ("rk_live_", 16, is_alphanumeric),
    ("rk_test_", 16, is_alphanumeric),
    ("sk_live_", 16, is_alphanumeric),
    ("sk_test_", 16, is_alphanumeric),
    ("xoxa-", 10, is_dashed),
    ("xoxb-", 10, is_dashed),
    ("xoxe-", 10, is_dashed),
    ("xoxo-", 10, is_dashed),
    ("xoxp-", 10, is_dashed),
    ("xoxr-", 10, is_dashed),
    ("xoxs-", 10, is_dashed),
    ("AIza", 35, is_url_safe),
    ("ya29.", 20, is_url_safe),
    ("npm_", 36, is_alphanumeric),
    ("dckr_pat_", 20, is_url_safe),
    ("hvs.", 20, is_url_safe),
    ("hvb.", 20, is_url_safe),
    ("SG.", 22, is_url_safe),
];

/// Beginnings that need no boundary in front, or are followed in their own way.
/// The shortest form but for a URL, which is that of a Slack token.
pub(super) const SHORTEST: usize = 15;

const OTHERS: [&str; 4] = ["-----BEGIN ", "hooks.slack.com/services/T", ".eyJ", "://"];

static BEGINNINGS: LazyLock<Result<AhoCorasick, BuildError>> = LazyLock::new(|| {
    let all = FORMS.iter().map(|(beginning, ..)| *beginning).chain(OTHERS);
    // What is looked for is little, and what is looked through is much.
    AhoCorasick::builder().kind(Some(AhoCorasickKind::DFA)).build(all)
});

/// Whether `text` has the form of a known kind of credential, is a URL with a password, or holds
/// what HTTP carries one in.
pub(super) fn has_credential_form(text: &str) -> bool {
    is_issued(text) || holds_header(text)
}

fn is_issued(text: &str) -> bool {
    let is_url = || text.contains(':') && memmem::find(text.as_bytes(), b"://").is_some();
    if text.len() < SHORTEST && !is_url() {
        return false;
    }
    // A search that cannot be made finds everything: what cannot be looked at is not let through.
    let Ok(beginnings) = BEGINNINGS.as_ref() else { return true };
    beginnings.find_overlapping_iter(text).any(|found| {
        let at = Candidate { text: text.as_bytes(), start: found.start(), end: found.end() };
        match FORMS.get(found.pattern().as_usize()) {
            Some(&(beginning, least, class)) => at.is_issued(beginning, least, class),
            None => at.is_other(found.pattern().as_usize() - FORMS.len()),
        }
    })
}

/// A beginning, and the text that it stands in.
struct Candidate<'t> {
    text: &'t [u8],
    start: usize,
    end: usize,
}

impl Candidate<'_> {
    fn is_issued(&self, beginning: &str, least: usize, class: Class) -> bool {
        if !is_boundary(self.text, self.start) || run(self.text, self.end, class, least) < least {
            return false;
        }
        let behind = self.end + least;
        match beginning {
            "AKIA" | "ASIA" => is_boundary(self.text, behind),
            "SG." => {
                self.text.get(behind) == Some(&b'.') && run(self.text, behind + 1, class, 40) == 40
            }
            _ => true,
        }
    }

    fn is_other(&self, which: usize) -> bool {
        match OTHERS.get(which).copied() {
            Some("-----BEGIN ") => self.is_private_key(),
            Some(".eyJ") => self.is_web_token(),
            Some("://") => self.has_password(),
            _ => self.text.get(self.end).is_some_and(u8::is_ascii_alphanumeric),
        }
    }

    /// `-----BEGIN RSA PRIVATE KEY-----`
    fn is_private_key(&self) -> bool {
        const KEY: &[u8] = b"PRIVATE KEY";
        let is_title = |b: u8| b.is_ascii_uppercase() || b == b' ';
        let length = run(self.text, self.end, is_title, 40 + KEY.len());
        let (title, rest) = self
            .text
            .get(self.end..)
            .unwrap_or_default()
            .split_at_checked(length)
            .unwrap_or_default();
        title.ends_with(KEY) && rest.starts_with(b"-----")
    }

    /// A web token around the dot in front of its second part: the parts on both sides are runs
    /// that end at dots, so no byte belongs to more than two of them.
    fn is_web_token(&self) -> bool {
        let before = self.text.get(..self.start).unwrap_or_default();
        let length = before.iter().rev().take_while(|&&b| is_url_safe(b)).count();
        let head_start = self.start - length;
        let head = self.text.get(head_start..self.start).unwrap_or_default();
        let mut heads = memmem::find_iter(head, b"eyJ");
        let has_head = heads.any(|at| {
            is_boundary(self.text, head_start + at) && head.len() >= at + "eyJ".len() + 8
        });
        if !has_head {
            return false;
        }
        let body = run(self.text, self.end, is_url_safe, usize::MAX);
        let behind = self.end + body;
        body >= 8
            && self.text.get(behind) == Some(&b'.')
            && run(self.text, behind + 1, is_url_safe, 8) == 8
    }

    /// `://user:password@`, where the password is no reference.
    fn has_password(&self) -> bool {
        let user =
            run(self.text, self.end, |b| !is_space(b) && !matches!(b, b'/' | b':' | b'@'), 257);
        let colon = self.end + user;
        if user > 256 || self.text.get(colon) != Some(&b':') {
            return false;
        }
        let is_password = |b: u8| !is_space(b) && !matches!(b, b'@' | b'/');
        let length = run(self.text, colon + 1, is_password, 1_026);
        let is_reference = matches!(self.text.get(colon + 1), Some(b'$' | b'<' | b'{'));
        (1..=1_025).contains(&length)
            && !is_reference
            && self.text.get(colon + 1 + length) == Some(&b'@')
    }
}

fn is_space(b: u8) -> bool {
    b.is_ascii_whitespace() || b == 0x0b
}

/// Whether a word ends or begins at `at`.
fn is_boundary(text: &[u8], at: usize) -> bool {
    let word_at = |at: Option<usize>| at.and_then(|at| text.get(at)).is_some_and(|&b| is_word(b));
    word_at(at.checked_sub(1)) != word_at(Some(at))
}

/// How many bytes of a class stand from `at` on, counted up to `most`.
fn run(text: &[u8], at: usize, class: impl Fn(u8) -> bool, most: usize) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    rest.iter().take(most).take_while(|&&b| class(b)).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_known_by_their_form() {
        assert!(BEGINNINGS.is_ok(), "the search can be made");
        // Put together here so that no scanner takes this file for a leak.
        for parts in [
            ["AKIA", "IOSFODNN7EXAMPLE"],
            ["ghp_", "0123456789abcdefghijABCDEFGHIJ012345"],
            ["sk-", "proj-0123456789abcdefghij"],
            ["SG.", "0123456789abcdefghijkl.0123456789abcdefghij0123456789abcdefghij"],
            ["postgres://app:", "hunter2@db.example/app"],
            ["redis://:", "hunter2@cache:6379/0"],
            ["-----BEGIN RSA ", "PRIVATE KEY-----"],
            ["-----BEGIN ", "PRIVATE KEY-----"],
            ["x eyJhbGciOiJIUzI1NiJ9", ".eyJzdWIiOiIxMjM0In0.dozjgNryP4J3"],
            ["https://hooks.slack.com/services/", "T0000"],
            ["Authorization: Bearer ", "0123456789abcdef"],
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
            "AKIAIOSFODNN7EXAMPLEX",
            "-----BEGIN CERTIFICATE-----",
            "eyJhbGciOiJIUzI1NiJ9.plain.dozjgNryP4J3",
            "xAKIAIOSFODNN7EXAMPLE",
        ] {
            assert!(!has_credential_form(value), "{value}");
        }
    }
}
