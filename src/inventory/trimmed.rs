//! All that is read of an object that neighbours are known from, whether it comes from a manifest or
//! from the API server: who it is, and a few names. Values are passed over where they stand, and are
//! never copied.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde::de::Deserializer;

use super::fields::{Fields, Identity, Spec, TargetRef};
use super::keys::KeyNames;
use super::needs::needs;
use super::pod_fields::PodSpec;
use super::running::{DeclaredPorts, Running};
use super::selecting::{Labels, Selecting};
use super::tolerant::tolerant;

/// An object, trimmed to what is read of it; a field of another type is as if it were not there.
#[derive(Debug, Clone, Default)]
pub struct Trimmed(Fields);

impl<'de> Deserialize<'de> for Trimmed {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        tolerant(input).map(Self)
    }
}

impl Trimmed {
    /// Who it is.
    pub fn identity(&self) -> &Identity {
        &self.0.metadata
    }

    /// The names of its keys, in whichever field they stand.
    pub(super) fn keys(&self) -> KeyNames {
        let Fields { data, binary_data, string_data, .. } = &self.0;
        [data, binary_data, string_data].into_iter().flat_map(|names| &names.0).cloned().collect()
    }

    /// Whether it has such a key, in whichever field.
    pub fn has_key(&self, key: &str) -> bool {
        let Fields { data, binary_data, string_data, .. } = &self.0;
        [data, binary_data, string_data].iter().any(|names| names.0.iter().any(|name| name == key))
    }

    /// The name of the Secret that an `ExternalSecret` makes, where it says one.
    pub(super) fn target(&self) -> Option<&str> {
        self.0.spec.target.name.as_deref()
    }

    /// The name of the Secret that a `SealedSecret` makes, where it says one.
    pub(super) fn template(&self) -> Option<&str> {
        self.0.spec.template.metadata.name.as_deref()
    }

    /// The name of the Secret that a Certificate makes.
    pub(super) fn secret_name(&self) -> Option<&str> {
        self.0.spec.secret_name.as_deref()
    }

    /// The names of the Secrets that a `SecretProviderClass` makes.
    pub(super) fn secret_objects(&self) -> impl Iterator<Item = &str> {
        self.0.spec.secret_objects.iter().filter_map(|object| object.secret_name.as_deref())
    }

    /// The name of the Secret that Vault's operator makes.
    pub(super) fn destination(&self) -> Option<&str> {
        self.0.spec.destination.name.as_deref()
    }

    /// The pods of a `PodDisruptionBudget`; none where it has no selector.
    pub fn budgeted(&self) -> Option<Selecting> {
        self.0.spec.selector.labelled.clone().map(Selecting::by)
    }

    /// What an object of a kind with one template of pods runs.
    pub(super) fn running(&self, kind: &'static str) -> Running {
        let Spec { template, job_template, replicas, .. } = &self.0.spec;
        let template = if kind == "CronJob" { &job_template.spec.template } else { template };
        Running {
            labels: template.metadata.labels.clone(),
            replicas: *replicas,
            ..self.runs(kind, &template.spec)
        }
    }

    /// What a Pod runs.
    pub(super) fn itself_running(&self) -> Running {
        let Spec { containers, init_containers, volumes, .. } = self.0.spec.clone();
        let labels = self.identity().labels.clone();
        let pod = PodSpec { containers, init_containers, volumes };
        Running { labels, replicas: Some(1), ..self.runs("Pod", &pod) }
    }

    fn runs(&self, kind: &'static str, pod: &PodSpec) -> Running {
        let name = self.identity().name.as_deref().unwrap_or_default().into();
        let ports = DeclaredPorts::of(pod.containers.iter().chain(&pod.init_containers));
        let needs = needs(pod);
        Running { kind, name, replicas: None, labels: Labels::default(), ports, needs }
    }

    /// Whether a controller of one of these kinds of Kubernetes itself made it.
    pub(super) fn is_made_by(&self, kinds: &[&str]) -> bool {
        self.identity().owner_references.iter().any(|owner| {
            let version = owner.api_version.as_deref().unwrap_or_default();
            let is_own = !version.contains('/')
                || version.starts_with("apps/")
                || version.starts_with("batch/");
            let kind = owner.kind.as_deref().unwrap_or_default();
            owner.controller == Some(true) && is_own && kinds.contains(&kind)
        })
    }

    /// What it says beside who it is.
    pub(super) fn spec(&self) -> &Spec {
        &self.0.spec
    }

    /// Whether a Service has no address of its own, so that its name leads to each pod by itself.
    pub(super) fn is_headless(&self) -> bool {
        self.0.spec.cluster_ip.as_deref() == Some("None")
    }

    /// The labels of the pods of a Service; none where it has no selector, and somebody else says what is
    /// behind it.
    pub(super) fn pods(&self) -> Option<Labels> {
        let Spec { selector, external_name, .. } = &self.0.spec;
        let labels = &selector.plain;
        (external_name.is_none() && !labels.is_empty()).then(|| labels.clone())
    }

    /// Whether a `PrometheusRule` has an alert.
    pub(super) fn alerts(&self) -> bool {
        self.0
            .spec
            .groups
            .iter()
            .flat_map(|group| &group.rules)
            .any(|rule| rule.alert.as_deref().is_some_and(|name| !name.is_empty()))
    }

    /// The pods of a `NetworkPolicy`, in the directions that it restricts: what it does not name is
    /// told by what it has (`SetDefaults_NetworkPolicy`). Without a selector it selects all.
    pub fn restricted(&self) -> Selecting {
        let Spec { pod_selector, policy_types, egress, .. } = &self.0.spec;
        let names = |of: &str| policy_types.iter().any(|one| one.as_deref() == Some(of));
        let (ingress, outward) = if policy_types.is_empty() {
            (true, egress.0)
        } else {
            (names("Ingress"), names("Egress"))
        };
        let selector = pod_selector.clone().unwrap_or_default();
        Selecting::by(selector).restricting(ingress, outward)
    }

    /// The pods of one of Cilium's policies, in the directions that it has rules for; none where it is
    /// about nodes.
    pub(super) fn restricted_by_cilium(&self) -> Option<Selecting> {
        let Spec { endpoint_selector, ingress, egress, .. } = &self.0.spec;
        let selecting = Selecting::by(endpoint_selector.clone()?).of_cilium();
        Some(selecting.restricting(ingress.0, egress.0))
    }

    /// The numbers and names of the ports of a Service; none where it is another name for a host.
    pub(super) fn ports(&self) -> Option<impl Iterator<Item = (i64, &str)>> {
        let Spec { ports, external_name, .. } = &self.0.spec;
        let numbered = ports.iter().filter_map(|port| Some((port.port?, port)));
        let named =
            numbered.map(|(number, port)| (number, port.name.as_deref().unwrap_or_default()));
        external_name.is_none().then_some(named)
    }

    /// The hosts of an Ingress, each once.
    pub(super) fn hosts(&self) -> impl Iterator<Item = &str> {
        let hosts = self.0.spec.rules.iter().filter_map(|rule| rule.host.as_deref());
        let hosts: BTreeSet<&str> = hosts.filter(|host| !host.is_empty()).collect();
        hosts.into_iter()
    }

    /// What an autoscaler decides about.
    pub(super) fn scale_target(&self) -> &TargetRef {
        &self.0.spec.scale_target_ref
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Trimmed {
        serde_json::from_str(text).expect("an object")
    }

    #[test]
    fn no_value_of_a_secret_is_kept_whatever_its_type() {
        let object = read(
            r#"{"metadata": {"name": "db", "annotations": {"a": "hunter2"}},
                "data": {"user": "hunter2", "odd": ["hunter2", {"hunter2": "hunter2"}]},
                "stringData": {"password": "hunter2"}, "type": "hunter2"}"#,
        );
        assert!(!format!("{object:?}").contains("hunter2"), "{object:?}");
        let held = super::super::Keys::Known(object.keys());
        assert!(["user", "odd", "password"].iter().all(|key| held.may_hold(key)));
        assert!(!held.may_hold("hunter2"));
    }

    #[test]
    fn a_field_of_another_type_takes_no_other_with_it() {
        for odd in ["7", "-7", "7.5", "true", "null", "\"text\"", "[[], {}]", "{\"a\": {}}"] {
            let object = read(&format!(
                "{{\"metadata\": {{\"uid\": {odd}, \"labels\": {odd}, \"name\": \"a\"}}, \
                 \"data\": {odd}, \"binaryData\": {{\"k\": {odd}}}, \"spec\": {{\"target\": {odd}, \
                 \"template\": {odd}, \"secretObjects\": [{odd}, {{\"secretName\": \"s\"}}], \
                 \"secretName\": \"tls\"}}}}"
            ));
            assert_eq!(object.identity().name.as_deref(), Some("a"), "{odd}");
            assert!(super::super::Keys::Known(object.keys()).may_hold("k"), "{odd}");
            assert_eq!(object.secret_objects().collect::<Vec<_>>(), ["s"], "{odd}");
            assert_eq!(object.secret_name(), Some("tls"), "{odd}");
            // Nor is an element that is none an error.
            assert_eq!(read(odd).identity().name, None, "{odd}");
        }
    }
}
