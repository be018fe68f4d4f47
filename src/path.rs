//! Where something is in an object: the field path as the user would write it.

use std::borrow::Cow;
use std::fmt;

use serde::{Serialize, Serializer};

use crate::text::{clipped, printable};

/// More than the longest key that the API server takes has characters: a domain of 253, `/`, 63.
const FOUND_LIMIT: usize = 512;

/// One step of a [`FieldPath`].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Segment {
    /// A key of a mapping.
    Key(Cow<'static, str>),
    /// An index of a list, from zero.
    Index(usize),
}

/// The place of a field in an object, such as `spec.template.spec.containers[0].image`.
///
/// Shown in the notation of the API server's own errors and `kubectl explain`; a key that is not a
/// plain word is shown in brackets, as in `metadata.annotations["example.com/owner"]`.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FieldPath(Vec<Segment>);

impl FieldPath {
    /// The path of the object itself.
    pub fn root() -> Self {
        Self::default()
    }

    /// The path made of these segments.
    pub fn from_segments(segments: Vec<Segment>) -> Self {
        Self(segments)
    }

    /// The field `key` of what this path leads to.
    #[must_use]
    pub fn key(mut self, key: impl Into<Cow<'static, str>>) -> Self {
        self.0.push(Segment::Key(key.into()));
        self
    }

    /// A field whose key is text of an object.
    ///
    /// No object has a key as long as [`FOUND_LIMIT`]: of a longer one the beginning is kept, which
    /// leads nowhere and is enough to be shown, as paths are kept for every finding.
    #[must_use]
    pub fn found_key(self, key: &str) -> Self {
        self.key(clipped(key, FOUND_LIMIT).into_owned())
    }

    /// The fields `keys`, one inside the other.
    #[must_use]
    pub fn keys(mut self, keys: &[&'static str]) -> Self {
        self.0.extend(keys.iter().map(|&k| Segment::Key(Cow::Borrowed(k))));
        self
    }

    /// Element `index` of the list this path leads to.
    #[must_use]
    pub fn index(mut self, index: usize) -> Self {
        self.0.push(Segment::Index(index));
        self
    }

    /// The steps from the object to the field.
    pub fn segments(&self) -> &[Segment] {
        &self.0
    }

    /// The path as a JSON pointer (RFC 6901).
    pub fn pointer(&self) -> String {
        let mut pointer = String::new();
        for segment in &self.0 {
            pointer.push('/');
            match segment {
                Segment::Key(key) => pointer.push_str(&key.replace('~', "~0").replace('/', "~1")),
                Segment::Index(index) => pointer.push_str(&index.to_string()),
            }
        }
        pointer
    }
}

fn is_plain(key: &str) -> bool {
    let mut bytes = key.bytes();
    bytes.next().is_some_and(|b| b.is_ascii_alphabetic() || b == b'_')
        && bytes.all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
}

impl fmt::Display for FieldPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, segment) in self.0.iter().enumerate() {
            match segment {
                Segment::Key(key) if is_plain(key) && key.len() <= 253 => {
                    let dot = if position == 0 { "" } else { "." };
                    write!(f, "{dot}{key}")?;
                }
                Segment::Key(key) => write!(f, "[\"{}\"]", printable(&clipped(key, 253)))?,
                Segment::Index(index) => write!(f, "[{index}]")?,
            }
        }
        Ok(())
    }
}

impl Serialize for FieldPath {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl From<&serde_path_to_error::Path> for FieldPath {
    fn from(path: &serde_path_to_error::Path) -> Self {
        use serde_path_to_error::Segment as Step;
        let segments = path.iter().filter_map(|step| match step {
            Step::Seq { index } => Some(Segment::Index(*index)),
            Step::Map { key } => Some(Segment::Key(Cow::Owned(key.clone()))),
            Step::Enum { variant } => Some(Segment::Key(Cow::Owned(variant.clone()))),
            Step::Unknown => None,
        });
        Self(segments.collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_reads_as_kubectl_writes_it_and_points_as_rfc_6901() {
        let path = FieldPath::root().keys(&["spec", "containers"]).index(2).key("image");
        assert_eq!(path.to_string(), "spec.containers[2].image");
        assert_eq!(path.pointer(), "/spec/containers/2/image");
    }

    #[test]
    fn a_key_that_is_no_plain_word_is_bracketed_and_made_printable() {
        let path = FieldPath::root().keys(&["metadata", "annotations"]).key("a.b/c~\u{1b}");
        assert_eq!(path.to_string(), "metadata.annotations[\"a.b/c~\\u{1b}\"]");
        assert_eq!(path.pointer(), "/metadata/annotations/a.b~1c~0\u{1b}");
    }
}
