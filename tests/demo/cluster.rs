//! The same through a real API server and real kubectl.

use std::path::Path;

use crate::control_plane::ControlPlane;
use crate::{self_signed, workload};

/// Applies the bad and the good Deployment, and shows what else the webhook does.
pub fn show(program: &Path) {
    let cluster = ControlPlane::builder().with_controllers().start().expect("a control plane");
    let (server, _authority) = self_signed::serve(program);
    let configuration = self_signed::configuration(&server.output());
    let applied = cluster.kubectl_stdin(&["apply", "-f", "-"], &configuration);
    assert!(applied.success(), "{applied}");
    run(&cluster, &["create", "namespace", "shop"]);
    wait_until_refused(&cluster);
    let (bad, good) = (workload("bad.yaml"), workload("good.yaml"));
    let (bad, good) = (bad.to_string_lossy(), good.to_string_lossy());
    run(&cluster, &["apply", "-f", &bad]);
    run(&cluster, &["apply", "--dry-run=server", "-f", &bad]);
    run(&cluster, &["apply", "-f", &good]);
    run(&cluster, &["-n", "shop", "scale", "deployment", "api", "--replicas=3"]);
    run(
        &cluster,
        &["-n", "shop", "set", "image", "deployment/api", "api=registry.example/shop/api:latest"],
    );
    run(&cluster, &["-n", "shop", "get", "deployments"]);
}

/// A new configuration takes the API server a moment.
fn wait_until_refused(cluster: &ControlPlane) {
    let bad = workload("bad.yaml");
    for _ in 0..50 {
        let tried = cluster.kubectl(&["apply", "--dry-run=server", "-f", &bad.to_string_lossy()]);
        if !tried.success() && tried.stderr.contains("denied the request") {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    panic!("the webhook is never called");
}

fn run(cluster: &ControlPlane, arguments: &[&str]) {
    let shown: Vec<&str> = arguments.iter().map(|a| a.rsplit('/').next().unwrap_or(a)).collect();
    println!("$ kubectl {}", shown.join(" "));
    let answer = cluster.kubectl(arguments);
    println!("{}{}", answer.stderr, answer.stdout);
}
