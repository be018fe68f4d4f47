//! Where in an object a pod template stands.

use std::borrow::Cow;
use std::fmt;

use thiserror::Error;

use crate::path::{FieldPath, Segment};

/// Where in an object a pod template stands: the keys that lead to it, none for a Pod, which is
/// its own template.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct TemplatePath(Cow<'static, [Cow<'static, str>]>);

/// Why no pod template can stand at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum InvalidTemplatePath {
    /// Brackets, wildcards, blanks, an empty key.
    #[error("is no path of plain field names, such as `spec.template`")]
    NotPlain,
    /// What every object has there is no template.
    #[error(
        "leads into what every object has; a template stands elsewhere, such as `spec.template`"
    )]
    Common,
    /// Deeper than any object that is read.
    #[error("has more than {KEY_LIMIT} keys, deeper than any object that is read")]
    TooDeep,
}

/// The most keys of a path: JSON is read to 128 levels, and a pod has some below its template.
const KEY_LIMIT: usize = 100;

impl TemplatePath {
    /// The path of what is its own template.
    pub(super) const ITSELF: Self = Self::of(&[]);

    /// The path of these keys.
    pub(super) const fn of(keys: &'static [Cow<'static, str>]) -> Self {
        Self(Cow::Borrowed(keys))
    }

    /// Reads a dotted path, such as `spec.template`.
    ///
    /// # Errors
    /// A path at which no object has a template.
    pub fn parse(dotted: &str) -> Result<Self, InvalidTemplatePath> {
        let is_plain = |key: &str| {
            key.bytes().next().is_some_and(|b| b.is_ascii_alphabetic() || b == b'_')
                && key.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'))
        };
        let keys: Vec<&str> = dotted.split('.').collect();
        if !keys.iter().copied().all(is_plain) {
            return Err(InvalidTemplatePath::NotPlain);
        }
        if matches!(keys.first(), Some(&("apiVersion" | "kind" | "metadata"))) {
            return Err(InvalidTemplatePath::Common);
        }
        if keys.len() > KEY_LIMIT {
            return Err(InvalidTemplatePath::TooDeep);
        }
        Ok(Self(keys.into_iter().map(|key| Cow::Owned(key.to_owned())).collect()))
    }

    /// The keys, from the object to the template.
    pub fn keys(&self) -> &[Cow<'static, str>] {
        &self.0
    }

    /// Whether the path leads to or through what stands at `other`.
    pub(super) fn is_within(&self, other: &Self) -> bool {
        self.0.starts_with(&other.0)
    }
}

impl fmt::Display for TemplatePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("."))
    }
}

impl From<&TemplatePath> for FieldPath {
    fn from(path: &TemplatePath) -> Self {
        Self::from_segments(path.0.iter().cloned().map(Segment::Key).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(dotted: &str) -> TemplatePath {
        TemplatePath::parse(dotted).expect(dotted)
    }

    #[test]
    fn a_path_is_made_of_plain_keys_and_leads_where_a_template_can_be() {
        for dotted in ["spec", "template", "spec.worker_2.pod-template", "spec.Worker.template"] {
            assert_eq!(path(dotted).to_string(), dotted);
        }
        for (dotted, why) in [
            ("", InvalidTemplatePath::NotPlain),
            (".spec", InvalidTemplatePath::NotPlain),
            ("spec..template", InvalidTemplatePath::NotPlain),
            ("spec.tasks[0].template", InvalidTemplatePath::NotPlain),
            ("spec.*.template", InvalidTemplatePath::NotPlain),
            ("spec.0.template", InvalidTemplatePath::NotPlain),
            ("spec/template", InvalidTemplatePath::NotPlain),
            ("spec. template", InvalidTemplatePath::NotPlain),
            ("metadata.template", InvalidTemplatePath::Common),
            ("kind", InvalidTemplatePath::Common),
        ] {
            assert_eq!(TemplatePath::parse(dotted), Err(why), "{dotted}");
        }
        let deep = vec!["a"; 101].join(".");
        assert_eq!(TemplatePath::parse(&deep), Err(InvalidTemplatePath::TooDeep));
    }
}
