//! Text that comes from objects and goes to people: made printable and bounded here, once.

mod letters;
mod nearest;
mod wildcard;

use std::borrow::Cow;
use std::fmt::{self, Write as _};
use std::ops::Range;

pub use letters::{Characters, Letters, holds_any};
pub use nearest::nearest;
pub use wildcard::Wildcard;

/// The longest piece of an object's own text that a message quotes, in characters.
pub const QUOTE_LIMIT: usize = 120;

/// Whether a character may reach a terminal, a log or a page as it is.
///
/// Refused are the control characters and the invisible ones that reorder or hide text: the
/// bidirectional controls, zero-width characters, line and paragraph separators, the byte order
/// mark, interlinear annotations and tag characters.
fn is_printable(c: char) -> bool {
    !(c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}'))
}

/// The text with every unprintable character written as `\u{…}`; borrowed when there is none.
///
/// This is what stands between an object and log or terminal injection (CWE-117).
pub fn printable(text: &str) -> Cow<'_, str> {
    let is_plain = text.bytes().all(|b| matches!(b, b' '..=b'~'));
    if is_plain || text.chars().all(is_printable) {
        return Cow::Borrowed(text);
    }
    let mut clean = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if is_printable(c) {
            clean.push(c);
        } else {
            let _ = write!(clean, "\\u{{{:x}}}", u32::from(c));
        }
    }
    Cow::Owned(clean)
}

/// The first `limit` characters of the text, with `…` in place of what was cut.
pub fn clipped(text: &str, limit: usize) -> Cow<'_, str> {
    if text.len() <= limit || text.char_indices().nth(limit).is_none() {
        return Cow::Borrowed(text);
    }
    let kept: String = text.chars().take(limit.saturating_sub(1)).collect();
    Cow::Owned(format!("{kept}…"))
}

/// Where a text holds the name and password of somebody in front of a host, as in
/// `https://name:password@host`; the digest behind an image is none.
pub fn userinfo(text: &str) -> Option<Range<usize>> {
    let mut end = text.len();
    while let Some(at) = text.get(..end)?.rfind('@') {
        let (before, after) = (text.get(..at)?, text.get(at + 1..)?);
        if is_digest(after) {
            end = at;
            continue;
        }
        let scheme = before.rfind("://").map(|at| at + 3);
        let blank = before.rfind(char::is_whitespace).map(|at| at + 1);
        let start = scheme.or(blank).unwrap_or_default();
        return before.get(start..)?.contains(':').then_some(start..at);
    }
    None
}

/// `sha256:` and its like, with hexadecimal digits behind it.
fn is_digest(text: &str) -> bool {
    text.split_once(':')
        .is_some_and(|(_, hash)| hash.len() >= 32 && hash.bytes().all(|b| b.is_ascii_hexdigit()))
}

/// A piece of an object's text as a message shows it: printable, bounded and in double quotes, and
/// without anybody's password.
#[derive(Debug, Clone, Copy)]
pub struct Quoted<'a>(pub &'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match userinfo(self.0) {
            Some(hidden) => {
                let (before, after) = (self.0.get(..hidden.start), self.0.get(hidden.end..));
                Cow::Owned([before.unwrap_or_default(), "***", after.unwrap_or_default()].concat())
            }
            None => Cow::Borrowed(self.0),
        };
        write!(f, "\"{}\"", printable(&clipped(&text, QUOTE_LIMIT)))
    }
}

/// An error and its causes, each said once; printable but for the line breaks of a list.
pub fn error_chain(error: &(dyn std::error::Error + 'static)) -> String {
    let causes = std::iter::successors(Some(error), |&e| e.source());
    let texts: Vec<String> = causes.map(ToString::to_string).collect();
    let text = texts.join(": ");
    let lines: Vec<_> = text.split('\n').map(printable).collect();
    lines.join("\n")
}

/// `1 word` for one thing, `2 words` for any other number of them.
pub fn plural(count: usize, word: &str) -> String {
    if count == 1 { format!("1 {word}") } else { format!("{count} {word}s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_and_bidirectional_characters_are_written_out() {
        assert_eq!(printable("a\u{1b}[31mb\u{202e}c\n"), "a\\u{1b}[31mb\\u{202e}c\\u{a}");
    }

    #[test]
    fn plain_text_is_borrowed() {
        assert!(matches!(printable("nginx:1.27 – prêt"), Cow::Borrowed(_)));
    }

    #[test]
    fn nobodys_password_is_quoted() {
        let digest = format!("reg:5000/a:1@sha256:{}", "0".repeat(64));
        for (text, shown) in [
            ("https://bob:hunter1@registry/a", "https://***@registry/a"),
            ("u:hunter2@h", "***@h"),
            ("https://u:pa/ss@w@h/x", "https://***@h/x"),
            ("ops@shop.example", "ops@shop.example"),
            ("a:1", "a:1"),
            (&digest, &digest),
        ] {
            assert_eq!(Quoted(text).to_string(), format!("\"{shown}\""));
        }
        let both = format!("u:hunter3@{digest}");
        assert!(!Quoted(&both).to_string().contains("hunter3"));
    }

    #[test]
    fn long_text_is_cut_on_a_character_and_says_so() {
        assert_eq!(clipped("ééééé", 3), "éé…");
        assert_eq!(clipped("ééé", 3), "ééé");
    }
}
