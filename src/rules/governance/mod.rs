//! Who may write what, and who answers for it.

pub(super) mod controller_revision;
