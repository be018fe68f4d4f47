//! The same through a real API server and real kubectl.

use std::path::Path;

use crate::control_plane::ControlPlane;
use crate::{self_signed, workloads};

/// Applies the bad and the good Deployment, and shows what else the webhook does.
pub fn show(program: &Path) {
    std::env::set_current_dir(workloads()).expect("the workloads");
    let cluster = ControlPlane::builder().with_controllers().start().expect("a control plane");
    let (server, _authority) = self_signed::serve_by(program, |command| cluster.spawn(command));
    let configuration = self_signed::configuration(&server);
    let applied = cluster.kubectl_stdin(&["apply", "-f", "-"], &configuration);
    assert!(applied.success(), "{applied}");
    run(&cluster, &["create", "namespace", "shop"]);
    wait_until_refused(&cluster);
    run(&cluster, &["apply", "-f", "bad.yaml"]);
    run(&cluster, &["apply", "--dry-run=server", "-f", "bad.yaml"]);
    run(&cluster, &["apply", "-f", "good.yaml"]);
    run(&cluster, &["-n", "shop", "scale", "deployment", "api", "--replicas=3"]);
    run(
        &cluster,
        &["-n", "shop", "set", "image", "deployment/api", "api=registry.example/shop/api:latest"],
    );
    run(&cluster, &["-n", "shop", "get", "deployments"]);
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
