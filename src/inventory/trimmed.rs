//! All that is read of an object that neighbours are known from, whether it comes from a manifest or
//! from the API server: who it is, and a few names. Values are passed over where they stand, and are
//! never copied.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess};

use super::keys::KeyNames;
use super::running::Running;
use super::selecting::{Labels, Selecting, Selector};
use super::tolerant::{Tolerant, tolerant};

/// An object, trimmed to what is read of it; a field of another type is as if it were not there.
#[derive(Debug, Clone, Default)]
pub struct Trimmed(Fields);

impl<'de> Deserialize<'de> for Trimmed {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        tolerant(input).map(Self)
    }
}

/// Who an object is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Identity {
    /// Its name.
    #[serde(deserialize_with = "tolerant")]
    pub name: Option<String>,
    /// Its namespace.
    #[serde(deserialize_with = "tolerant")]
    pub namespace: Option<String>,
    /// Which state of it this is.
    #[serde(deserialize_with = "tolerant")]
    pub resource_version: Option<String>,
    /// What tells it from one of the same name before.
    #[serde(deserialize_with = "tolerant")]
    pub uid: Option<String>,
}

/// The fields, of all kinds together: no two of them mean different things by one.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Fields {
    #[serde(deserialize_with = "tolerant")]
    metadata: Identity,
    #[serde(deserialize_with = "tolerant")]
    data: Names,
    #[serde(deserialize_with = "tolerant")]
    binary_data: Names,
    #[serde(deserialize_with = "tolerant")]
    string_data: Names,
    #[serde(deserialize_with = "tolerant")]
    spec: Spec,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Spec {
    /// Of an `ExternalSecret`.
    #[serde(deserialize_with = "tolerant")]
    target: Named,
    /// Of a `SealedSecret`, and of what runs pods.
    #[serde(deserialize_with = "tolerant")]
    template: Template,
    /// Of what runs pods.
    #[serde(deserialize_with = "tolerant")]
    replicas: Option<i64>,
    /// Of a Certificate.
    #[serde(deserialize_with = "tolerant")]
    secret_name: Option<String>,
    /// Of a `SecretProviderClass`.
    #[serde(deserialize_with = "tolerant")]
    secret_objects: Vec<SecretObject>,
    /// Of what Vault's operator reads.
    #[serde(deserialize_with = "tolerant")]
    destination: Named,
    /// Of an autoscaler.
    #[serde(deserialize_with = "tolerant")]
    scale_target_ref: TargetRef,
    /// Of a `PodDisruptionBudget`.
    #[serde(deserialize_with = "tolerant")]
    selector: Option<Selector>,
    /// Of a `NetworkPolicy`.
    #[serde(deserialize_with = "tolerant")]
    pod_selector: Option<Selector>,
    /// Of Cilium's.
    #[serde(deserialize_with = "tolerant")]
    endpoint_selector: Option<Selector>,
    /// Of a `NetworkPolicy`.
    #[serde(deserialize_with = "tolerant")]
    policy_types: Vec<Option<String>>,
    /// Of a Service.
    #[serde(deserialize_with = "tolerant")]
    ports: Vec<Port>,
    #[serde(deserialize_with = "tolerant")]
    external_name: Option<String>,
    /// Of an Ingress.
    #[serde(deserialize_with = "tolerant")]
    rules: Vec<HostRule>,
    /// Whether they are there.
    #[serde(deserialize_with = "tolerant")]
    ingress: Present,
    #[serde(deserialize_with = "tolerant")]
    egress: Present,
}

/// Whether a list is there.
#[derive(Debug, Clone, Copy, Default)]
struct Present(bool);

impl Tolerant for Present {
    fn list<'de, A: SeqAccess<'de>>(mut list: A) -> Result<Self, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Self(true))
    }
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Template {
    #[serde(deserialize_with = "tolerant")]
    metadata: TemplateMeta,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct TemplateMeta {
    #[serde(deserialize_with = "tolerant")]
    name: Option<String>,
    #[serde(deserialize_with = "tolerant")]
    labels: Labels,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Named {
    #[serde(deserialize_with = "tolerant")]
    name: Option<String>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct SecretObject {
    #[serde(deserialize_with = "tolerant")]
    secret_name: Option<String>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Port {
    #[serde(deserialize_with = "tolerant")]
    name: Option<String>,
    #[serde(deserialize_with = "tolerant")]
    port: Option<i64>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct HostRule {
    #[serde(deserialize_with = "tolerant")]
    host: Option<String>,
}

/// What an autoscaler says of the object that it decides about.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct TargetRef {
    #[serde(deserialize_with = "tolerant")]
    pub(super) api_version: Option<String>,
    #[serde(deserialize_with = "tolerant")]
    pub(super) kind: Option<String>,
    #[serde(deserialize_with = "tolerant")]
    pub(super) name: Option<String>,
}

/// A mapping of which each field is read for itself.
macro_rules! tolerant_structs {
    ($($name:ident),*) => {$(
        impl Tolerant for $name {
            fn mapping<'de, A: MapAccess<'de>>(map: A) -> Result<Self, A::Error> {
                Self::deserialize(MapAccessDeserializer::new(map))
            }
        }
    )*};
}

tolerant_structs!(
    Identity,
    Fields,
    Spec,
    Template,
    TemplateMeta,
    Named,
    SecretObject,
    Port,
    HostRule,
    TargetRef
);

/// The keys of a mapping.
#[derive(Debug, Clone, Default)]
struct Names(Vec<String>);

impl Tolerant for Names {
    fn mapping<'de, A: MapAccess<'de>>(mut map: A) -> Result<Self, A::Error> {
        let mut names = Vec::new();
        while let Some((name, IgnoredAny)) = map.next_entry()? {
            names.push(name);
        }
        Ok(Self(names))
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
    pub(super) fn budgeted(&self) -> Option<Selecting> {
        self.0.spec.selector.clone().map(Selecting::by)
    }

    /// What an object of a kind of `apps` runs.
    pub(super) fn running(&self, kind: &'static str) -> Running {
        let Spec { template, replicas, .. } = &self.0.spec;
        let name = self.identity().name.as_deref().unwrap_or_default().into();
        Running { kind, name, replicas: *replicas, labels: template.metadata.labels.clone() }
    }

    /// The pods of a `NetworkPolicy`, in the directions that it restricts: what it does not name is
    /// told by what it has (`SetDefaults_NetworkPolicy`). Without a selector it selects all.
    pub(super) fn restricted(&self) -> Selecting {
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
