//! Where data lives.

pub(super) mod persistent_storage;
