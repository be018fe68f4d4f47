//! Whoever writes a policy reads in `kubectl apply` what it would refuse of what runs.

use serde_json::{Value, json};
use support::control_plane::User;

use super::World;
use super::namespaces::RIGHTS;
use super::objects::policy;

const DENIES: &str = "{rules: {privileged: {}}}";

fn deployment(namespace: &str, name: &str, is_privileged: bool) -> String {
    let container = json!({"name": "a", "image": "registry.example/a:1",
        "securityContext": {"privileged": is_privileged}});
    let labels = json!({"app": name});
    let made: Value = json!({
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {"selector": {"matchLabels": labels},
                 "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}}}
    });
    made.to_string()
}

/// Deployments in several namespaces, and a Pod that an operator made, with a server of this user.
fn world(user: User) -> World {
    let mut world = World::new();
    world.has_file = false;
    for (namespace, name, is_privileged) in [
        ("shop", "api", true),
        ("shop", "web", false),
        ("plimsoll", "plimsoll", true),
        ("kube-system", "proxy", true),
    ] {
        assert!(world.apply(&deployment(namespace, name, is_privileged)).success());
    }
    assert!(world.apply(RIGHTS).success());
    world.start_with(&["--tls-secret", "certificate"], user);
    world.wait_for_registration();
    world.wait_until_ready();
    world
}

#[test]
fn kubectl_shows_what_a_policy_would_refuse_and_that_it_would_refuse_plimsoll_and_kube_system() {
    let world = world(User::Admin);
    let dry = world.try_out(&policy("new", DENIES));
    let first = "Warning: policy \"new\" would refuse 3 of 4 workloads if created today: \
                 kube-system/proxy, plimsoll/plimsoll, shop/api\n";
    assert!(dry.success() && dry.stderr.contains(first), "{dry}");
    let warns = world.apply(&policy("new", "{mode: warn, rules: {privileged: {}}}"));
    assert!(warns.success() && warns.stderr.is_empty(), "{warns}");
    let raised = world.apply(&policy("new", DENIES));
    assert!(raised.stderr.contains(first), "{raised}");
    for line in [
        "Warning: it would refuse Plimsoll itself, or what runs beside it: plimsoll/plimsoll\n",
        "Warning: it would refuse kube-system's own workloads: kube-system/proxy\n",
        "Warning: what runs is only warned about at its next edit",
    ] {
        assert!(raised.stderr.contains(line), "{line}: {raised}");
    }
    let again = world.apply(&policy("new", DENIES));
    assert!(again.success() && again.stderr.is_empty(), "nothing was changed: {again}");
    let log = world.output();
    assert!(!log.contains("would refuse of what runs"), "no policy was there at the start: {log}");
}

#[test]
fn a_server_that_may_not_list_workloads_takes_the_policy_and_says_what_it_did_not_look_at() {
    let world = world(User::Developer);
    let applied = world.apply(&policy("new", DENIES));
    assert!(applied.success(), "{applied}");
    let unknown = "Warning: what policy \"new\" would refuse of what runs is not known\n";
    assert!(applied.stderr.contains(unknown), "{applied}");
    let missing = "Warning: not looked at: cronjobs.batch (no right to list them)";
    assert!(applied.stderr.contains(missing), "{applied}");
}

#[test]
fn a_server_that_enforces_tells_at_its_start_what_its_policies_would_refuse() {
    let mut world = World::new();
    world.has_file = false;
    assert!(world.apply(&deployment("shop", "api", true)).success());
    assert!(world.apply(&policy("p", DENIES)).success());
    world.start(&[]);
    let told = r#""first":"shop/api""#;
    crate::kubectl::wait_until("it is told", || world.output().contains(told));
}
