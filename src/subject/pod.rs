//! The view of a pod: of `PodTemplateSpec` and all below it, the fields that some rule reads.
//!
//! Field names and types are the API's (`core/v1`); `tests/core/view.rs` holds every one of them
//! against k8s-openapi's structs. Strings are borrowed from the request. Everything else in the
//! object is skipped and is the API server's business.

use serde::Deserialize;

use super::borrowed::{List, Map, Secretive, Str};
use super::environment::{EnvFromSource, EnvVar};
use super::handler::{Lifecycle, Probe};
use super::mapping::{Boxed, Mapping};
use super::scalar::RawQuantity;
use super::scheduling::{Affinity, Toleration, TopologySpreadConstraint};
use super::volume::{LocalObjectReference, Volume};

/// The most containers of one list: far more than any node runs in a pod, and few enough that all
/// that is found about them fits.
pub const CONTAINER_LIMIT: usize = 512;

type Containers<'a> = List<Mapping<Container<'a>>, CONTAINER_LIMIT>;

/// `PodTemplateSpec`; of a bare Pod, the Pod itself.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PodTemplateSpec<'a> {
    /// Labels and annotations of the pods.
    #[serde(borrow)]
    pub metadata: Option<Mapping<TemplateMeta<'a>>>,
    /// What runs in the pods.
    #[serde(borrow)]
    pub spec: Option<Mapping<PodSpec<'a>>>,
}

/// The part of a template's `ObjectMeta` that rules read.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct TemplateMeta<'a> {
    /// Labels of the pods.
    #[serde(borrow)]
    pub labels: Map<'a, Str<'a>>,
    /// Annotations of the pods.
    #[serde(borrow)]
    pub annotations: Map<'a, Secretive<'a>>,
}

/// `PodSpec`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(missing_docs, reason = "the API's own field names")]
pub struct PodSpec<'a> {
    #[serde(borrow)]
    pub init_containers: Containers<'a>,
    #[serde(borrow)]
    pub containers: Containers<'a>,
    #[serde(borrow)]
    pub ephemeral_containers: Containers<'a>,
    #[serde(borrow)]
    pub volumes: List<Volume<'a>>,
    #[serde(borrow)]
    pub image_pull_secrets: List<Mapping<LocalObjectReference<'a>>>,
    #[serde(borrow)]
    pub security_context: Option<Mapping<PodSecurityContext<'a>>>,
    pub active_deadline_seconds: Option<i64>,
    pub automount_service_account_token: Option<bool>,
    #[serde(borrow)]
    pub service_account_name: Option<Str<'a>>,
    /// The old name of the same field.
    #[serde(borrow)]
    pub service_account: Option<Str<'a>>,
    #[serde(borrow)]
    pub resources: Option<Mapping<ResourceRequirements<'a>>>,
    #[serde(borrow)]
    pub priority_class_name: Option<Str<'a>>,
    #[serde(borrow)]
    pub restart_policy: Option<Str<'a>>,
    pub termination_grace_period_seconds: Option<i64>,
    pub host_network: Option<bool>,
    #[serde(rename = "hostPID")]
    pub host_pid: Option<bool>,
    #[serde(rename = "hostIPC")]
    pub host_ipc: Option<bool>,
    pub host_users: Option<bool>,
    #[serde(borrow)]
    pub node_selector: Map<'a, Str<'a>>,
    #[serde(borrow)]
    pub os: Option<Mapping<PodOS<'a>>>,
    #[serde(borrow)]
    pub affinity: Option<Boxed<Affinity<'a>>>,
    #[serde(borrow)]
    pub topology_spread_constraints: List<Mapping<TopologySpreadConstraint<'a>>>,
    #[serde(borrow)]
    pub tolerations: List<Mapping<Toleration<'a>>>,
}

/// `PodOS`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PodOS<'a> {
    /// `linux` or `windows`.
    #[serde(borrow)]
    pub name: Option<Str<'a>>,
}

/// `PodSecurityContext`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(missing_docs, reason = "the API's own field names")]
pub struct PodSecurityContext<'a> {
    #[serde(borrow)]
    pub app_armor_profile: Option<Mapping<Profile<'a>>>,
    pub fs_group: Option<i64>,
    pub run_as_group: Option<i64>,
    pub run_as_non_root: Option<bool>,
    pub run_as_user: Option<i64>,
    #[serde(borrow, rename = "seLinuxOptions")]
    pub se_linux_options: Option<Mapping<SeLinuxOptions<'a>>>,
    #[serde(borrow)]
    pub seccomp_profile: Option<Mapping<Profile<'a>>>,
    pub supplemental_groups: List<i64>,
    #[serde(borrow)]
    pub sysctls: List<Mapping<Sysctl<'a>>>,
    pub windows_options: Option<Mapping<WindowsOptions>>,
}

/// `SecurityContext` of a container.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(missing_docs, reason = "the API's own field names")]
pub struct SecurityContext<'a> {
    pub allow_privilege_escalation: Option<bool>,
    #[serde(borrow)]
    pub app_armor_profile: Option<Mapping<Profile<'a>>>,
    #[serde(borrow)]
    pub capabilities: Option<Mapping<Capabilities<'a>>>,
    pub privileged: Option<bool>,
    #[serde(borrow)]
    pub proc_mount: Option<Str<'a>>,
    pub read_only_root_filesystem: Option<bool>,
    pub run_as_group: Option<i64>,
    pub run_as_non_root: Option<bool>,
    pub run_as_user: Option<i64>,
    #[serde(borrow, rename = "seLinuxOptions")]
    pub se_linux_options: Option<Mapping<SeLinuxOptions<'a>>>,
    #[serde(borrow)]
    pub seccomp_profile: Option<Mapping<Profile<'a>>>,
    pub windows_options: Option<Mapping<WindowsOptions>>,
}

/// `SeccompProfile` and `AppArmorProfile`, which are alike.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Profile<'a> {
    /// `RuntimeDefault`, `Localhost` or `Unconfined`.
    #[serde(borrow, rename = "type")]
    pub kind: Option<Str<'a>>,
}

/// `SELinuxOptions`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(missing_docs, reason = "the API's own field names")]
pub struct SeLinuxOptions<'a> {
    #[serde(borrow)]
    pub role: Option<Str<'a>>,
    #[serde(borrow, rename = "type")]
    pub kind: Option<Str<'a>>,
    #[serde(borrow)]
    pub user: Option<Str<'a>>,
}

/// `Sysctl`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Sysctl<'a> {
    /// The kernel parameter.
    #[serde(borrow)]
    pub name: Option<Str<'a>>,
    /// What it is set to.
    #[serde(borrow)]
    pub value: Option<Str<'a>>,
}

/// `WindowsSecurityContextOptions`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct WindowsOptions {
    /// Whether it runs on the host itself.
    pub host_process: Option<bool>,
}

/// `Capabilities`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(missing_docs, reason = "the API's own field names")]
pub struct Capabilities<'a> {
    #[serde(borrow)]
    pub add: List<Str<'a>>,
    #[serde(borrow)]
    pub drop: List<Str<'a>>,
}

/// `Container` and `EphemeralContainer`, which share these fields.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(missing_docs, reason = "the API's own field names")]
pub struct Container<'a> {
    #[serde(borrow)]
    pub name: Option<Str<'a>>,
    #[serde(borrow)]
    pub image: Option<Str<'a>>,
    #[serde(borrow)]
    pub image_pull_policy: Option<Str<'a>>,
    #[serde(borrow)]
    pub command: List<Secretive<'a>>,
    #[serde(borrow)]
    pub args: List<Secretive<'a>>,
    #[serde(borrow)]
    pub env: List<Mapping<EnvVar<'a>>>,
    #[serde(borrow)]
    pub env_from: List<Mapping<EnvFromSource<'a>>>,
    #[serde(borrow)]
    pub ports: List<Mapping<ContainerPort<'a>>>,
    #[serde(borrow)]
    pub resources: Option<Boxed<ResourceRequirements<'a>>>,
    #[serde(borrow)]
    pub restart_policy: Option<Str<'a>>,
    #[serde(borrow)]
    pub security_context: Option<Boxed<SecurityContext<'a>>>,
    pub stdin: Option<bool>,
    pub tty: Option<bool>,
    #[serde(borrow)]
    pub volume_mounts: List<Mapping<VolumeMount<'a>>>,
    #[serde(borrow)]
    pub liveness_probe: Option<Boxed<Probe<'a>>>,
    #[serde(borrow)]
    pub readiness_probe: Option<Boxed<Probe<'a>>>,
    #[serde(borrow)]
    pub startup_probe: Option<Boxed<Probe<'a>>>,
    #[serde(borrow)]
    pub lifecycle: Option<Boxed<Lifecycle<'a>>>,
}

/// `ContainerPort`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(missing_docs, reason = "the API's own field names")]
pub struct ContainerPort<'a> {
    #[serde(borrow)]
    pub name: Option<Str<'a>>,
    pub container_port: Option<i32>,
    pub host_port: Option<i32>,
    #[serde(borrow, rename = "hostIP")]
    pub host_ip: Option<Str<'a>>,
    #[serde(borrow)]
    pub protocol: Option<Str<'a>>,
}

/// `VolumeMount`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(missing_docs, reason = "the API's own field names")]
pub struct VolumeMount<'a> {
    #[serde(borrow)]
    pub name: Option<Str<'a>>,
    #[serde(borrow)]
    pub mount_path: Option<Str<'a>>,
    #[serde(borrow)]
    pub sub_path: Option<Box<Str<'a>>>,
    #[serde(borrow)]
    pub sub_path_expr: Option<Box<Str<'a>>>,
    pub read_only: Option<bool>,
    #[serde(borrow)]
    pub recursive_read_only: Option<Box<Str<'a>>>,
    #[serde(borrow)]
    pub mount_propagation: Option<Box<Str<'a>>>,
    #[serde(borrow)]
    pub bind_mount_options: Option<Box<List<Str<'a>>>>,
}

/// `ResourceRequirements`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(missing_docs, reason = "the API's own field names")]
pub struct ResourceRequirements<'a> {
    #[serde(borrow)]
    pub limits: Map<'a, RawQuantity<'a>>,
    #[serde(borrow)]
    pub requests: Map<'a, RawQuantity<'a>>,
}
