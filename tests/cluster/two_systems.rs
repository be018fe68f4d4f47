//! The two production checklists through a real API server: what keeps them goes in, and what does not
//! is refused row by row.

use std::path::Path;
use std::process::Command;

use support::committed::repository;
use support::control_plane::User;

use crate::joined::World;
use crate::kubectl::wait_until;

#[test]
fn what_keeps_its_checklist_goes_in_and_what_does_not_is_refused() {
    let world = World::with_objects(&[], 1);
    define(&world);
    for (policy, folder, workload) in [
        ("mmt-backend", "mmt", "Deployment mmt/backend fails"),
        ("ml-enhanced-router", "router", "Deployment router/router fails"),
    ] {
        let policy = repository().join(format!("policies/{policy}.yaml"));
        world.kubectl(&["apply", "-f", policy.to_str().unwrap()]);
        let of = |which: &str| {
            let path = repository().join(format!("manifests/examples/{folder}/{which}"));
            path.to_str().unwrap().to_owned()
        };
        world.kubectl(&["create", "namespace", folder]);
        let (good, bad) = (of("good"), of("bad"));
        wait_until("the policy is in force", || {
            !world.cluster.kubectl(&["apply", "--dry-run=server", "-f", &bad]).success()
        });
        let refused = world.cluster.kubectl(&["apply", "--validate=false", "-f", &bad]);
        for text in [
            workload,
            "image-registry",
            "environment-contract",
            "run-as-non-root",
            "rbac-wildcard",
            "ingress-tls",
            "secret-strength",
            "external-ips",
        ] {
            assert!(refused.stderr.contains(text), "{text}: {refused}");
        }
        // What no manifest can break, as it depends on who writes.
        let revision = format!(
            "{{apiVersion: apps/v1, kind: ControllerRevision, metadata: {{name: queue-1, namespace: {folder}}}, \
             revision: 1, data: {{}}}}"
        );
        let refused = world.cluster.kubectl_stdin(&["apply", "-f", "-"], &revision);
        assert!(refused.stderr.contains("controller-revision"), "{refused}");
        world.kubectl(&["delete", "configmaps,secrets", "--all", "-n", folder]);
        let taken = world.kubectl(&["apply", "-f", &good]);
        assert!(taken.stdout.contains("deployment.apps/"), "{taken}");
        assert_signed(&world, &policy, folder);
    }
}

/// The kinds of other projects that the manifests have, as far as the API server has to know them.
const DEFINED: [(&str, &str, &str); 3] = [
    ("monitoring.coreos.com", "ServiceMonitor", "servicemonitors"),
    ("monitoring.coreos.com", "PrometheusRule", "prometheusrules"),
    ("k8up.io", "Schedule", "schedules"),
];

fn define(world: &World) {
    for (group, kind, plural) in DEFINED {
        let definition = format!(
            "{{apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, \
             metadata: {{name: {plural}.{group}}}, spec: {{group: {group}, scope: Namespaced, \
             names: {{kind: {kind}, plural: {plural}}}, versions: [{{name: v1, served: true, storage: true, \
             schema: {{openAPIV3Schema: {{type: object, x-kubernetes-preserve-unknown-fields: true}}}}}}]}}}}"
        );
        let applied = world.cluster.kubectl_stdin(&["apply", "-f", "-"], &definition);
        assert!(applied.success(), "{applied}");
        let name = format!("crd/{plural}.{group}");
        world.kubectl(&["wait", "--for=condition=Established", "--timeout=30s", &name]);
    }
}

/// The sheet of what keeps its checklist: each line in its order, and none is broken.
fn assert_signed(world: &World, policy: &Path, namespace: &str) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_plimsoll"));
    command.args(["audit", "--format", "markdown", "--secrets", "-n", namespace, "--policy"]);
    command.arg(policy).arg("--kubeconfig").arg(world.cluster.kubeconfig(User::Admin));
    let output = command.output().unwrap();
    let sheet = String::from_utf8(output.stdout).unwrap();
    let (_, section) = sheet.split_once("## Checklist of policy ").expect("a checklist");
    let (section, _) = section.split_once("\n## ").expect("the rules come behind it");
    let rows: Vec<&str> = section.lines().filter(|line| line.starts_with("| ")).skip(2).collect();
    let text = std::fs::read_to_string(policy).unwrap();
    let wanted = text.lines().filter_map(|line| line.trim().strip_prefix("- row: "));
    let found = rows.iter().map(|row| row.split(" | ").next().unwrap().trim_start_matches("| "));
    assert_eq!(found.collect::<Vec<_>>(), wanted.collect::<Vec<_>>(), "{sheet}");
    for row in rows {
        let by_the_day = row.contains("| secret-age |") || row.contains(", secret-age |");
        assert!(by_the_day || !row.contains("**failed**"), "{row}");
    }
}
