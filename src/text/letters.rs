//! What most texts that are looked at for a word are done with: that its letters are not in them.

/// The letters in a text, whatever their case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Letters(u32);

impl Letters {
    /// Those of a text; some signs count as a letter as well, so that a text seems to hold more.
    pub fn of(text: &str) -> Self {
        let letters = text.bytes().filter(|b| b & 0x40 != 0);
        Self(letters.fold(0, |all, b| all | 1 << (b & 31)))
    }

    /// Whether the others may all be among these: where not, no text with these holds one with those.
    pub fn may_hold(self, others: Self) -> bool {
        self.0 & others.0 == others.0
    }
}

/// Whether any of these small letters stand in `text`, in whatever case, and maybe where only bytes
/// like them do (`_` is written `\x7f`): most texts that are looked at for a word are done with here.
pub fn holds_any<const N: usize, const L: usize>(text: &str, beginnings: [[u8; L]; N]) -> bool {
    // The last five bits of a letter are the same in either case.
    let bit = |letter: &u8| 1_u32 << (letter & 31);
    let starts = beginnings.iter().filter_map(|b| b.first()).fold(0, |all, b| all | bit(b));
    text.as_bytes().windows(L).any(|window| {
        let is_start = window.first().is_some_and(|b| starts & bit(b) != 0);
        let is_here =
            |beginning: &[u8; L]| beginning.iter().zip(window).all(|(a, b)| *a == b | 0x20);
        is_start && beginnings.iter().any(is_here)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_holds_another_is_never_said_not_to() {
        let holds = |text, other| Letters::of(text).may_hold(Letters::of(other));
        for (text, other) in [("cors_ORIGIN", "CORS*Origin?"), ("ä-Z9", "z"), ("x", ""), ("", "")]
        {
            assert!(holds(text, other), "{text} {other}");
        }
        assert!(!holds("LOG_LEVEL", "CORS"));
        assert!(!holds("ä", "a"));
        assert!(holds_any("KC_Log_LEVEL", [*b"log"]));
        assert!(!holds_any("CATALO_G", [*b"log"]));
    }
}
