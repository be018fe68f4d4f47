//! What is written: the Deployments of the demonstration, and one that runs here.

use serde_json::{Value, json};
use support::committed::repository;

use crate::images::PAUSE;

/// Where they are written to.
pub const NAMESPACE: &str = "shop";
/// The same as a path of the API.
pub const PATH: &str = "/apis/apps/v1/namespaces/shop/deployments";

/// One that the production policy lets in.
pub fn good() -> Value {
    read("good.yaml")
}

/// One that it refuses.
pub fn bad() -> Value {
    read("bad.yaml")
}

/// A good one whose Pods run here, where no image can be pulled: it is the product's own.
pub fn running(image: &str) -> Value {
    let mut object = good();
    object["metadata"]["name"] = json!("runs");
    let container = &mut object["spec"]["template"]["spec"]["containers"][0];
    container["image"] = json!(image);
    container["imagePullPolicy"] = json!("Never");
    container["args"] = json!(["serve", "--self-signed", "--admin-listen=0.0.0.0:8081"]);
    // A Secret that is not there would keep it from starting.
    container["env"] = json!([]);
    container["livenessProbe"] = json!({"httpGet": {"path": "/livez", "port": 8081}});
    container["readinessProbe"] = json!({"httpGet": {"path": "/readyz", "port": 8081}});
    object
}

/// A Pod that no policy but an exclusion lets in.
pub fn careless_pod(name: &str) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": name, "namespace": "kube-system"},
        "spec": {"containers": [{"name": "pause", "image": PAUSE, "imagePullPolicy": "Never"}]}
    })
}

fn read(name: &str) -> Value {
    let path = repository().join("tests/workloads").join(name);
    let text = std::fs::read_to_string(&path)
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let object = plimsoll::yaml::documents(&text).remove(0).expect("readable").to_json();
    serde_json::from_str(&object).expect("JSON")
}
