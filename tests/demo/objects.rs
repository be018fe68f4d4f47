//! Policies and exceptions as objects: one is edited live, the other ends by itself.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use jiff::{Timestamp, ToSpan, Unit};
use support::balancer::Balancer;
use support::committed::repository;
use support::control_plane::{ControlPlane, Output, User};
use support::plimsoll_process::Plimsoll;

const POLICY: &str = "apiVersion: plimsoll.dev/v1alpha1
kind: DeployPolicy
metadata: {name: demo}
spec:
  mode: warn
  rules:
    privileged: {note: 'ask #platform for an exception'}
";

const POD: &str = "apiVersion: v1
kind: Pod
metadata: {name: node-agent, namespace: agents}
spec:
  containers:
    - {name: agent, image: 'registry.example/agent:1.0', securityContext: {privileged: true}}
";

/// Seconds for which the exception excuses.
const LIFE: i64 = 10;

fn exception(expires: Timestamp) -> String {
    format!(
        "apiVersion: plimsoll.dev/v1alpha1
kind: PolicyException
metadata: {{name: node-agent, namespace: agents}}
spec:
  rules: [privileged]
  select: {{kind: Pod, name: node-agent, containers: [agent]}}
  reason: loads a kernel module until the driver is part of the image
  expires: '{expires}'
"
    )
}

/// Edits a policy, excuses from it, and waits until the excuse has ended.
pub fn show(program: &Path, cluster: &ControlPlane) {
    println!("--- policies as objects ---\n");
    kubectl(cluster, &["apply", "--server-side", "-f", "manifests/crds.yaml"]);
    for namespace in ["plimsoll", "agents"] {
        kubectl(cluster, &["create", "namespace", namespace]);
    }
    let balancer = Balancer::start().expect("an address");
    let mut command = Command::new(program);
    command.args(["serve", "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"]);
    command.args(["--cluster", "--namespace", "plimsoll", "--tls-secret", "certificate"]);
    command.args(["--register", &format!("https://{}", balancer.address)]);
    command.args(["--exception-namespaces", "agents", "--leave-seconds", "0"]);
    command.arg("--kubeconfig").arg(cluster.kubeconfig(User::Admin));
    let server = Plimsoll::start_by(&mut command, |command| cluster.spawn(command));
    balancer.put(&[server.webhook]);

    apply(cluster, "policy.yaml", POLICY);
    wait_until(|| try_out(cluster).stderr.contains("Warning: privileged"));
    apply_dry(cluster);
    let deny = r#"{"spec":{"mode":"deny"}}"#;
    kubectl(cluster, &["patch", "deploypolicy", "demo", "--type=merge", "-p", deny]);
    wait_until(|| try_out(cluster).stderr.contains("denied the request"));
    apply_dry(cluster);
    let now = Timestamp::now().round(Unit::Second).expect("a moment");
    let end = now + LIFE.seconds();
    apply(cluster, "exception.yaml", &exception(end));
    wait_until(|| try_out(cluster).success());
    apply_dry(cluster);
    kubectl(cluster, &["get", "deploypolicies,policyexceptions", "-A"]);
    println!("# {LIFE} seconds later\n");
    wait_until(|| !try_out(cluster).success());
    apply_dry(cluster);
    drop(server);
}

fn try_out(cluster: &ControlPlane) -> Output {
    cluster.kubectl_stdin(&["apply", "--dry-run=server", "-f", "-"], POD)
}

fn apply_dry(cluster: &ControlPlane) {
    println!("$ kubectl apply --dry-run=server -f pod.yaml");
    let output = try_out(cluster);
    println!("{}{}", output.stderr, output.stdout);
}

fn apply(cluster: &ControlPlane, name: &str, text: &str) {
    println!("$ cat {name}\n{text}\n$ kubectl apply -f {name}");
    let output = cluster.kubectl_stdin(&["apply", "-f", "-"], text);
    println!("{}{}", output.stderr, output.stdout);
    assert!(output.success(), "{output}");
}

fn kubectl(cluster: &ControlPlane, arguments: &[&str]) {
    std::env::set_current_dir(repository()).expect("the repository");
    println!("$ kubectl {}", arguments.join(" "));
    let output = cluster.kubectl(arguments);
    println!("{}{}", output.stderr, output.stdout);
    assert!(output.success(), "{output}");
}

fn wait_until(is_so: impl Fn() -> bool) {
    for _ in 0..300 {
        if is_so() {
            return;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    panic!("in vain");
}
