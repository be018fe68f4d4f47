//! Who may do what.

mod bound;
mod powers;
pub(super) mod rbac_anonymous;
pub(super) mod rbac_cluster_admin;
pub(super) mod rbac_default_service_account;
pub(super) mod rbac_endpoints;
pub(super) mod rbac_escalation;
pub(super) mod rbac_events;
pub(super) mod rbac_exec;
pub(super) mod rbac_nodes_proxy;
pub(super) mod rbac_pod_create;
pub(super) mod rbac_secrets;
pub(super) mod rbac_tokens;
pub(super) mod rbac_volumes;
pub(super) mod rbac_webhooks;
pub(super) mod rbac_wildcard;
mod wild;
