//! The inventory of manifests: what each object will be, or will bring about, in the cluster.

use std::collections::BTreeSet;

use super::{Inventory, KeySource, Keys, NamespaceLabels, Origin, ScaleTarget};
use crate::yaml::{Entry, Node, Value};

/// Kinds of which something is known from an object: the group, the kind, and what is known.
type Reader = fn(&Node, &Origin, &mut Inventory);

/// Besides `Secret` and `ConfigMap` those that make a Secret later: `ExternalSecret`
/// (external-secrets.io), `SealedSecret` (bitnami.com), `Certificate` (cert-manager.io),
/// `SecretProviderClass` (secrets-store.csi.x-k8s.io) and those of Vault's operator
/// (secrets.hashicorp.com); and what decides about replicas.
const READERS: [(&str, &str, Reader); 12] = [
    ("", "Secret", secret),
    ("", "ConfigMap", config_map),
    ("external-secrets.io", "ExternalSecret", |object, origin, inventory| {
        let target = text(object, &["spec", "target", "name"]).unwrap_or(&origin.name);
        made(origin, [target], inventory);
    }),
    ("bitnami.com", "SealedSecret", |object, origin, inventory| {
        let target = text(object, &["spec", "template", "metadata", "name"]);
        made(origin, [target.unwrap_or(&origin.name)], inventory);
    }),
    ("cert-manager.io", "Certificate", |object, origin, inventory| {
        made(origin, text(object, &["spec", "secretName"]), inventory);
    }),
    ("secrets-store.csi.x-k8s.io", "SecretProviderClass", |object, origin, inventory| {
        let objects = dig(object, &["spec", "secretObjects"]).and_then(Node::as_sequence);
        let names = objects.into_iter().flatten().filter_map(|o| o.get("secretName")?.as_str());
        made(origin, names, inventory);
    }),
    ("secrets.hashicorp.com", "VaultStaticSecret", of_vault),
    ("secrets.hashicorp.com", "VaultDynamicSecret", of_vault),
    ("secrets.hashicorp.com", "VaultPKISecret", of_vault),
    ("secrets.hashicorp.com", "HCPVaultSecretsApp", of_vault),
    ("autoscaling", "HorizontalPodAutoscaler", |object, origin, inventory| {
        autoscaler(object, origin, ["", ""], inventory);
    }),
    ("keda.sh", "ScaledObject", |object, origin, inventory| {
        autoscaler(object, origin, ["apps/v1", "Deployment"], inventory);
    }),
];

impl Inventory {
    /// Takes note of one object of a manifest.
    pub fn observe(&mut self, object: &Node) {
        let Some(name) = text(object, &["metadata", "name"]) else { return };
        let version = text(object, &["apiVersion"]);
        let group = version.and_then(|v| v.split_once('/')).map_or("", |(group, _)| group);
        let kind = text(object, &["kind"]).unwrap_or_default();
        if group.is_empty() && kind == "Namespace" {
            let labels = dig(object, &["metadata", "labels"]).map(labels_of);
            let mut labels = labels.unwrap_or_default();
            if let Some(known) = self.namespace_labels(name) {
                labels = known.clone().and(labels);
            }
            self.apply_namespace(name.to_owned(), labels);
            return;
        }
        let reader = READERS.iter().find(|(of, called, _)| *of == group && *called == kind);
        if let Some((_, kind, read)) = reader {
            let namespace = text(object, &["metadata", "namespace"]).filter(|n| !n.is_empty());
            let namespace = namespace.map(str::to_owned);
            let origin = Origin { kind, namespace, name: name.to_owned() };
            read(object, &origin, self);
        }
    }
}

fn text<'n>(object: &'n Node, path: &[&str]) -> Option<&'n str> {
    dig(object, path).and_then(Node::as_str)
}

fn secret(object: &Node, origin: &Origin, inventory: &mut Inventory) {
    let keys = keys_of(object, &["data", "stringData"]);
    // A controller fills a Secret that holds nothing yet, such as a token's.
    let keys = if keys.is_empty() { Keys::Unknown } else { Keys::Known(keys) };
    inventory.apply_keys(KeySource::Secret, origin, [(origin.name.clone(), keys)]);
}

fn config_map(object: &Node, origin: &Origin, inventory: &mut Inventory) {
    let keys = Keys::Known(keys_of(object, &["data", "binaryData"]));
    inventory.apply_keys(KeySource::ConfigMap, origin, [(origin.name.clone(), keys)]);
}

fn of_vault(object: &Node, origin: &Origin, inventory: &mut Inventory) {
    made(origin, text(object, &["spec", "destination", "name"]), inventory);
}

/// Secrets of these names that a controller makes from an object, with keys that it does not tell.
fn made<'n>(origin: &Origin, names: impl IntoIterator<Item = &'n str>, inventory: &mut Inventory) {
    let known = names.into_iter().map(|name| (name.to_owned(), Keys::Unknown));
    inventory.apply_keys(KeySource::Secret, origin, known);
}

/// `defaults` are the version and the kind of the target where they are left out.
fn autoscaler(object: &Node, origin: &Origin, defaults: [&str; 2], inventory: &mut Inventory) {
    let target = |key| text(object, &["spec", "scaleTargetRef", key]);
    let Some(name) = target("name") else { return };
    let [version, kind] = defaults;
    let version = target("apiVersion").unwrap_or(version);
    let group = version.split_once('/').map_or("", |(group, _)| group).to_owned();
    let kind = target("kind").unwrap_or(kind).to_owned();
    inventory.apply_autoscaler(origin, name.to_owned(), ScaleTarget { group, kind });
}

fn dig<'n>(node: &'n Node, path: &[&str]) -> Option<&'n Node> {
    path.iter().try_fold(node, |node, key| node.get(key))
}

fn keys_of(object: &Node, fields: &[&str]) -> BTreeSet<String> {
    let mut keys = BTreeSet::new();
    for field in fields {
        if let Some(Node { value: Value::Mapping(entries), .. }) = object.get(field) {
            keys.extend(entries.iter().map(|entry| entry.key.clone()));
        }
    }
    keys
}

/// A label whose value is no text is not known: the API server would refuse it.
fn labels_of(labels: &Node) -> NamespaceLabels {
    let mut found = NamespaceLabels::default();
    match &labels.value {
        Value::Mapping(entries) => {
            let label =
                |entry: &Entry| (entry.key.clone(), entry.value.as_str().map(str::to_owned));
            found.stated = entries.iter().map(label).collect();
        }
        Value::Null => {}
        _ => found.is_unreadable = true,
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::documents;

    fn inventory(text: &str) -> Inventory {
        let mut inventory = Inventory::complete();
        for document in documents(text) {
            inventory.observe(&document.expect("readable"));
        }
        inventory
    }

    #[test]
    fn a_secret_is_known_by_the_names_of_its_keys_only() {
        let found = inventory(
            "{apiVersion: v1, kind: Secret, metadata: {name: db, namespace: shop}, \
             data: {user: eA==}, stringData: {password: hunter2}}",
        );
        let keys = |source, namespace| found.keys(source, Some(namespace), "db").expect("seen");
        let held = keys(KeySource::Secret, "shop").expect("held");
        assert!(held.may_hold("user") && held.may_hold("password") && !held.may_hold("url"));
        assert_eq!(keys(KeySource::Secret, "other"), None);
        assert_eq!(keys(KeySource::ConfigMap, "shop"), None);
        assert!(!format!("{found:?}").contains("hunter2"));
    }

    #[test]
    fn of_a_namespace_only_what_all_its_manifests_say_is_known() {
        let label = |stream: &str, key: &str| {
            let found = inventory(stream);
            let labels = found.namespace_labels("shop").expect("given");
            format!("{:?}", labels.get(key))
        };
        let manifest = |labels: &str| {
            format!("---\n{{apiVersion: v1, kind: Namespace, metadata: {{name: shop{labels}}}}}\n")
        };
        let (prod, stage) = (", labels: {env: prod, a: b}", ", labels: {env: stage}");
        for (manifests, env) in [
            (&[prod][..], "Value(\"prod\")"),
            (&[prod, prod], "Value(\"prod\")"),
            (&[prod, ""], "Unknown"),
            (&["", prod], "Unknown"),
            (&[prod, ", labels: ~"], "Unknown"),
            (&[prod, stage], "Unknown"),
            (&[prod, stage, prod], "Unknown"),
            (&["", prod, prod], "Unknown"),
            (&["", ""], "Absent"),
            (&[", labels: {env: 5}"], "Unknown"),
            (&[", labels: {env: 5}", ", labels: {env: 5}"], "Unknown"),
            (&[", labels: [env]"], "Unknown"),
            (&[", labels: [env]", ""], "Unknown"),
        ] {
            let stream: String = manifests.iter().copied().map(manifest).collect();
            assert_eq!(label(&stream, "env"), env, "{stream}");
        }
        let stream = manifest(prod) + &manifest(stage);
        assert_eq!(
            (label(&stream, "a").as_str(), label(&stream, "c").as_str()),
            ("Unknown", "Absent")
        );
    }

    #[test]
    fn a_secret_that_a_controller_will_make_counts_with_any_key() {
        let found = inventory(
            "{apiVersion: external-secrets.io/v1, kind: ExternalSecret, metadata: {name: db}, spec: {target: {name: real}}}\n---\n\
             {apiVersion: bitnami.com/v1alpha1, kind: SealedSecret, metadata: {name: sealed}}\n---\n\
             {apiVersion: cert-manager.io/v1, kind: Certificate, metadata: {name: c}, spec: {secretName: tls}}",
        );
        for name in ["real", "sealed", "tls"] {
            assert_eq!(
                found.keys(KeySource::Secret, Some("any"), name),
                Ok(Some(&Keys::Unknown)),
                "{name}"
            );
        }
        assert_eq!(found.keys(KeySource::Secret, None, "db"), Ok(None));
    }
}
