//! What makes a break-in harder beyond the Pod Security Standards.

pub(super) mod control_plane_toleration;
pub(super) mod default_service_account;
pub(super) mod duplicate_environment;
pub(super) mod high_user_id;
pub(super) mod host_users;
pub(super) mod interactive_containers;
pub(super) mod privileged_ports;
pub(super) mod read_only_root_filesystem;
pub(super) mod run_as_group;
pub(super) mod runtime_socket;
pub(super) mod service_account_token;
pub(super) mod ssh_port;
