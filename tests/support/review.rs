//! AdmissionReviews as the API server sends them: fields in the order in which Go writes them.

use plimsoll::subject::BUILT_IN;
use serde_json::{Value, json};

/// The uid of every review made here.
pub const UID: &str = "705ab4f5-6393-11e8-b7cc-42010a800002";

/// A review of creating `object`.
pub fn create(object: &Value) -> String {
    review(object, &Value::Null, "CREATE", "")
}

/// A review of updating `old` to `object`.
pub fn update(old: &Value, object: &Value) -> String {
    review(object, old, "UPDATE", "")
}

/// A review of any operation on `object`, or on a subresource of it.
pub fn review(object: &Value, old: &Value, operation: &str, sub_resource: &str) -> String {
    let known = if object.is_null() { old } else { object };
    let version = known["apiVersion"].as_str().unwrap_or("v1");
    let (group, version) = version.split_once('/').unwrap_or(("", version));
    let kind = known["kind"].as_str().unwrap_or("Pod");
    let workload = BUILT_IN.iter().find(|k| k.kind == kind && k.group == group);
    let plural = || format!("{}s", kind.to_lowercase());
    let resource = workload.map_or_else(plural, |k| k.resource.to_string());
    let kind = json!({"group": group, "version": version, "kind": kind});
    let resource = json!({"group": group, "version": version, "resource": resource});
    let sub_resource = match sub_resource {
        "" => String::new(),
        name => format!(r#""subResource":"{name}","#),
    };
    let metadata = &known["metadata"];
    let (name, namespace) = (&metadata["name"], &metadata["namespace"]);
    format!(
        r#"{{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":{{"uid":"{UID}","kind":{kind},"resource":{resource},{sub_resource}"requestKind":{kind},"requestResource":{resource},"name":{name},"namespace":{namespace},"operation":"{operation}","userInfo":{{"username":"developer","groups":["system:authenticated"]}},"object":{object},"oldObject":{old},"dryRun":false,"options":{{"kind":"CreateOptions","apiVersion":"meta.k8s.io/v1"}}}}}}"#
    )
}
