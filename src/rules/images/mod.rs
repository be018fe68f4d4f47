//! What is run: image references, parsed.

pub(super) mod image_registry;
pub(super) mod image_tag;
