//! The inventory of manifests: what each object will be, or will bring about, in the cluster.

use std::collections::BTreeSet;

use super::{Inventory, Keys, NamespaceLabels, Source};
use crate::yaml::{Entry, Node, Value};

impl Inventory {
    /// Takes note of one object.
    ///
    /// Besides `Secret` and `ConfigMap` it knows the objects that make a Secret later:
    /// `ExternalSecret` (external-secrets.io), `SealedSecret` (bitnami.com), `Certificate`
    /// (cert-manager.io), `SecretProviderClass` (secrets-store.csi.x-k8s.io) and Vault's
    /// operator (secrets.hashicorp.com).
    pub fn observe(&mut self, object: &Node) {
        let text = |path: &[&str]| dig(object, path).and_then(Node::as_str);
        let Some(name) = text(&["metadata", "name"]) else { return };
        let namespace = text(&["metadata", "namespace"]);
        let group = text(&["apiVersion"]).and_then(|v| v.split_once('/')).map_or("", |(g, _)| g);
        match (group, text(&["kind"]).unwrap_or_default()) {
            ("", "Secret") => {
                let keys = keys_of(object, &["data", "stringData"]);
                // A controller fills a Secret that holds nothing yet, such as a token's.
                let keys = if keys.is_empty() { Keys::Unknown } else { Keys::Known(keys) };
                self.hold(Source::Secret, name, namespace, keys);
            }
            ("", "ConfigMap") => {
                let keys = Keys::Known(keys_of(object, &["data", "binaryData"]));
                self.hold(Source::ConfigMap, name, namespace, keys);
            }
            ("external-secrets.io", "ExternalSecret") => {
                let target = text(&["spec", "target", "name"]).unwrap_or(name);
                self.hold(Source::Secret, target, namespace, Keys::Unknown);
            }
            ("secrets-store.csi.x-k8s.io", "SecretProviderClass") => {
                let objects = dig(object, &["spec", "secretObjects"]).and_then(Node::as_sequence);
                for target in
                    objects.into_iter().flatten().filter_map(|o| o.get("secretName")?.as_str())
                {
                    self.hold(Source::Secret, target, namespace, Keys::Unknown);
                }
            }
            ("secrets.hashicorp.com", _) => {
                if let Some(target) = text(&["spec", "destination", "name"]) {
                    self.hold(Source::Secret, target, namespace, Keys::Unknown);
                }
            }
            ("bitnami.com", "SealedSecret") => {
                let target = text(&["spec", "template", "metadata", "name"]).unwrap_or(name);
                self.hold(Source::Secret, target, namespace, Keys::Unknown);
            }
            ("cert-manager.io", "Certificate") => {
                if let Some(target) = text(&["spec", "secretName"]) {
                    self.hold(Source::Secret, target, namespace, Keys::Unknown);
                }
            }
            ("", "Namespace") => {
                let labels = dig(object, &["metadata", "labels"]).map(labels_of);
                let mut labels = labels.unwrap_or_default();
                if let Some(known) = self.namespaces.remove(name) {
                    labels = known.and(labels);
                }
                self.namespaces.insert(name.to_owned(), labels);
            }
            _ => {}
        }
    }
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
        let mut inventory = Inventory::default();
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
        let keys = found.keys(Source::Secret, Some("shop"), "db").expect("held");
        assert!(keys.may_hold("user") && keys.may_hold("password") && !keys.may_hold("url"));
        assert_eq!(found.keys(Source::Secret, Some("other"), "db"), None);
        assert_eq!(found.keys(Source::ConfigMap, Some("shop"), "db"), None);
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
                found.keys(Source::Secret, Some("any"), name),
                Some(&Keys::Unknown),
                "{name}"
            );
        }
        assert_eq!(found.keys(Source::Secret, None, "db"), None);
    }
}
