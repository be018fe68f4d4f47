//! The same through a real API server and real kubectl.

use std::path::Path;
use std::process::Command;

use support::committed::repository;
use support::control_plane::{ControlPlane, User};
use support::edit::replaced_once;
use support::self_signed;

use crate::workloads;

/// Applies the bad and the good Deployment, and shows what else the webhook does.
pub fn show(program: &Path) {
    std::env::set_current_dir(workloads()).expect("the workloads");
    let cluster = ControlPlane::builder().with_controllers().start().expect("a control plane");
    // What runs before the webhook comes goes on, and may not get worse.
    run(&cluster, &["create", "namespace", "legacy"]);
    let old = std::fs::read_to_string("bad.yaml").expect("a workload");
    let old = replaced_once(&old, "namespace: shop", "namespace: legacy");
    println!("$ sed 's/shop/legacy/' bad.yaml | kubectl apply -f -   # before the webhook");
    println!("{}", cluster.kubectl_stdin(&["apply", "-f", "-"], &old).stdout);
    let (server, _authority) = self_signed::serve_by(program, |command| cluster.spawn(command));
    let configuration = self_signed::configuration(&server);
    let applied = cluster.kubectl_stdin(&["apply", "-f", "-"], &configuration);
    assert!(applied.success(), "{applied}");
    run(&cluster, &["create", "namespace", "shop"]);
    wait_until_refused(&cluster);
    run(&cluster, &["apply", "-f", "bad.yaml"]);
    run(&cluster, &["apply", "--dry-run=server", "-f", "bad.yaml"]);
    run(&cluster, &["-n", "shop", "get", "deployments,pods"]);
    run(&cluster, &["apply", "-f", "good.yaml"]);
    let pod = wait_for_pod(&cluster);
    let debug = ["--image=busybox:1.36", "--profile=sysadmin"];
    run(&cluster, &[&["-n", "shop", "debug", &pod], &debug[..]].concat());
    let legacy = |arguments: &[&str]| run(&cluster, &[&["-n", "legacy"], arguments].concat());
    legacy(&["scale", "deployment", "api", "--replicas=3"]);
    let patch = |text: &'static str| ["patch", "deployment", "api", "--type=json", "-p", text];
    let hold = r#"[{"op":"add","path":"/metadata/finalizers","value":["example.com/held"]}]"#;
    legacy(&patch(hold));
    legacy(&patch(r#"[{"op":"remove","path":"/metadata/finalizers"}]"#));
    legacy(&["set", "image", "deployment/api", "api=registry.example/shop/api:2.7.2"]);
    legacy(&["set", "image", "deployment/api", "api=registry.example/shop/api:latest"]);
    let removed = cluster.kubectl(&["delete", "validatingwebhookconfiguration", "plimsoll"]);
    assert!(removed.success(), "{removed}");
    drop(server);
    crate::objects::show(program, &cluster);
    audit(program, &cluster);
}

/// Holds all that was made against the policy, and changes nothing.
fn audit(program: &Path, cluster: &ControlPlane) {
    println!("--- what runs ---\n");
    println!("$ plimsoll audit --policy policies/production.yaml -n shop,legacy,agents");
    let policy = repository().join("policies/production.yaml");
    let mut command = Command::new(program);
    command.args(["audit", "-n", "shop,legacy,agents", "--policy"]).arg(policy);
    command.arg("--kubeconfig").arg(cluster.kubeconfig(User::Admin));
    let output = command.output().expect("plimsoll runs");
    for text in [output.stdout, output.stderr] {
        print!("{}", String::from_utf8_lossy(&text));
    }
    assert_eq!(output.status.code(), Some(1), "something would be refused");
}

/// The name of a Pod of the good Deployment, once it has one.
fn wait_for_pod(cluster: &ControlPlane) -> String {
    for _ in 0..100 {
        let pods = cluster.kubectl(&["-n", "shop", "get", "pods", "-o", "name"]);
        if let Some(pod) = pods.stdout.lines().next() {
            return pod.to_owned();
        }
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    panic!("the good Deployment gets no Pods");
}

/// A new configuration takes the API server a moment.
fn wait_until_refused(cluster: &ControlPlane) {
    for _ in 0..50 {
        let tried = cluster.kubectl(&["apply", "--dry-run=server", "-f", "bad.yaml"]);
        if !tried.success() && tried.stderr.contains("denied the request") {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    panic!("the webhook is never called");
}

fn run(cluster: &ControlPlane, arguments: &[&str]) {
    println!("$ kubectl {}", arguments.join(" "));
    let answer = cluster.kubectl(arguments);
    println!("{}{}", answer.stderr, answer.stdout);
}
