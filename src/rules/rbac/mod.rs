//! Who may do what.

pub(super) mod rbac_wildcard;
