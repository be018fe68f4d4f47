//! The registration is made by the server, follows the policies, and survives who edits it.

use std::time::{Duration, Instant};

use serde_json::Value;

use super::{BAD, CONFIGURATION, GOOD, World};
use crate::kubectl::wait_until;

fn resources(live: &Value, entry: &str) -> Vec<String> {
    let webhooks = live["webhooks"].as_array().unwrap();
    let found = webhooks.iter().find(|webhook| webhook["name"] == entry);
    let rules = found.into_iter().flat_map(|webhook| webhook["rules"].as_array().unwrap());
    let names = rules.flat_map(|rule| rule["resources"].as_array().unwrap());
    names.map(|name| name.as_str().unwrap().to_owned()).collect()
}

fn policy(rule: &str) -> String {
    format!(
        "apiVersion: plimsoll.dev/v1alpha1\nkind: DeployPolicy\nmetadata: {{name: p}}\n\
         spec: {{rules: {{{rule}: {{}}}}}}\n"
    )
}

#[test]
fn f88_the_configuration_appears_once_the_server_answers_and_refuses_from_then_on() {
    let mut world = World::new();

    assert!(world.live().is_none());
    world.start(&["--failure-policy", "Fail", "--fail-without-replicas"]);
    world.wait_for_registration();
    let live = world.live().unwrap();
    assert_eq!(live["webhooks"][0]["failurePolicy"], "Fail");
    assert_eq!(live["webhooks"][1]["failurePolicy"], "Ignore", "advice never stands in the way");
    let owner = &live["metadata"]["ownerReferences"][0];
    assert_eq!(
        (owner["kind"].as_str(), owner["name"].as_str()),
        (Some("Namespace"), Some("plimsoll"))
    );
    let excluded = &live["webhooks"][0]["namespaceSelector"]["matchExpressions"][0]["values"];
    assert_eq!(*excluded, serde_json::json!(["kube-system", "kube-node-lease", "plimsoll"]));
    world.wait_until_refused();
    let good = world.try_out(GOOD);
    assert!(good.success(), "{good}");
    // From the first moment on there was somebody to ask: no write failed for want of an answer.
    let page = support::https::get(world.replicas[0].admin, "/metrics").unwrap().1;
    assert!(page.contains("plimsoll_registration{state=\"registered\"} 1"), "{page}");
    world.wait_for_event("FailurePolicyRaised");
}

#[test]
fn fail_is_not_registered_where_nobody_can_see_two_replicas_on_two_nodes() {
    let world = World::registered(&["--failure-policy", "Fail"]);
    assert_eq!(world.live().unwrap()["webhooks"][0]["failurePolicy"], "Ignore");
    world.wait_for_event("FailurePolicyNotRaised");
    assert_eq!(world.metric(0, "plimsoll_registration{state=\"unguarded\"}"), Some(1.0));
    // Once it is so it stays so, whatever becomes of the replicas.
    let fail = r#"[{"op":"replace","path":"/webhooks/0/failurePolicy","value":"Fail"}]"#;
    world.kubectl(&["patch", CONFIGURATION, "--type=json", "-p", fail]);
    std::thread::sleep(Duration::from_secs(3));
    assert_eq!(world.live().unwrap()["webhooks"][0]["failurePolicy"], "Fail");
}

#[test]
fn what_is_registered_follows_the_policies_within_two_seconds() {
    let mut world = World::new();
    let file = world.path().join("policy.yaml");
    std::fs::write(&file, policy("external-ips")).unwrap();
    world.start(&["--policy", file.to_str().unwrap()]);
    world.wait_for_registration();
    assert_eq!(resources(&world.live().unwrap(), "validate.plimsoll.dev"), ["services"]);
    std::fs::write(&file, policy("rbac-wildcard")).unwrap();
    // The file is taken once it was the same at two looks.
    wait_until("the new policy is in force", || {
        world.output().contains("new policies are in force")
    });
    let since = Instant::now();
    let has_changed = || {
        resources(&world.live().unwrap(), "validate.plimsoll.dev")
            .contains(&"clusterroles".to_owned())
    };
    while !has_changed() {
        // Two seconds, and what kubectl takes on a busy machine.
        assert!(since.elapsed() < Duration::from_secs(5), "{:?}", world.live());
    }
}

#[test]
fn f89_an_edited_configuration_is_mended_with_an_event_and_a_metric() {
    let world = World::registered(&[]);
    let mended = "plimsoll_registration_mends_total";
    let edits = [
        r#"[{"op":"replace","path":"/webhooks/0/rules","value":[]}]"#,
        r#"[{"op":"replace","path":"/webhooks/0/clientConfig/caBundle","value":""}]"#,
        r#"[{"op":"replace","path":"/webhooks/0/namespaceSelector","value":{"matchLabels":{"a":"b"}}}]"#,
        r#"[{"op":"remove","path":"/webhooks/0"}]"#,
        r#"[{"op":"replace","path":"/webhooks/0/failurePolicy","value":"Fail"}]"#,
    ];
    let before = world.live().unwrap();
    for (count, edit) in (1_u32..).zip(edits) {
        world.kubectl(&["patch", CONFIGURATION, "--type=json", "-p", edit]);
        wait_until("it is as before", || {
            world.live().unwrap()["webhooks"] == before["webhooks"]
                && world.metric(0, mended) == Some(f64::from(count))
        });
    }
    world.wait_for_event("RegistrationMended");
    // What others write beside it stays.
    world.kubectl(&["annotate", CONFIGURATION, "admissions.enforcer/disabled=true"]);
    std::thread::sleep(Duration::from_secs(2));
    let live = world.live().unwrap();
    assert_eq!(live["metadata"]["annotations"]["admissions.enforcer/disabled"], "true");
    assert_eq!(world.metric(0, mended), Some(5.0));
}

#[test]
fn f89_a_deleted_configuration_stays_deleted_until_an_operator_asks_for_it() {
    let mut world = World::registered(&["--failure-policy", "Fail", "--fail-without-replicas"]);
    world.wait_until_refused();
    world.kubectl(&["delete", CONFIGURATION]);
    world.wait_for_event("RegistrationDeleted");
    assert!(world.live().is_none());
    assert!(world.try_out(BAD).success(), "nobody is asked");
    assert_eq!(world.metric(0, "plimsoll_registration{state=\"deleted\"}"), Some(1.0));
    // Neither time nor another server makes it again.
    let first = world.replicas.remove(0);
    first.stop();
    world.start(&[]);
    wait_until("the new server leads", || world.metric(0, "plimsoll_leader") == Some(1.0));
    std::thread::sleep(Duration::from_secs(3));
    assert!(world.live().is_none());
    let events = world.events();
    let line = events.lines().find_map(|line| line.split_once("made again: ")).unwrap().1;
    let arguments: Vec<&str> = line.split_whitespace().skip(1).collect();
    world.kubectl(&arguments);
    world.wait_for_registration();
}

#[test]
fn f87_the_configuration_goes_with_the_namespace_and_by_a_command_that_needs_no_server() {
    let mut world = World::registered(&["--failure-policy", "Fail", "--fail-without-replicas"]);
    // Nobody finishes the deletion here, and nobody needs to.
    world.kubectl(&["delete", "namespace", "plimsoll", "--wait=false"]);
    wait_until("the configuration is gone", || world.live().is_none());
    assert!(world.try_out(BAD).success());

    world = World::registered(&["--failure-policy", "Fail", "--fail-without-replicas"]);
    world.wait_until_refused();
    drop(world.replicas.remove(0));
    let failed = world.try_out(GOOD);
    assert!(!failed.success() && failed.stderr.contains("failed calling webhook"), "{failed}");
    let unregister = || {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_plimsoll"));
        let kubeconfig = world.cluster.kubeconfig(support::control_plane::User::Admin);
        command.arg("unregister").arg("--kubeconfig").arg(kubeconfig);
        let output = command.output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    assert!(unregister().contains("deleted"));
    assert!(world.try_out(BAD).success());
    assert_eq!(unregister(), "there is no webhook configuration\n");
}

/// F-86.
#[test]
fn an_operator_narrows_what_is_sent_and_what_he_writes_is_checked() {
    let mut world = World::new();
    let file = world.path().join("registration.yaml");
    std::fs::write(
        &file,
        "namespaceSelector:\n  matchLabels: {team: a}\nmatchConditions:\n\
         - {name: not-jane, expression: \"request.userInfo.username != 'jane'\"}\n\
         annotations: {admissions.enforcer/disabled: \"true\"}\n\
         extraRules:\n- {apiGroups: [x.example], apiVersions: ['*'], operations: [CREATE], resources: [ys], scope: Namespaced}\n",
    )
    .unwrap();
    let flags = ["--registration", file.to_str().unwrap(), "--exclude-namespaces", "cni,dns"];
    world.start(&[&flags[..], &["--webhook-timeout-seconds", "3"]].concat());
    world.wait_for_registration();
    let live = world.live().unwrap();
    let webhook = &live["webhooks"][0];
    assert_eq!(webhook["namespaceSelector"]["matchLabels"]["team"], "a");
    let excluded = &webhook["namespaceSelector"]["matchExpressions"][0]["values"];
    let all = serde_json::json!(["kube-system", "kube-node-lease", "plimsoll", "cni", "dns"]);
    assert_eq!(*excluded, all);
    let conditions = webhook["matchConditions"].as_array().unwrap();
    assert!(conditions.iter().any(|condition| condition["name"] == "not-jane"), "{conditions:?}");
    assert_eq!(webhook["timeoutSeconds"], 3);
    assert!(resources(&live, "validate.plimsoll.dev").contains(&"ys".to_owned()));
    assert_eq!(live["metadata"]["annotations"]["admissions.enforcer/disabled"], "true");
    assert!(world.try_out(BAD).success(), "the namespace has no such label");
    std::fs::write(&file, "namespaceSelectors: {}\n").unwrap();
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_plimsoll"));
    let output = command.args(["serve", "--self-signed"]).args(flags).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        said.contains("line 1") && said.contains("unknown field `namespaceSelectors`"),
        "{said}"
    );
}

/// F-84, F-85: what must go on while nobody answers and writes of workloads fail.
#[test]
fn with_every_replica_dead_the_cluster_and_its_own_pods_come_back() {
    let mut world = World::registered(&["--failure-policy", "Fail", "--fail-without-replicas"]);
    world.wait_until_refused();
    world.replicas.remove(0).signal("KILL");
    world.put_in_front();
    wait_until("nobody answers", || {
        world.try_out(GOOD).stderr.contains("failed calling webhook \"validate.plimsoll.dev\"")
    });
    // Not in braces, which kubectl before 1.33 takes for JSON.
    let lease =
        "apiVersion: coordination.k8s.io/v1\nkind: Lease\nmetadata: {name: l, namespace: shop}";
    let node = "apiVersion: v1\nkind: Node\nmetadata: {name: node-a}";
    for text in [lease, node] {
        let made = world.cluster.kubectl_stdin(&["create", "-f", "-"], text);
        assert!(made.success(), "{made}");
    }
    world.kubectl(&["create", "namespace", "new"]);
    world.kubectl(&["create", "configmap", "c", "-n", "shop"]);
    let status = r#"{"status":{"conditions":[{"type":"Ready","status":"True"}]}}"#;
    world.kubectl(&["patch", "node", "node-a", "--subresource=status", "-p", status]);
    // Of the cluster's own namespace nothing is sent, and of Plimsoll's neither.
    for namespace in ["kube-system", "plimsoll"] {
        world.kubectl(&["create", "deployment", "any", "--image=any", "-n", namespace]);
        world.kubectl(&["run", "any", "--image=any", "-n", namespace]);
    }
    world.kubectl(&["delete", "clusterrole", "edit"]);
    world.cluster.restart_api_server().unwrap();
    wait_until("the API server has made its own roles again", || {
        world.cluster.kubectl(&["get", "clusterrole", "edit"]).success()
    });
    // What comes back is what was registered.
    world.start(&["--failure-policy", "Fail", "--fail-without-replicas"]);
    world.wait_until_refused();
    assert!(world.try_out(GOOD).success());
}
