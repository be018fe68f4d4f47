//! What makes a break-in harder beyond the Pod Security Standards.

pub(super) mod read_only_root_filesystem;
pub(super) mod service_account_token;
