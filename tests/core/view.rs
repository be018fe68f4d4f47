//! The view cannot drift from the API: every field it reads is held against k8s-openapi's structs.

use k8s_openapi::Resource;
use k8s_openapi::api::apps::v1::{DaemonSet, Deployment, ReplicaSet, StatefulSet};
use k8s_openapi::api::batch::v1::{CronJob, Job};
use k8s_openapi::api::core::v1::{
    EphemeralContainer, Pod, PodTemplate, PodTemplateSpec, ReplicationController, Volume,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use plimsoll::subject::{self, BUILT_IN};
use schemars::{JsonSchema, SchemaGenerator};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::probe::{Probe, Wanted};

fn wanted_of(read: impl Fn(Probe)) -> Vec<(String, &'static str)> {
    let wanted = Wanted::default();
    for volume_source in ["secret", "configMap", "projected"] {
        read(Probe { path: String::new(), wanted: wanted.clone(), volume_source });
    }
    let mut wanted = wanted.borrow().clone();
    wanted.sort();
    wanted.dedup();
    wanted
}

fn schema<T: JsonSchema>() -> Value {
    SchemaGenerator::default().into_root_schema_for::<T>().to_value()
}

/// Follows references and steps over `null`.
fn resolved<'s>(schema: &'s Value, root: &'s Value) -> &'s Value {
    if let Some(reference) = schema["$ref"].as_str() {
        let pointer = reference.strip_prefix('#').expect("a local reference");
        return resolved(root.pointer(pointer).expect("a definition"), root);
    }
    for list in ["allOf", "anyOf", "oneOf"] {
        if let Some(options) = schema[list].as_array() {
            let other = options.iter().find(|o| o["type"] != "null").expect("something but null");
            return resolved(other, root);
        }
    }
    schema
}

/// The schema at a probe's path.
fn at<'s>(path: &str, root: &'s Value) -> &'s Value {
    let mut here = resolved(root, root);
    let steps = path.replace("[]", ".[]").replace("{}", ".{}");
    for step in steps.split('.').filter(|s| !s.is_empty()) {
        let next = match step {
            "[]" => &here["items"],
            "{}" => &here["additionalProperties"],
            field => &here["properties"][field],
        };
        assert!(!next.is_null(), "the API has no `{step}` in `{path}`");
        here = resolved(next, root);
    }
    here
}

fn assert_drawn_from(wanted: &[(String, &str)], root: &Value) {
    for (path, kind) in wanted {
        let schema = at(path, root);
        let is = |name: &str| schema["type"] == name || schema["type"] == json!([name, "null"]);
        let fits = match *kind {
            "boolean" => is("boolean"),
            "string" => is("string"),
            "int32" => is("integer") && schema["format"] == "int32",
            "int64" => is("integer") && schema["format"] == "int64",
            "quantity" => schema.to_string().contains("string"),
            other => panic!("{other}"),
        };
        assert!(fits, "`{path}` is read as {kind}, the API has {schema}");
    }
}

#[test]
fn every_field_of_the_pod_view_is_a_field_of_the_api_with_its_type() {
    let wanted = wanted_of(|probe| {
        subject::PodTemplateSpec::deserialize(probe).expect("the probe gives everything");
    });
    assert!(wanted.len() > 150, "the probe went through the view: {}", wanted.len());
    assert_drawn_from(&wanted, &schema::<PodTemplateSpec>());
}

#[test]
fn every_field_of_a_container_view_is_a_field_of_ephemeral_containers_too() {
    let wanted = wanted_of(|probe| {
        subject::Container::deserialize(probe).expect("the probe gives everything");
    });
    // The API has no restart policy for ephemeral containers that would make them sidecars.
    assert_drawn_from(&wanted, &schema::<EphemeralContainer>());
}

#[test]
fn every_field_of_the_metadata_view_is_a_field_of_the_api_with_its_type() {
    let wanted = wanted_of(|probe| {
        subject::ObjectMeta::deserialize(probe).expect("the probe gives everything");
    });
    assert_drawn_from(&wanted, &schema::<ObjectMeta>());
}

#[test]
fn every_allowed_volume_kind_is_one_of_the_api() {
    let root = schema::<Volume>();
    let page = plimsoll::rules::catalog::find("volume-types").expect("a rule").page;
    for kind in [
        "configMap",
        "csi",
        "downwardAPI",
        "emptyDir",
        "ephemeral",
        "image",
        "persistentVolumeClaim",
        "projected",
        "secret",
    ] {
        at(kind, &root);
        assert!(page.contains(kind), "the page names {kind}");
    }
}

fn assert_kind<T: Resource + JsonSchema + DeserializeOwned>(template: &str) {
    let known = BUILT_IN.iter().find(|k| k.kind == T::KIND && k.group == T::GROUP);
    let known = known.unwrap_or_else(|| panic!("{} is no workload", T::KIND));
    assert_eq!(known.resource, T::URL_PATH_SEGMENT);
    assert_eq!(known.templates()[0].to_string(), template, "{}", T::KIND);
    let root = schema::<T>();
    let spec = if template.is_empty() { "spec".to_owned() } else { format!("{template}.spec") };
    at(&format!("{spec}.containers"), &root);
}

#[test]
fn every_workload_kind_is_one_of_the_api_and_has_its_template_where_it_is_read() {
    assert_kind::<Pod>("");
    assert_kind::<Deployment>("spec.template");
    assert_kind::<ReplicaSet>("spec.template");
    assert_kind::<StatefulSet>("spec.template");
    assert_kind::<DaemonSet>("spec.template");
    assert_kind::<ReplicationController>("spec.template");
    assert_kind::<Job>("spec.template");
    assert_kind::<CronJob>("spec.jobTemplate.spec.template");
    assert_kind::<PodTemplate>("template");
    assert_eq!(BUILT_IN.len(), 9, "a kind without a line here");
}
