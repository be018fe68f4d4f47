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

    /// Whether the name is one of those.
    pub fn fits(&self, name: &str) -> bool {
        self.0.matches(name)
    }
}
