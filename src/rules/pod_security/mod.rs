//! The Pod Security Standards, check by check, as upstream evaluates them at every minor
//! (`k8s.io/pod-security-admission/policy`). Each rule names the upstream check it follows.

pub(super) mod apparmor;
pub(super) mod capabilities;
pub(super) mod capabilities_drop_all;
pub(super) mod host_namespaces;
pub(super) mod host_path_volumes;
pub(super) mod host_ports;
pub(super) mod host_probes;
pub(super) mod host_process;
pub(super) mod privilege_escalation;
pub(super) mod privileged;
pub(super) mod proc_mount;
pub(super) mod run_as_non_root;
pub(super) mod run_as_user;
pub(super) mod seccomp;
pub(super) mod selinux;
pub(super) mod sysctls;
pub(super) mod volume_types;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Context, Params};
use crate::subject::Pod;

/// The Pod Security level whose form of a check is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Level {
    /// Refuses what is known to be dangerous.
    Baseline,
    /// Demands what is known to be safe.
    #[default]
    Restricted,
}

/// Parameters of the checks that both Pod Security levels have, in different forms.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct LevelParams {
    /// The form of the check: `baseline` or `restricted`.
    pub level: Level,
}

impl Params for LevelParams {}

/// From 1.25 on, fields that mean nothing on Windows are not demanded of pods that run there.
fn is_exempt_windows_pod(pod: &Pod<'_, '_>, cx: &Context<'_>) -> bool {
    cx.version.at_least(25) && pod.is_windows()
}

/// From 1.35 on, root in a user namespace of the pod's own is not taken for root.
fn is_relaxed_by_user_namespace(pod: &Pod<'_, '_>, cx: &Context<'_>) -> bool {
    cx.version.at_least(35) && pod.has_user_namespace()
}
