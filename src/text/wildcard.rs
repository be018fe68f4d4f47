//! Names with wildcards in them.

use wildmatch::WildMatch;

/// A name in which `*` stands for any characters and `?` for one.
#[derive(Debug, Clone, PartialEq)]
pub struct Wildcard(WildMatch);

impl Wildcard {
    /// Reads one; every text is one.
    pub fn new(text: &str) -> Self {
        Self(WildMatch::new(text))
    }

    /// Reads one whose letters may be of either case.
    pub fn in_any_case(text: &str) -> Self {
        Self(WildMatch::new_case_insensitive(text))
    }

    /// Whether the name is one of those.
    pub fn fits(&self, name: &str) -> bool {
        self.0.matches(name)
    }
}
