//! Every replica is dead, and the configuration says that nobody writes without them. The cluster must
//! live on, and so must what brings them back.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::api::{Answer, Api};
use crate::cluster::Cluster;
use crate::scenario::report::Report;
use crate::scenario::{losses, release, workloads};
use crate::settings::{NODES, node_name};
use crate::wait;

/// A role that the API server makes for itself whenever it starts.
const ROLE: &str = "/apis/rbac.authorization.k8s.io/v1/clusterroles/system:public-info-viewer";

/// The whole story.
pub fn answers(report: &mut Report, cluster: &mut Cluster) {
    losses::ensure(cluster, &["enforcement=deny", "failurePolicy=Fail"]);
    release::wait_until_fail_closed(cluster);
    kill_all(cluster);
    let mut api = cluster.api();
    let stopped = wait::within(Duration::from_secs(30), || {
        let answer = release::try_good(&mut api).ok()?;
        answer.message().contains("failed calling webhook").then_some(())
    });
    report.claim("what the policies are about is refused", stopped.is_some(), "");
    everything_else(report, &mut api, "no-replica");

    let _ = api.delete(ROLE);
    cluster.stop_controllers();
    cluster.restart_api_server();
    let begun = Instant::now();
    let healthy = wait::within(Duration::from_mins(1), || {
        cluster.kubectl(&["get", "--raw", "/readyz"]).success.then_some(())
    });
    let seen = format!("{:.1} s", begun.elapsed().as_secs_f64());
    report.claim("the API server restarts and becomes healthy", healthy.is_some(), &seen);
    let mut api = cluster.api();
    let made = wait::within(Duration::from_secs(20), || api.get(ROLE).ok().filter(Answer::success));
    report.claim("and makes its own roles", made.is_some(), "one that was deleted is there again");
    cluster.start_controllers();
    everything_else(report, &mut api, "no-replica-yet");

    let begun = Instant::now();
    for number in 0..NODES {
        cluster.kubectl(&["uncordon", &node_name(number)]).expect();
    }
    release::wait_until_settled(cluster);
    let seen = format!("{:.0} s after there are nodes for them", begun.elapsed().as_secs_f64());
    report.claim("Plimsoll's own Pods come back unaided", true, &seen);
    release::wait_until_enforced(cluster);
    let good = release::try_good(&mut api).expect("an answer");
    report.claim("and answer", good.success(), good.message());
}

/// Both nodes take no more Pods, and all that were there are killed.
fn kill_all(cluster: &Cluster) {
    for number in 0..NODES {
        cluster.kubectl(&["cordon", &node_name(number)]).expect();
    }
    let words = ["-n", release::NAMESPACE, "delete", "pods", "-l", release::PODS];
    cluster.kubectl(&[&words[..], &["--force", "--grace-period=0"]].concat()).expect();
    wait::until("no replica is ready", Duration::from_mins(1), || {
        release::pods(cluster).iter().all(|pod| !pod.is_ready).then_some(())
    });
}

/// What a cluster needs in order to live.
fn everything_else(report: &mut Report, api: &mut Api, name: &str) {
    let named = |kind: &str, version: &str| json!({"apiVersion": version, "kind": kind, "metadata": {"name": name}});
    let shop = "/api/v1/namespaces/shop/configmaps";
    let leases = "/apis/coordination.k8s.io/v1/namespaces/shop/leases";
    let system = "/apis/apps/v1/namespaces/kube-system/deployments";
    let mut careless = workloads::bad();
    careless["metadata"]["namespace"] = json!("kube-system");
    careless["metadata"]["name"] = json!(name);
    let objects = [
        ("a namespace", "/api/v1/namespaces", named("Namespace", "v1")),
        ("a ConfigMap", shop, named("ConfigMap", "v1")),
        ("a Lease", leases, named("Lease", "coordination.k8s.io/v1")),
        ("a Deployment in kube-system", system, careless),
        (
            "a Pod in kube-system",
            "/api/v1/namespaces/kube-system/pods",
            workloads::careless_pod(name),
        ),
    ];
    for (what, path, object) in objects {
        let answer = api.create(path, &object).expect("an answer");
        report.claim(&format!("{what} is still written"), answer.success(), answer.message());
        let _ = api.delete(&format!("{path}/{name}"));
    }
    let conditions = json!([{"type": "TriedOut", "status": "True"}]);
    let path = format!("/api/v1/nodes/{}/status", node_name(0));
    let answer = api.patch(&path, &json!({"status": {"conditions": conditions}}));
    let answer = answer.expect("an answer");
    report.claim("a node's status is still written", answer.success(), answer.message());
}
