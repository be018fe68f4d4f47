//! One replica does what only one does, whatever the clocks say and however the last one ended.

use std::time::{Duration, Instant};

use jiff::{Timestamp, ToSpan};
use serde_json::json;
use support::control_plane::User;

use super::{QUICK, World};
use crate::kubectl::wait_until;

impl World {
    pub fn leads(&self, replica: usize) -> bool {
        self.metric(replica, "plimsoll_leader") == Some(1.0)
    }
}

/// A Lease that somebody renews whose clock is an hour behind, or ahead.
fn lease(renewed: Timestamp) -> String {
    let renewed = renewed.strftime("%Y-%m-%dT%H:%M:%S.%6fZ").to_string();
    json!({
        "apiVersion": "coordination.k8s.io/v1", "kind": "Lease",
        "metadata": {"name": "plimsoll", "namespace": "plimsoll"},
        "spec": {"holderIdentity": "other", "leaseDurationSeconds": 15, "renewTime": renewed},
    })
    .to_string()
}

#[test]
fn f90_a_holder_whose_clock_is_an_hour_off_keeps_the_lease_for_as_long_as_it_renews_it() {
    let mut world = World::new();
    let apply = |world: &World, renewed| {
        let applied = world.cluster.kubectl_stdin(&["apply", "-f", "-"], &lease(renewed));
        assert!(applied.success(), "{applied}");
    };
    apply(&world, Timestamp::now() - 1.hour());
    world.start(&QUICK);
    for second in 0..4 {
        std::thread::sleep(Duration::from_secs(5));
        apply(&world, Timestamp::now() - 1.hour() + second.seconds());
        assert!(!world.leads(0), "the record changes, so its holder is alive");
    }
    // An hour ahead, and then nothing more.
    apply(&world, Timestamp::now() + 1.hour());
    let since = Instant::now();
    wait_until("the replica takes over", || world.leads(0));
    let took = since.elapsed();
    assert!(took > Duration::from_secs(11), "not before the record has run out: {took:?}");
}

#[test]
fn the_next_replica_takes_over_at_once_from_one_that_leaves_and_soon_from_one_that_is_killed() {
    let mut world = World::new();
    for _ in 0..3 {
        world.start(&QUICK);
    }
    wait_until("one leads", || (0..3).any(|replica| world.leads(replica)));
    let leader = (0..3).find(|replica| world.leads(*replica)).unwrap();
    let since = Instant::now();
    world.replicas.remove(leader).stop();
    wait_until("another leads", || (0..2).any(|replica| world.leads(replica)));
    assert!(since.elapsed() < Duration::from_secs(12), "it was let go: {:?}", since.elapsed());
    let leader = (0..2).find(|replica| world.leads(*replica)).unwrap();
    world.replicas.remove(leader).signal("KILL");
    wait_until("the last leads", || world.leads(0));
    // Killed or not, there is one certificate, and it is registered.
    world.put_in_front();
    world.wait_until_refused();
    assert_eq!(world.events().matches("CertificateMade").count(), 1);
}

#[test]
fn a_replica_that_may_ask_once_a_second_keeps_the_lease_and_registers() {
    let mut world = World::new();
    world.start(&[&QUICK[..], &["--api-qps", "1", "--api-burst", "1"]].concat());
    wait_until("it leads", || world.leads(0));
    // It has some twenty questions to ask before.
    let end = Instant::now() + Duration::from_mins(2);
    while world.live().is_none() {
        assert!(Instant::now() < end, "{}", world.output());
        std::thread::sleep(Duration::from_millis(500));
    }
    for _ in 0..15 {
        std::thread::sleep(Duration::from_secs(1));
        assert!(world.leads(0), "{}", world.output());
    }
    world.wait_until_refused();
}

/// What a replica needs but for the namespaces, without which it is not ready.
const ALL_BUT_NAMESPACES: &str = r#"{"apiVersion": "v1", "kind": "List", "items": [
  {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole",
   "metadata": {"name": "half"},
   "rules": [{"apiGroups": ["*"], "verbs": ["*"], "resources": ["leases", "secrets", "events",
              "pods", "endpointslices", "validatingwebhookconfigurations"]}]},
  {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding",
   "metadata": {"name": "half"},
   "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "half"},
   "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "developer"}]}
]}"#;

#[test]
fn a_holder_that_is_not_ready_leaves_the_lease_to_one_that_is_and_alone_takes_it_up_again() {
    let mut world = World::new();
    let applied = world.cluster.kubectl_stdin(&["apply", "-f", "-"], ALL_BUT_NAMESPACES);
    assert!(applied.success(), "{applied}");
    let flags = [&["--tls-secret", "certificate"], &QUICK[..]].concat();
    world.start_with(&flags, User::Developer);
    wait_until("the one that is not ready leads", || world.leads(0));
    wait_until("it leaves the Lease to others", || !world.leads(0));
    wait_until("nobody wants it, so it leads again", || world.leads(0));
    assert!(world.live().is_none(), "and registers nothing");
    world.start(&QUICK);
    wait_until("the one that is ready leads", || world.leads(1));
    world.wait_for_registration();
    assert!(!world.leads(0));
    assert!(world.replicas[0].output().contains("the Lease is left to others"));
}
