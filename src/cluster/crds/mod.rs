//! Policies and exceptions as objects of the API server: its definitions of them, made from the very
//! types that read files.

mod schema;
mod status;

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::{
    CustomResourceColumnDefinition, CustomResourceDefinition, CustomResourceDefinitionNames,
    CustomResourceDefinitionSpec, CustomResourceDefinitionVersion, CustomResourceSubresourceStatus,
    CustomResourceSubresources, CustomResourceValidation,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use schemars::JsonSchema;
use serde_json::{Value, json};

use super::objects::{EXCEPTIONS, GROUP, OwnKind, POLICIES, VERSION};
use crate::policy::exception::ExceptionSpec;
use crate::policy::spec::PolicySpec;
use schema::structural;

pub use status::{DeployPolicyStatus, PolicyExceptionStatus};

/// The condition that says whether all of an object is in force.
pub const READY: &str = "Ready";

/// The definitions of policies and of exceptions.
///
/// # Errors
/// A schema that is none; tests make each.
pub fn definitions() -> Result<[CustomResourceDefinition; 2], serde_json::Error> {
    let policies = Definition {
        of: POLICIES,
        short: "dpol",
        scope: "Cluster",
        about: "What must hold of what is deployed, for whom, and what happens otherwise.",
        columns: vec![
            column("Mode", "string", ".spec.mode", "The mode of rules that set none.", 0),
            column("Ready", "string", &of_ready("status"), "Whether all of it is in force.", 0),
            column("Rules", "integer", ".status.rulesInForce", "How many rules are in force.", 0),
            column("Age", "date", ".metadata.creationTimestamp", "Since it was made.", 0),
            column("Reason", "string", &of_ready("reason"), "Why it is ready, or is not.", 1),
        ],
    };
    let exceptions = Definition {
        of: EXCEPTIONS,
        short: "polex",
        scope: "Namespaced",
        about: "Who may break which rules in this namespace, why, and until when.",
        columns: vec![
            column("Rules", "string", ".spec.rules", "The rules that may be broken.", 0),
            column("Kind", "string", ".spec.select.kind", "Of which kind of object.", 0),
            column("Object", "string", ".spec.select.name", "Of objects of which name.", 0),
            // As text: of a moment that is still to come a column of dates shows nothing.
            column("Expires", "string", ".spec.expires", "From when it excuses nothing.", 0),
            column("Ready", "string", &of_ready("status"), "Whether it excuses.", 0),
            column("Age", "date", ".metadata.creationTimestamp", "Since it was made.", 0),
            column("Reason", "string", &of_ready("reason"), "Why it does, or does not.", 1),
        ],
    };
    Ok([
        policies.defined::<PolicySpec, DeployPolicyStatus>()?,
        exceptions.defined::<ExceptionSpec, PolicyExceptionStatus>()?,
    ])
}

/// What is said of a kind beside what its types say.
struct Definition {
    of: OwnKind,
    short: &'static str,
    scope: &'static str,
    about: &'static str,
    columns: Vec<CustomResourceColumnDefinition>,
}

impl Definition {
    fn defined<Spec: JsonSchema, Status: JsonSchema>(
        self,
    ) -> Result<CustomResourceDefinition, serde_json::Error> {
        let schema = serde_json::from_value(of_object(
            self.about,
            &structural::<Spec>(),
            structural::<Status>(),
        ))?;
        let version = CustomResourceDefinitionVersion {
            name: VERSION.to_owned(),
            served: true,
            storage: true,
            schema: Some(CustomResourceValidation { open_api_v3_schema: Some(schema) }),
            subresources: Some(CustomResourceSubresources {
                status: Some(CustomResourceSubresourceStatus(json!({}))),
                scale: None,
            }),
            additional_printer_columns: Some(self.columns),
            ..CustomResourceDefinitionVersion::default()
        };
        let names = CustomResourceDefinitionNames {
            kind: self.of.kind.to_owned(),
            list_kind: Some(format!("{}List", self.of.kind)),
            plural: self.of.plural.to_owned(),
            singular: Some(self.of.kind.to_ascii_lowercase()),
            short_names: Some(vec![self.short.to_owned()]),
            categories: Some(vec!["plimsoll".to_owned()]),
        };
        let metadata = ObjectMeta { name: Some(self.of.definition()), ..ObjectMeta::default() };
        let spec = CustomResourceDefinitionSpec {
            group: GROUP.to_owned(),
            names,
            scope: self.scope.to_owned(),
            versions: vec![version],
            ..CustomResourceDefinitionSpec::default()
        };
        Ok(CustomResourceDefinition { metadata, spec, status: None })
    }
}

/// The schema of an object, by those of its parts.
fn of_object(about: &str, spec: &Value, mut status: Value) -> Value {
    if let Some(status) = status.as_object_mut() {
        // Written part by part, by whichever version of the server it is up to.
        status.remove("required");
    }
    json!({
        "type": "object",
        "description": about,
        "required": ["spec"],
        "properties": {
            "apiVersion": {"type": "string"}, "kind": {"type": "string"},
            "metadata": {"type": "object"}, "spec": spec, "status": status
        }
    })
}

fn column(
    name: &str,
    of_type: &str,
    path: &str,
    about: &str,
    priority: i32,
) -> CustomResourceColumnDefinition {
    CustomResourceColumnDefinition {
        name: name.to_owned(),
        type_: of_type.to_owned(),
        json_path: path.to_owned(),
        description: Some(about.to_owned()),
        // A column of priority 1 is shown with `-o wide`.
        priority: (priority > 0).then_some(priority),
        format: None,
    }
}

/// The path of a field of the condition [`READY`].
fn of_ready(field: &str) -> String {
    format!(".status.conditions[?(@.type==\"{READY}\")].{field}")
}
