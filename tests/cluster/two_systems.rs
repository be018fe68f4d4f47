//! The two production checklists through a real API server: what keeps them goes in, and what does not
//! is refused row by row.

use support::committed::repository;

use crate::joined::World;
use crate::kubectl::wait_until;

#[test]
fn what_keeps_its_checklist_goes_in_and_what_does_not_is_refused() {
    let world = World::with_objects(&[], 1);
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
    }
}
