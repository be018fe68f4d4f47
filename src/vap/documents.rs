//! What the files hold that policies are made from.

use k8s_openapi::api::admissionregistration::v1::{
    ValidatingAdmissionPolicy, ValidatingAdmissionPolicyBinding,
};
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use serde::de::DeserializeOwned;
use serde_json::Value;
use thiserror::Error;

use crate::yaml::{self, Node, Place};

/// What the files hold.
#[derive(Debug, Default)]
pub struct Documents {
    pub(super) policies: Vec<ValidatingAdmissionPolicy>,
    pub(super) bindings: Vec<ValidatingAdmissionPolicyBinding>,
    pub(super) definitions: Vec<CustomResourceDefinition>,
    /// All others: parameters may be among them.
    pub(super) others: Vec<Value>,
}

/// A document that cannot be read.
#[derive(Debug, Error)]
#[error("{file}:{}:{}: {problem}", place.line, place.column)]
pub struct Unreadable {
    file: String,
    place: Place,
    problem: String,
}

impl Documents {
    /// Adds what a file holds, but for what cannot be read.
    pub fn add(&mut self, file: &str, text: &str) -> Vec<Unreadable> {
        let fail = |place, problem| Unreadable { file: file.to_owned(), place, problem };
        let mut unreadable = Vec::new();
        for document in yaml::documents(text) {
            match document {
                Ok(node) => {
                    let faults = self.add_node(&node);
                    unreadable.extend(faults.into_iter().map(|(place, what)| fail(place, what)));
                }
                Err(e) => unreadable.push(fail(e.place.clone(), e.problem.to_string())),
            }
        }
        unreadable
    }

    /// Whether there is no policy.
    pub fn is_empty(&self) -> bool {
        self.policies.is_empty()
    }

    fn add_node(&mut self, node: &Node) -> Vec<(Place, String)> {
        let text = |name: &str| node.get(name).and_then(Node::as_str).unwrap_or_default();
        let (group, kind) =
            (text("apiVersion").split('/').next().unwrap_or_default(), text("kind"));
        let read = match (group, kind) {
            ("v1", "List") => {
                return match node.get("items").map(|items| &items.value) {
                    Some(yaml::Value::Sequence(items)) => {
                        items.iter().flat_map(|item| self.add_node(item)).collect()
                    }
                    _ => vec![(node.place.clone(), "`items`: is no list".to_owned())],
                };
            }
            ("admissionregistration.k8s.io", "ValidatingAdmissionPolicy") => {
                read(node).map(|policy| self.policies.push(policy))
            }
            ("admissionregistration.k8s.io", "ValidatingAdmissionPolicyBinding") => {
                read(node).map(|binding| self.bindings.push(binding))
            }
            ("apiextensions.k8s.io", "CustomResourceDefinition") => {
                read(node).map(|definition| self.definitions.push(definition))
            }
            _ => {
                self.others.push(node.to_value());
                Ok(())
            }
        };
        read.err().map(|problem| (node.place.clone(), problem)).into_iter().collect()
    }
}

/// A document as what it says that it is; of whatever version, its fields are those of `v1`.
fn read<T: DeserializeOwned>(node: &Node) -> Result<T, String> {
    let mut value = node.to_value();
    if let Some(version) = value.get_mut("apiVersion") {
        let group = version.as_str().and_then(|version| version.split('/').next());
        *version = group.map(|group| format!("{group}/v1")).into();
    }
    serde_path_to_error::deserialize(value).map_err(|e| format!("`{}`: {}", e.path(), e.inner()))
}
