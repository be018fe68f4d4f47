//! The chart as it is installed, and what can be seen of it from outside.

use std::collections::BTreeSet;
use std::net::SocketAddrV4;
use std::time::Duration;

use serde_json::Value;
use support::committed::repository;

use crate::api::Api;
use crate::cluster::{Cluster, is_ready};
use crate::command::Ended;
use crate::scenario::load::is_refusal;
use crate::scenario::workloads;
use crate::settings::NODES;
use crate::wait;

/// The namespace it is installed in, which is the one that the manifest names.
pub const NAMESPACE: &str = "plimsoll";
/// The product's image, as `make test-install` names it.
pub const REPOSITORY: &str = "localhost/plimsoll";
pub const TAG: &str = env!("CARGO_PKG_VERSION");
/// By which its Pods are selected.
pub const PODS: &str = "app.kubernetes.io/name=plimsoll,app.kubernetes.io/component=webhook";
/// As long as a rolling update may take: each replica leaves for ten seconds.
const ROLLOUT: Duration = Duration::from_secs(150);

/// One replica.
#[derive(Debug, Clone)]
pub struct Pod {
    pub name: String,
    pub node: String,
    /// Of its container.
    pub container: String,
    /// What runs in it.
    pub image: String,
    pub is_ready: bool,
}

/// The values that a cluster without a registry needs.
pub fn image_values() -> Vec<String> {
    let set = |text: String| ["--set".to_owned(), text];
    let values = [
        set(format!("image.repository={REPOSITORY}")),
        set(format!("image.tag={TAG}")),
        set("image.pullPolicy=Never".to_owned()),
    ];
    values.concat()
}

/// Runs `helm VERB plimsoll CHART` with these values.
pub fn helm(cluster: &Cluster, verb: &str, values: &[&str]) -> Ended {
    let chart = repository().join("charts/plimsoll").display().to_string();
    let words = [verb, "plimsoll", &chart, "--namespace", NAMESPACE, "--wait", "--timeout", "110s"];
    let mut words: Vec<String> = words.iter().map(ToString::to_string).collect();
    if verb == "upgrade" {
        words.push("--reuse-values".to_owned());
    } else {
        words.extend(image_values());
    }
    for value in values {
        words.extend(["--set".to_owned(), (*value).to_owned()]);
    }
    cluster.helm(&words)
}

/// Makes the namespaces, where they are not there. Pod Security holds in both.
pub fn make_namespaces(cluster: &Cluster) {
    for name in [NAMESPACE, workloads::NAMESPACE] {
        let text = format!(
            "{{apiVersion: v1, kind: Namespace, metadata: {{name: {name}, labels: \
             {{pod-security.kubernetes.io/enforce: restricted, \
             pod-security.kubernetes.io/warn: restricted}}}}}}"
        );
        // What the writers write is judged by the webhook alone.
        let text = if name == NAMESPACE { text } else { text.replace("restricted", "privileged") };
        cluster.kubectl_reading(&text, &["apply", "-f", "-"]).expect();
    }
}

/// The replicas there are.
pub fn pods(cluster: &Cluster) -> Vec<Pod> {
    let words = ["-n", NAMESPACE, "get", "pods", "-l", PODS, "-o", "json"];
    let list = cluster.kubectl(&words).json();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let pod = |object: &Value| Pod {
        name: text(&object["metadata"]["name"]),
        node: text(&object["spec"]["nodeName"]),
        container: text(&object["status"]["containerStatuses"][0]["containerID"]),
        image: text(&object["spec"]["containers"][0]["image"]),
        is_ready: is_ready(object) && object["metadata"]["deletionTimestamp"].is_null(),
    };
    list["items"].as_array().into_iter().flatten().map(pod).collect()
}

/// Waits until there are two ready replicas and no other Pods, one on each node.
pub fn wait_until_settled(cluster: &Cluster) -> Vec<Pod> {
    wait::until("two ready replicas on two nodes, and no others", ROLLOUT, || {
        let pods = pods(cluster);
        let nodes: BTreeSet<&str> = pods.iter().map(|pod| pod.node.as_str()).collect();
        let settled =
            pods.len() == NODES && nodes.len() == NODES && pods.iter().all(|pod| pod.is_ready);
        (settled && is_rolled_out(cluster)).then_some(pods)
    })
}

fn is_rolled_out(cluster: &Cluster) -> bool {
    let words = ["-n", NAMESPACE, "get", "deployment", "plimsoll", "-o", "json"];
    let object = cluster.kubectl(&words).json();
    let (status, spec) = (&object["status"], &object["spec"]);
    status["observedGeneration"] == object["metadata"]["generation"]
        && status["updatedReplicas"] == spec["replicas"]
}

/// Where the API server finds a replica.
pub fn service_address(cluster: &Cluster) -> SocketAddrV4 {
    let service =
        cluster.kubectl(&["-n", NAMESPACE, "get", "service", "plimsoll", "-o", "json"]).json();
    let address = service["spec"]["clusterIP"].as_str().and_then(|text| text.parse().ok());
    SocketAddrV4::new(address.expect("an address"), 443)
}

/// The webhook configuration, where there is one.
pub fn configuration(cluster: &Cluster) -> Option<Value> {
    let words = ["get", "validatingwebhookconfiguration", "plimsoll", "-o", "json"];
    let answer = cluster.kubectl(&words);
    answer.success.then(|| answer.json())
}

/// What becomes of a write that nobody answers, as the configuration has it.
pub fn failure_policy(cluster: &Cluster) -> Option<String> {
    let configuration = configuration(cluster)?;
    let mut entries = configuration["webhooks"].as_array()?.iter();
    let entry = entries.find(|entry| entry["name"] == "validate.plimsoll.dev")?;
    Some(entry["failurePolicy"].as_str()?.to_owned())
}

/// Who holds the Lease.
pub fn lease_holder(cluster: &Cluster) -> Option<String> {
    let words = ["-n", NAMESPACE, "get", "lease", "plimsoll", "-o", "json"];
    let answer = cluster.kubectl(&words);
    let lease = answer.success.then(|| answer.json())?;
    Some(lease["spec"]["holderIdentity"].as_str()?.to_owned())
}

/// Waits until the API server refuses what is bad, ten times in a row.
pub fn wait_until_enforced(cluster: &Cluster) {
    let mut api = cluster.api();
    let mut refused = 0;
    wait::until("a bad Deployment is refused", Duration::from_mins(2), || {
        let is_refused = try_bad(&mut api).is_ok_and(|answer| is_refusal(&answer));
        refused = if is_refused { refused + 1 } else { 0 };
        (refused == 10).then_some(())
    });
}

/// Waits until it does, and would refuse what nobody answers for, too.
pub fn wait_until_fail_closed(cluster: &Cluster) {
    wait::until("the configuration has failurePolicy Fail", Duration::from_mins(1), || {
        (failure_policy(cluster)? == "Fail").then_some(())
    });
    wait_until_enforced(cluster);
}

/// Writes a bad Deployment without meaning it.
pub fn try_bad(api: &mut Api) -> Result<crate::api::Answer, String> {
    api.create(&format!("{}?dryRun=All", workloads::PATH), &workloads::bad())
}

/// Writes a good one in the same way.
pub fn try_good(api: &mut Api) -> Result<crate::api::Answer, String> {
    api.create(&format!("{}?dryRun=All", workloads::PATH), &workloads::good())
}

/// What its Pods say, for who looks for the reason of a failure.
pub fn last_words(cluster: &Cluster) -> String {
    let pods = cluster.kubectl(&["-n", NAMESPACE, "get", "pods,jobs", "-o", "wide"]);
    let sorted = "--sort-by=.metadata.creationTimestamp";
    let events = cluster.kubectl(&["-n", NAMESPACE, "get", "events", sorted]);
    let events: Vec<&str> = events.stdout.lines().collect();
    let events = events[events.len().saturating_sub(15)..].join("\n");
    let logs = cluster.kubectl(&["-n", NAMESPACE, "logs", "-l", PODS, "--tail=200", "--prefix"]);
    // What was decided about each write is no news.
    let logs = logs.stdout.lines().filter(|line| !line.contains(r#""message":"reviewed""#));
    let logs: Vec<&str> = logs.collect();
    format!("{pods}\n{events}\n{}", logs[logs.len().saturating_sub(30)..].join("\n"))
}
