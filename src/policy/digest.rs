//! What tells one edit of a policy or an exception from another: its content, whoever holds it.

use std::fmt;

use ring::digest::{SHA256, digest};

use crate::yaml::Node;

/// The SHA-256 of a `spec` as JSON with sorted keys: of a file and of an object that say the same it is
/// the same.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Digest([u8; 32]);

impl Digest {
    /// Of the `spec` of a document.
    pub(super) fn of(document: &Node) -> Self {
        let spec = document.get("spec").map(Node::to_value).unwrap_or_default();
        Self::of_bytes(spec.to_string().as_bytes())
    }

    /// Of all these together, in whatever order they come.
    pub fn of_all<'n>(all: impl Iterator<Item = (&'n str, &'n str, Self)>) -> Self {
        let mut all: Vec<_> = all.collect();
        all.sort_unstable();
        let mut bytes = Vec::new();
        for (namespace, name, Self(digest)) in all {
            // No name holds a zero byte: what stands behind it is told from it.
            for part in [namespace.as_bytes(), b"\0", name.as_bytes(), b"\0", &digest] {
                bytes.extend_from_slice(part);
            }
        }
        Self::of_bytes(&bytes)
    }

    fn of_bytes(bytes: &[u8]) -> Self {
        let mut all = [0; 32];
        all.copy_from_slice(digest(&SHA256, bytes).as_ref());
        Self(all)
    }

    /// The first six bytes, as a number that a metric holds exactly.
    pub fn as_number(self) -> i64 {
        self.0.iter().take(6).fold(0, |number, byte| number << 8 | i64::from(*byte))
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::documents;

    fn of(text: &str) -> Digest {
        Digest::of(&documents(text).remove(0).expect("readable"))
    }

    #[test]
    fn what_says_the_same_has_the_same_digest_and_what_does_not_has_another() {
        let of_file = of("# A policy.\nkind: A\nspec:\n  mode: warn\n  rules: {host-ports: {}}\n");
        let of_object =
            of(r#"{"spec":{"rules":{"host-ports":{}},"mode":"warn"},"status":{"a":1}}"#);
        assert_eq!(of_file, of_object);
        assert_ne!(of_file, of("spec: {mode: deny, rules: {host-ports: {}}}"));
        assert_eq!(of_file.to_string().len(), 64);
    }

    #[test]
    fn several_have_one_digest_whatever_their_order_and_another_where_one_has_another_name() {
        let (a, b) = (of("spec: {mode: warn}"), of("spec: {mode: deny}"));
        let together = |all: [(&str, &str, Digest); 2]| Digest::of_all(all.into_iter());
        let one = together([("", "x", a), ("", "y", b)]);
        assert_eq!(one, together([("", "y", b), ("", "x", a)]));
        assert_ne!(one, together([("", "x", b), ("", "y", a)]));
        assert!(one.as_number() > 0 && one.as_number() < 1 << 48);
    }
}
