//! What most texts that are looked at for a word are done with: that its letters are not in them.

/// The letters in a text, whatever their case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Letters(u32);

impl Letters {
    /// Those of a text; some signs count as a letter as well, so that a text seems to hold more.
    pub const fn of(text: &str) -> Self {
        Characters::of(text).letters
    }

    /// Whether the others may all be among these: where not, no text with these holds one with those.
    pub const fn may_hold(self, others: Self) -> bool {
        self.0 & others.0 == others.0
    }

    /// Whether some of the others may all be among these.
    pub fn may_hold_any(self, others: &[Self]) -> bool {
        others.iter().any(|other| self.may_hold(*other))
    }
}

/// The letters in a text, and which signs and digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Characters {
    /// The letters.
    pub letters: Letters,
    signs: u32,
}

impl Characters {
    /// All that there are.
    pub const ANY: Self = Self { letters: Letters(u32::MAX), signs: u32::MAX };

    /// Those of a text; of what is no ASCII it seems to hold anything.
    pub const fn of(text: &str) -> Self {
        let (mut letters, mut signs) = (0, 0);
        let mut rest = text.as_bytes();
        while let [b, behind @ ..] = rest {
            let is_letter = (*b >> 6) as u32 & 1;
            let is_sign = (*b >> 5) as u32 & 1 & !is_letter;
            letters |= is_letter << (*b & 31);
            signs |= is_sign << (*b & 31);
            rest = behind;
        }
        Self { letters: Letters(letters), signs }
    }

    /// Whether it may hold this sign, such as `=`, or this digit.
    pub const fn may_hold_sign(self, sign: u8) -> bool {
        self.signs & (1 << (sign & 31)) != 0
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
        let signs = |text| Characters::of(text);
        assert!(signs("a=b").may_hold_sign(b'=') && !signs("a:b").may_hold_sign(b'='));
        assert!(signs("1").may_hold_sign(b'1') && !signs("ab").may_hold_sign(b'-'));
        assert!(holds_any("KC_Log_LEVEL", [*b"log"]));
        assert!(!holds_any("CATALO_G", [*b"log"]));
    }
}
