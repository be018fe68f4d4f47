//! The review that is sent: a Deployment as the API server passes it on after a server-side apply.

use plimsoll::subject::BUILT_IN;
use serde_json::{Value, json};
use support::review;
use support::workloads::{good, pod_spec};

/// A review of creating a well-made Deployment, of about 6 KB.
pub fn deployment_review() -> String {
    let kind = &BUILT_IN[1];
    let mut object = good(kind);
    let spec = pod_spec(&mut object, kind);
    // One init container and one main container, as most Deployments have.
    let sidecar = spec["initContainers"].as_array_mut().unwrap().pop();
    assert!(sidecar.is_some());
    let variables = (0..12)
        .map(|n| json!({"name": format!("SETTING_{n}"), "value": format!("value number {n}")}));
    spec["containers"][0]["env"].as_array_mut().unwrap().extend(variables);
    spec["containers"][0]["volumeMounts"] = json!([{"name": "tmp", "mountPath": "/tmp"}]);
    spec["containers"][0]["terminationMessagePath"] = json!("/dev/termination-log");
    spec["dnsPolicy"] = json!("ClusterFirst");
    spec["schedulerName"] = json!("default-scheduler");
    spec["terminationGracePeriodSeconds"] = json!(30);
    object["spec"]["replicas"] = json!(2);
    object["spec"]["strategy"] = json!({"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": "25%", "maxSurge": "25%"}});
    object["metadata"]["uid"] = json!("0e1f6c55-5f3a-4e0c-8f7d-0a9f5c3b2d11");
    object["metadata"]["generation"] = json!(1);
    object["metadata"]["creationTimestamp"] = json!("2026-11-22T08:00:00Z");
    let managed = managed_fields(&object["spec"]);
    object["metadata"]["managedFields"] = json!([{
        "manager": "kubectl", "operation": "Apply", "apiVersion": "apps/v1",
        "time": "2026-11-22T08:00:00Z", "fieldsType": "FieldsV1", "fieldsV1": {"f:spec": managed}
    }]);
    let body = review::create(&object);
    assert!((5_500..7_500).contains(&body.len()), "{}", body.len());
    body
}

/// Which fields the manager set, in the form of `FieldsV1`.
fn managed_fields(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let own = fields.iter().map(|(key, value)| (format!("f:{key}"), managed_fields(value)));
            Value::Object(own.collect())
        }
        Value::Array(elements) => {
            let named = elements.iter().filter_map(|e| Some((e["name"].as_str()?, e)));
            let own =
                named.map(|(name, e)| (format!("k:{{\"name\":\"{name}\"}}"), managed_fields(e)));
            Value::Object(own.collect())
        }
        _ => json!({}),
    }
}
