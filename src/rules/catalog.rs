//! The list of all rules, and what a policy sets about them.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, LazyLock};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserializer, Error, MapAccess, Visitor};
use serde::{Deserialize, Serialize, Serializer};
use serde_json::Value;

use super::armed::{ArmedRule, Set};
use super::{Armed, BadValue, Rule, RuleDescription, Setting};
use super::{
    api, availability, environment, governance, hardening, health, images, jobs, network,
    observability, pod_security, rbac, resources, secrets, storage,
};

/// The rules that a policy sets, by id. A rule that is not named does not apply.
#[derive(Clone, Default)]
pub struct RuleSettings(BTreeMap<&'static str, Arc<dyn Set>>);

impl RuleSettings {
    /// The rules that are set, ready to run, and every parameter that a rule refuses.
    pub fn arm(self) -> (Vec<Arc<dyn Armed>>, Vec<BadParameter>) {
        let refused = self.0.iter().flat_map(|(&rule, setting)| {
            setting.problems().into_iter().map(move |value| BadParameter { rule, value })
        });
        let refused = refused.collect();
        (self.0.into_values().map(|setting| setting as Arc<dyn Armed>).collect(), refused)
    }
}

impl fmt::Debug for RuleSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl Serialize for RuleSettings {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::Error;
        let value = |setting: &Arc<dyn Set>| setting.to_value().map_err(S::Error::custom);
        let values: Result<Vec<_>, _> =
            self.0.iter().map(|(id, setting)| Ok((id, value(setting)?))).collect();
        serializer.collect_map(values?)
    }
}

impl<'de> Deserialize<'de> for RuleSettings {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ById;
        impl<'de> Visitor<'de> for ById {
            type Value = RuleSettings;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a mapping of rules")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<RuleSettings, A::Error> {
                let mut settings = RuleSettings::default();
                while let Some(key) = map.next_key::<Cow<'de, str>>()? {
                    let Some(meta) = find(&key) else {
                        return Err(A::Error::unknown_field(&key, IDS.as_slice()));
                    };
                    let setting = read(&meta.id, &mut map)?;
                    if settings.0.insert(&meta.id, setting).is_some() {
                        return Err(A::Error::custom("a rule that is set twice"));
                    }
                }
                Ok(settings)
            }
        }
        deserializer.deserialize_map(ById)
    }
}

impl JsonSchema for RuleSettings {
    fn schema_name() -> Cow<'static, str> {
        "RuleSettings".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let properties: serde_json::Map<String, Value> = CATALOG
            .iter()
            .zip(schemas(generator))
            .map(|(meta, mut schema)| {
                schema.insert("description".to_owned(), meta.checklist.as_ref().into());
                (meta.id.to_string(), schema.into())
            })
            .collect();
        json_schema!({
            "type": "object", "properties": properties, "additionalProperties": false,
            "minProperties": 1
        })
    }
}

macro_rules! catalog {
    ($($group:ident :: $module:ident :: $rule:ident),* $(,)?) => {
        /// Every rule, in the order of its id.
        pub static CATALOG: &[&RuleDescription] =
            &[$(const { &<$group::$module::$rule as Rule>::DESCRIPTION }),*];

        /// Reads the setting of a rule of the catalog.
        fn read<'de, A: MapAccess<'de>>(id: &str, map: &mut A) -> Result<Arc<dyn Set>, A::Error> {
            $(if id == <$group::$module::$rule as Rule>::DESCRIPTION.id {
                let setting = map.next_value()?;
                return Ok(Arc::new(ArmedRule::<$group::$module::$rule>::new(setting)));
            })*
            Err(A::Error::unknown_field(id, IDS.as_slice()))
        }

        /// The schema of every rule's setting, in the order of the catalog.
        fn schemas(generator: &mut SchemaGenerator) -> Vec<Schema> {
            vec![$(
                generator.subschema_for::<Setting<<$group::$module::$rule as Rule>::Params>>()
            ),*]
        }
    };
}

/// The id of every rule.
pub static IDS: LazyLock<Vec<&'static str>> =
    LazyLock::new(|| CATALOG.iter().map(|meta| meta.id.as_ref()).collect());

/// A parameter whose value a rule refuses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadParameter {
    /// The rule's id.
    pub rule: &'static str,
    /// The parameter, and what is wrong with it.
    pub value: BadValue,
}

/// The rule called `id`.
pub fn find(id: &str) -> Option<&'static RuleDescription> {
    CATALOG.iter().find(|meta| meta.id == id).copied()
}

catalog! {
    observability::alert_rules::AlertRules,
    pod_security::apparmor::Apparmor,
    availability::autoscaler_bounds::AutoscalerBounds,
    availability::autoscaler_target::AutoscalerTarget,
    availability::autoscaling::Autoscaling,
    storage::backup_schedule::BackupSchedule,
    governance::bare_pod::BarePod,
    availability::blocking_disruption_budget::BlockingDisruptionBudget,
    pod_security::capabilities::Capabilities,
    pod_security::capabilities_drop_all::CapabilitiesDropAll,
    secrets::certificate_expiry::CertificateExpiry,
    network::container_ports::ContainerPorts,
    hardening::control_plane_toleration::ControlPlaneToleration,
    governance::controller_revision::ControllerRevision,
    environment::cors_origins::CorsOrigins,
    jobs::cron_job_concurrency::CronJobConcurrency,
    network::dangling_ingress::DanglingIngress,
    observability::dangling_monitor::DanglingMonitor,
    network::dangling_network_policy::DanglingNetworkPolicy,
    network::dangling_service::DanglingService,
    environment::debug_disabled::DebugDisabled,
    governance::default_namespace::DefaultNamespace,
    hardening::default_service_account::DefaultServiceAccount,
    api::deprecated_api::DeprecatedApi,
    api::deprecated_field::DeprecatedField,
    hardening::duplicate_environment::DuplicateEnvironment,
    resources::empty_dir_size::EmptyDirSize,
    environment::environment_contract::EnvironmentContract,
    resources::ephemeral_storage::EphemeralStorage,
    network::external_ips::ExternalIps,
    network::external_name::ExternalName,
    availability::fixed_replicas_under_autoscaler::FixedReplicasUnderAutoscaler,
    governance::forbidden_metadata::ForbiddenMetadata,
    availability::headless_service::HeadlessService,
    hardening::high_user_id::HighUserId,
    pod_security::host_namespaces::HostNamespaces,
    pod_security::host_path_volumes::HostPathVolumes,
    pod_security::host_ports::HostPorts,
    pod_security::host_probes::HostProbes,
    pod_security::host_process::HostProcess,
    hardening::host_users::HostUsers,
    health::identical_probes::IdenticalProbes,
    images::image_digest::ImageDigest,
    images::image_pull_policy::ImagePullPolicy,
    images::image_registry::ImageRegistry,
    images::image_scanned::ImageScanned,
    images::image_tag::ImageTag,
    network::ingress_headers::IngressHeaders,
    network::ingress_host_conflict::IngressHostConflict,
    network::ingress_limits::IngressLimits,
    network::ingress_snippets::IngressSnippets,
    network::ingress_tls::IngressTls,
    network::ingress_wildcard_host::IngressWildcardHost,
    hardening::interactive_containers::InteractiveContainers,
    jobs::job_deadline::JobDeadline,
    jobs::job_ttl::JobTtl,
    resources::limit_request_ratio::LimitRequestRatio,
    health::liveness_probe::LivenessProbe,
    observability::metrics_scraped::MetricsScraped,
    governance::namespace_pod_security::NamespacePodSecurity,
    network::network_policy::NetworkPolicy,
    storage::persistent_storage::PersistentStorage,
    environment::placeholder_values::PlaceholderValues,
    availability::pod_disruption_budget::PodDisruptionBudget,
    availability::pre_stop::PreStop,
    availability::priority_class::PriorityClass,
    pod_security::privilege_escalation::PrivilegeEscalation,
    pod_security::privileged::Privileged,
    hardening::privileged_ports::PrivilegedPorts,
    health::probe_port::ProbePort,
    pod_security::proc_mount::ProcMount,
    observability::prometheus_rules::PrometheusRules,
    rbac::rbac_anonymous::RbacAnonymous,
    rbac::rbac_cluster_admin::RbacClusterAdmin,
    rbac::rbac_default_service_account::RbacDefaultServiceAccount,
    rbac::rbac_endpoints::RbacEndpoints,
    rbac::rbac_escalation::RbacEscalation,
    rbac::rbac_events::RbacEvents,
    rbac::rbac_exec::RbacExec,
    rbac::rbac_nodes_proxy::RbacNodesProxy,
    rbac::rbac_pod_create::RbacPodCreate,
    rbac::rbac_secrets::RbacSecrets,
    rbac::rbac_tokens::RbacTokens,
    rbac::rbac_volumes::RbacVolumes,
    rbac::rbac_webhooks::RbacWebhooks,
    rbac::rbac_wildcard::RbacWildcard,
    hardening::read_only_root_filesystem::ReadOnlyRootFilesystem,
    health::readiness_probe::ReadinessProbe,
    availability::replicas::Replicas,
    resources::requests_equal_limits::RequestsEqualLimits,
    governance::required_annotations::RequiredAnnotations,
    governance::required_labels::RequiredLabels,
    resources::resource_limits::ResourceLimits,
    resources::resource_requests::ResourceRequests,
    availability::restart_policy::RestartPolicy,
    images::retired_registry::RetiredRegistry,
    hardening::run_as_group::RunAsGroup,
    pod_security::run_as_non_root::RunAsNonRoot,
    pod_security::run_as_user::RunAsUser,
    hardening::runtime_socket::RuntimeSocket,
    pod_security::seccomp::Seccomp,
    secrets::secret_age::SecretAge,
    secrets::secret_in_config_map::SecretInConfigMap,
    secrets::secret_in_environment::SecretInEnvironment,
    secrets::secret_literals::SecretLiterals,
    secrets::secret_references::SecretReferences,
    secrets::secret_strength::SecretStrength,
    api::selector_mismatch::SelectorMismatch,
    pod_security::selinux::Selinux,
    governance::service_account_exists::ServiceAccountExists,
    hardening::service_account_token::ServiceAccountToken,
    network::service_exposure::ServiceExposure,
    network::service_target_port::ServiceTargetPort,
    governance::sign_off::SignOff,
    hardening::ssh_port::SshPort,
    health::startup_probe::StartupProbe,
    storage::storage_class::StorageClass,
    pod_security::sysctls::Sysctls,
    availability::termination_grace::TerminationGrace,
    availability::topology_spread::TopologySpread,
    availability::unhealthy_pod_eviction::UnhealthyPodEviction,
    availability::update_strategy::UpdateStrategy,
    governance::version_agreement::VersionAgreement,
    pod_security::volume_types::VolumeTypes,
}
