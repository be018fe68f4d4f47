//! Who may write what, who answers for it, and where it belongs.

pub(super) mod bare_pod;
pub(super) mod controller_revision;
pub(super) mod default_namespace;
pub(super) mod forbidden_metadata;
mod form;
pub(super) mod namespace_pod_security;
mod required;
pub(super) mod required_annotations;
pub(super) mod required_labels;
pub(super) mod service_account_exists;
pub(super) mod sign_off;
pub(super) mod version_agreement;
