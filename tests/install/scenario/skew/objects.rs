//! The policy that is an object, and what is held against it.

use std::time::Duration;

use serde_json::{Value, json};

use crate::cluster::Cluster;
use crate::command::Ended;
use crate::scenario::workloads;
use crate::wait;

/// The policy's name.
const NAME: &str = "skew";

/// What both versions know of it, and the bad Deployment breaks.
pub const KNOWN: &[&str] = &["run-as-non-root"];

/// It with these rules, all of which refuse.
pub fn policy(rules: &[&str]) -> String {
    let rules: String = rules.iter().map(|rule| format!("    {rule}: {{}}\n")).collect();
    format!(
        "apiVersion: plimsoll.dev/v1alpha1\nkind: DeployPolicy\nmetadata: {{name: {NAME}}}\nspec:\n  \
         rules:\n{rules}"
    )
}

/// Applies it as everybody does; the API server holds it against what it knows of the kind.
pub fn apply(cluster: &Cluster, rules: &[&str]) -> Ended {
    cluster.kubectl_reading(&policy(rules), &["apply", "-f", "-"])
}

/// The same without meaning it.
pub fn try_out(cluster: &Cluster, rules: &[&str]) -> Ended {
    cluster.kubectl_reading(&policy(rules), &["apply", "--dry-run=server", "-f", "-"])
}

/// The same where what it does not know is no error.
pub fn apply_unvalidated(cluster: &Cluster, rules: &[&str]) -> Ended {
    cluster.kubectl_reading(&policy(rules), &["apply", "--validate=ignore", "-f", "-"])
}

/// As the API server hands it out.
pub fn stored(cluster: &Cluster) -> Value {
    cluster.kubectl(&["get", "deploypolicy", NAME, "-o", "json"]).json()
}

/// The rules of it, as the API server hands it out.
pub fn rules_of(cluster: &Cluster) -> Vec<String> {
    let object = stored(cluster);
    let rules = object["spec"]["rules"].as_object().expect("rules");
    rules.keys().cloned().collect()
}

/// Waits until its status has this reason and says that so many rules are in force; what it is then.
pub fn stand(cluster: &Cluster, reason: &str, in_force: usize) -> Result<Value, String> {
    let mut last = Value::Null;
    let found = wait::within(Duration::from_secs(30), || {
        let object = stored(cluster);
        last = object["status"].clone();
        let is_so = last["conditions"][0]["reason"] == reason
            && last["rulesInForce"] == in_force
            && last["observedGeneration"] == object["metadata"]["generation"];
        is_so.then_some(())
    });
    found.map(|()| last.clone()).ok_or_else(|| last.to_string())
}

/// A Deployment with which nothing is wrong but what the new rule is about.
pub fn with_host_port() -> Value {
    let mut object = workloads::good();
    let container = &mut object["spec"]["template"]["spec"]["containers"][0];
    container["ports"] = json!([{"containerPort": 8080, "hostPort": 8080}]);
    object
}
