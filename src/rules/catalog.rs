//! The list of all rules, and what is made of it: the typed settings of a policy.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};

use super::{Armed, BadValue, Case, Checked, Findings, Meta, Mode, Params, Rule, Setting};
use super::{hardening, health, images, pod_security, resources, secrets};

/// A setting of one rule, armed.
struct ArmedRule<R: Rule>(Setting<R::Params>);

impl<R: Rule> Armed for ArmedRule<R> {
    fn meta(&self) -> &'static Meta {
        const { &R::META }
    }

    fn mode(&self, default: Mode, now: Timestamp) -> Mode {
        self.0.mode(default, now)
    }

    fn deny_from(&self) -> Option<Timestamp> {
        self.0.deny_from
    }

    fn applies(&self, case: &Case<'_, '_>) -> bool {
        R::applies(case)
    }

    fn check(&self, case: &Case<'_, '_>, found: &mut Findings<'_>) -> Checked {
        R::check(case, &self.0.params, found)
    }
}

/// A rule that is named is set, also with nothing after its colon.
fn named<'de, D: Deserializer<'de>, P: Params>(d: D) -> Result<Option<Setting<P>>, D::Error> {
    Setting::deserialize(d).map(Some)
}

macro_rules! catalog {
    ($($group:ident :: $module:ident :: $rule:ident),* $(,)?) => {
        /// Every rule, in the order of its id.
        pub static CATALOG: &[&Meta] = &[$(const { &<$group::$module::$rule as Rule>::META }),*];

        /// The group of every rule, in the order of [`CATALOG`].
        pub static GROUPS: &[&str] = &[$(stringify!($group)),*];

        /// The rules that a policy sets. A rule that is not named does not apply.
        #[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
        #[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
        pub struct RuleSettings {
            $(
                #[serde(deserialize_with = "named", skip_serializing_if = "Option::is_none")]
                #[schemars(description = <$group::$module::$rule as Rule>::META.checklist)]
                #[expect(missing_docs, reason = "the rule's own page documents it")]
                pub $module: Option<Setting<<$group::$module::$rule as Rule>::Params>>,
            )*
        }

        impl RuleSettings {
            /// The rules that are set, ready to run, and every parameter that a rule refuses.
            pub fn arm(self) -> (Vec<Box<dyn Armed>>, Vec<BadParameter>) {
                let (mut armed, mut refused) = (Vec::<Box<dyn Armed>>::new(), Vec::new());
                $(if let Some(setting) = self.$module {
                    let rule = <$group::$module::$rule as Rule>::META.id;
                    let values = setting.params.problems();
                    refused.extend(values.into_iter().map(|value| BadParameter { rule, value }));
                    armed.push(Box::new(ArmedRule::<$group::$module::$rule>(setting)));
                })*
                (armed, refused)
            }
        }
    };
}

/// A parameter whose value a rule refuses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadParameter {
    /// The rule's id.
    pub rule: &'static str,
    /// The parameter, and what is wrong with it.
    pub value: BadValue,
}

/// The rule called `id`.
pub fn find(id: &str) -> Option<&'static Meta> {
    CATALOG.iter().find(|meta| meta.id == id).copied()
}

catalog! {
    pod_security::apparmor::Apparmor,
    pod_security::capabilities::Capabilities,
    pod_security::capabilities_drop_all::CapabilitiesDropAll,
    pod_security::host_namespaces::HostNamespaces,
    pod_security::host_path_volumes::HostPathVolumes,
    pod_security::host_ports::HostPorts,
    pod_security::host_probes::HostProbes,
    pod_security::host_process::HostProcess,
    images::image_registry::ImageRegistry,
    images::image_tag::ImageTag,
    health::liveness_probe::LivenessProbe,
    pod_security::privilege_escalation::PrivilegeEscalation,
    pod_security::privileged::Privileged,
    pod_security::proc_mount::ProcMount,
    hardening::read_only_root_filesystem::ReadOnlyRootFilesystem,
    health::readiness_probe::ReadinessProbe,
    resources::resource_limits::ResourceLimits,
    resources::resource_requests::ResourceRequests,
    pod_security::run_as_non_root::RunAsNonRoot,
    pod_security::run_as_user::RunAsUser,
    pod_security::seccomp::Seccomp,
    secrets::secret_literals::SecretLiterals,
    secrets::secret_references::SecretReferences,
    pod_security::selinux::Selinux,
    hardening::service_account_token::ServiceAccountToken,
    pod_security::sysctls::Sysctls,
    pod_security::volume_types::VolumeTypes,
}
