//! The name of a thing that must not be held: what is compared may be a secret.

use ring::digest::{Context, SHA256};

/// Names a thing without holding it.
pub(super) type Digest = [u8; 32];

/// The name of what `parts` say, one after the other.
pub(super) fn digest<'t>(parts: impl IntoIterator<Item = &'t str>) -> Digest {
    let mut context = Context::new(&SHA256);
    for part in parts {
        context.update(&(part.len() as u64).to_le_bytes());
        context.update(part.as_bytes());
    }
    finished(context)
}

/// The name of something else that is the case together with what `digest` names.
pub(super) fn beside(digest: &Digest, what: &str) -> Digest {
    let mut context = Context::new(&SHA256);
    context.update(digest);
    context.update(what.as_bytes());
    finished(context)
}

fn finished(context: Context) -> Digest {
    let mut digest = Digest::default();
    digest.copy_from_slice(context.finish().as_ref());
    digest
}
