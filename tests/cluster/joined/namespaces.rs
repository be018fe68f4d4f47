//! Policies select by the labels of namespaces as they are in the cluster.

use std::time::{Duration, Instant};

use super::{BAD, World};
use crate::kubectl::wait_until;
use support::control_plane::User;

/// Only namespaces with the label `tier: gold` are bound.
const POLICY: &str = "apiVersion: plimsoll.dev/v1alpha1
kind: DeployPolicy
metadata: {name: gold}
spec:
  match: {namespaceSelector: {matchLabels: {tier: gold}}}
  rules: {run-as-non-root: {}}
";

/// What a replica may do, and no more: to follow namespaces and policies, and to hold the Lease.
pub const RIGHTS: &str = "apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: plimsoll}
rules:
- {apiGroups: [''], resources: [namespaces], verbs: [get, list, watch]}
- {apiGroups: [plimsoll.dev], resources: [deploypolicies, policyexceptions], verbs: [get, list, watch]}
- {apiGroups: [plimsoll.dev], resources: [deploypolicies/status, policyexceptions/status], verbs: [patch]}
- {apiGroups: [coordination.k8s.io], resources: [leases], verbs: [get, create, update, patch]}
- {apiGroups: [admissionregistration.k8s.io], resources: [validatingwebhookconfigurations], verbs: [get, list, watch, create, update]}
- {apiGroups: [''], resources: [secrets], verbs: [get, list, watch, create, update]}
- {apiGroups: [events.k8s.io], resources: [events], verbs: [create, patch]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: plimsoll}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: plimsoll}
subjects: [{kind: User, name: developer, apiGroup: rbac.authorization.k8s.io}]
";

fn is_refused(world: &World) -> bool {
    world.try_out(BAD).stderr.contains("denied the request")
}

/// F-82, F-83, F-94.
#[test]
fn a_label_of_a_namespace_counts_within_two_seconds_and_goes_on_to_without_the_api_server() {
    let mut world = World::new();
    let file = world.path().join("gold.yaml");
    std::fs::write(&file, POLICY).unwrap();
    assert!(world.cluster.kubectl_stdin(&["apply", "-f", "-"], RIGHTS).success());
    let flags = ["--tls-secret", "certificate", "--policy", file.to_str().unwrap()];
    world.start_with(&flags, User::Developer);
    world.wait_for_registration();
    assert!(!is_refused(&world), "the namespace has no such label");
    for (label, refuses) in [("tier=gold", true), ("tier-", false), ("tier=gold", true)] {
        world.kubectl(&["label", "namespace", "shop", label]);
        let since = Instant::now();
        while is_refused(&world) != refuses {
            // Two seconds, and what kubectl takes on a busy machine.
            assert!(since.elapsed() < Duration::from_secs(5), "{label}");
        }
    }
    f83_what_was_known_stays_while_the_api_server_is_away(&mut world);
    f94_rights_that_are_lost_are_said_and_lose_nothing(&mut world);
    f82_a_server_that_knows_no_namespaces_yet_is_not_ready(&mut world);
}

/// F-83.
fn f83_what_was_known_stays_while_the_api_server_is_away(world: &mut World) {
    world.cluster.restart_api_server().unwrap();
    world.wait_until_refused();
    wait_until("the namespaces are followed again", || {
        world.metric(0, "plimsoll_watch_stale{kind=\"namespaces\"}") == Some(0.0)
    });
    world.kubectl(&["label", "namespace", "shop", "tier-"]);
    wait_until("the label is gone", || !is_refused(world));
    world.kubectl(&["label", "namespace", "shop", "tier=gold"]);
    world.wait_until_refused();
}

/// F-94.
fn f94_rights_that_are_lost_are_said_and_lose_nothing(world: &mut World) {
    world.kubectl(&["delete", "clusterrolebinding", "plimsoll"]);
    // A watch that is under way goes on; the next one is refused.
    world.cluster.restart_api_server().unwrap();
    wait_until("that what is known may be old", || {
        world.metric(0, "plimsoll_watch_stale{kind=\"namespaces\"}") == Some(1.0)
    });
    assert!(is_refused(world), "what was known stays");
    let (status, _) = support::https::get(world.replicas[0].admin, "/readyz").unwrap();
    assert_eq!(status, 200, "whoever is asked instead knows no more");
    assert!(world.cluster.kubectl_stdin(&["apply", "-f", "-"], RIGHTS).success());
    wait_until("it is followed again", || {
        world.metric(0, "plimsoll_watch_stale{kind=\"namespaces\"}") == Some(0.0)
    });
}

/// What a server says of itself that knows nothing of its cluster yet.
const AWAITED: &str =
    "not known yet of the cluster: deploypolicies, namespaces, neighbours, policyexceptions\n";

/// F-82.
fn f82_a_server_that_knows_no_namespaces_yet_is_not_ready(world: &mut World) {
    world.kubectl(&["delete", "clusterrolebinding", "plimsoll"]);
    world.start_with(&["--self-signed"], User::Developer);
    let second = &world.replicas[1];
    let (status, text) = support::https::get(second.admin, "/readyz").unwrap();
    assert_eq!((status, text.as_str()), (503, AWAITED));
    let client = support::https::trusting(&support::self_signed::authority(second));
    let mut connection = support::https::Connection::open(second.webhook, &client).unwrap();
    let reply = connection.post("/validate?timeout=4s", b"{}").unwrap();
    assert_eq!((reply.status, reply.header("retry-after")), (503, Some("1")));
    assert!(world.cluster.kubectl_stdin(&["apply", "-f", "-"], RIGHTS).success());
    wait_until("the second is ready", || {
        support::https::get(world.replicas[1].admin, "/readyz").unwrap().0 == 200
    });
}
