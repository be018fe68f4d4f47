//! The inventory of manifests: what each object will be, or will bring about, in the cluster.

use serde::Deserialize;

use super::keys::KeySource;
use super::kinds::NeighbourKind;
use super::trimmed::Trimmed;
use super::{Inventory, NamespaceLabels};
use crate::yaml::{Entry, Node, Value};

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
        let source = match (group, kind) {
            ("", "Secret") => Some(KeySource::Secret),
            ("", "ConfigMap") => Some(KeySource::ConfigMap),
            _ => None,
        };
        if let Some(source) = source {
            let namespace = text(object, &["metadata", "namespace"]).unwrap_or_default();
            self.values.observe(source, namespace, name, object);
        }
        // What cannot be read has a key twice, which is said where it is reviewed.
        if let Some(kind) = NeighbourKind::find(group, kind)
            && let Ok(object) = Trimmed::deserialize(object)
        {
            self.apply(kind, &object);
        }
    }
}

fn text<'n>(object: &'n Node, path: &[&str]) -> Option<&'n str> {
    dig(object, path).and_then(Node::as_str)
}

fn dig<'n>(node: &'n Node, path: &[&str]) -> Option<&'n Node> {
    path.iter().try_fold(node, |node, key| node.get(key))
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
    use crate::inventory::{KeySource, Keys};
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

    #[test]
    fn what_is_in_no_namespace_yet_is_a_neighbour_in_any() {
        let map = |metadata: &str, key: &str| {
            format!(
                "---\n{{apiVersion: v1, kind: ConfigMap, metadata: {{name: db{metadata}}}, data: {{{key}: b}}}}\n"
            )
        };
        let found = inventory(&(map("", "nowhere") + &map(", namespace: shop", "shop")));
        let holds = |namespace, key: &str| {
            let keys = found.keys(KeySource::ConfigMap, namespace, "db").expect("seen");
            keys.is_some_and(|keys| keys.may_hold(key))
        };
        assert!(holds(Some("shop"), "shop"), "the nearest counts");
        assert!(holds(Some("other"), "nowhere") && !holds(Some("other"), "shop"));
        assert!(holds(None, "nowhere") || holds(None, "shop"));
    }

    #[test]
    fn an_autoscaler_decides_about_the_kind_that_it_names() {
        let found = inventory(
            "{apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, metadata: {name: a, namespace: shop}, \
             spec: {scaleTargetRef: {apiVersion: apps/v1, kind: StatefulSet, name: db}}}\n---\n\
             {apiVersion: keda.sh/v1alpha1, kind: ScaledObject, metadata: {name: b, namespace: shop}, \
             spec: {scaleTargetRef: {name: web}}}",
        );
        let is_scaled = |kind, name| found.is_scaled("apps", kind, Some("shop"), name);
        assert_eq!(is_scaled("StatefulSet", "db"), Ok(true));
        assert_eq!(is_scaled("Deployment", "db"), Ok(false));
        assert_eq!(is_scaled("Deployment", "web"), Ok(true), "what KEDA takes for meant");
    }
}
