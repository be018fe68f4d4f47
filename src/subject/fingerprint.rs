//! Names for things that are compared and not held: what is compared may be a secret, or large.

use ring::digest::{Context, SHA256};

/// Names a thing without holding it; no two things have the same.
pub type Fingerprint = [u8; 32];

/// The fingerprint of these texts in this order, each told from its neighbours.
pub fn fingerprint<T: AsRef<[u8]>>(parts: impl IntoIterator<Item = T>) -> Fingerprint {
    let mut context = Context::new(&SHA256);
    for part in parts {
        let part = part.as_ref();
        context.update(&(part.len() as u64).to_le_bytes());
        context.update(part);
    }
    let mut fingerprint = Fingerprint::default();
    fingerprint.copy_from_slice(context.finish().as_ref());
    fingerprint
}
