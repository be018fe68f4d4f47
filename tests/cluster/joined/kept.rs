//! Policies as objects through what befalls an API server: none is lost, and none is made up.

use support::control_plane::User;

use super::namespaces::RIGHTS;
use super::objects::{pod, policy};
use super::{CONFIGURATION, World};
use crate::kubectl::wait_until;

/// How many policies are made at once.
const MANY: usize = 1_000;

/// F-92: as many as nobody has, one that is made anew at once, one that is renamed.
#[test]
fn f92_a_thousand_policies_at_once_are_the_same_on_every_replica() {
    let world = World::with_objects(&[], 2);
    let harmless = "{mode: audit, rules: {privileged: {}}}";
    let names = (0..MANY).map(|index| format!("p-{index}"));
    let all: Vec<String> = names.map(|name| policy(&name, harmless)).collect();
    std::thread::scope(|scope| {
        for part in all.chunks(MANY / 4) {
            let (cluster, text) = (&world.cluster, part.join("---\n"));
            scope.spawn(move || {
                let made = cluster.kubectl_stdin(&["create", "-f", "-"], &text);
                assert!(made.success(), "{made}");
            });
        }
    });
    world.kubectl(&["delete", "deploypolicies", "p-7", "p-8"]);
    let again = [policy("p-7", "{rules: {privileged: {}}}"), policy("renamed", harmless)];
    assert!(world.apply(&again.join("---\n")).success());
    wait_until("both have all of them", || {
        let all = |replica| world.metric(replica, "plimsoll_policies{source=\"object\"}");
        [all(0), all(1)] == [Some(1_000.0); 2]
    });
    wait_until("both have the same", || {
        let sum = |replica| world.metric(replica, "plimsoll_policies_checksum");
        sum(0).is_some() && sum(0) == sum(1)
    });
    assert_eq!(world.decisions(&pod(true, false)), [false, false], "the one that was made anew");
    assert_eq!(world.decisions(&pod(false, false)), [true, true]);
}

/// F-83, F-94: an API server that goes and comes back, and rights that go and come back.
#[test]
fn f94_policies_stay_in_force_while_they_cannot_be_read_and_count_as_they_are_afterwards() {
    let mut world = World::new();
    world.has_file = false;
    assert!(world.cluster.kubectl_stdin(&["apply", "-f", "-"], RIGHTS).success());
    world.start_with(&["--tls-secret", "certificate"], User::Developer);
    world.wait_for_registration();
    assert!(world.apply(&policy("p", "{rules: {privileged: {}}}")).success());
    world.soon(&pod(true, false), false);
    let is_stale = |world: &World, stale: f64| {
        let value = world.metric(0, "plimsoll_watch_stale{kind=\"deploypolicies\"}");
        value == Some(stale)
    };

    world.cluster.restart_api_server().unwrap();
    assert_eq!(world.decisions(&pod(true, false)), [false], "what was known stays");
    wait_until("policies are followed again", || is_stale(&world, 0.0));

    world.kubectl(&["delete", "clusterrolebinding", "plimsoll"]);
    // A watch that is under way goes on; the next one is refused.
    world.cluster.restart_api_server().unwrap();
    wait_until("what is known may be old", || is_stale(&world, 1.0));
    assert!(world.apply(&policy("p", "{mode: audit, rules: {privileged: {}}}")).success());
    std::thread::sleep(std::time::Duration::from_secs(2));
    assert_eq!(world.decisions(&pod(true, false)), [false], "nobody could read that");
    assert!(world.output().contains("not followed for a moment"), "{}", world.output());

    assert!(world.cluster.kubectl_stdin(&["apply", "-f", "-"], RIGHTS).success());
    wait_until("what was written meanwhile is in force", || {
        is_stale(&world, 0.0) && world.decisions(&pod(true, false)) == [true]
    });
}

#[test]
fn a_policy_that_the_api_server_asks_nobody_about_is_not_ready() {
    let world = World::with_objects(&[], 1);
    assert!(world.apply(&policy("p", "{rules: {privileged: {}}}")).success());
    let object = ["deploypolicy", "p"];
    world.wait_for_ready(&object, "True InForce 1");
    // Who deletes it means it: it is not made again.
    world.kubectl(&["delete", CONFIGURATION]);
    world.wait_for_ready(&object, "False NotRegistered 1");
    let told = "jsonpath={.status.conditions[0].message}";
    let told = world.kubectl(&["get", "deploypolicy", "p", "-o", told]).stdout;
    assert!(told.contains("pods"), "{told}");
}
