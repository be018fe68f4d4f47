//! What the chart gives rights to (F-116).

use std::time::{Duration, Instant};

use plimsoll::inventory::{Neighbour, NeighbourKind, OwnerKind};
use plimsoll::subject::workloads;
use serde_json::Value;
use support::control_plane::ControlPlane;

use crate::audit::AUDIT;
use crate::helm::{Objects, rendered};
use crate::sets::SETS;
use crate::world::WORLD;

/// `verb group/resource`, with the names that it is bound to, of every rule of a kind of role.
pub fn rights(objects: &Objects, kind: &str) -> Vec<(String, Vec<String>)> {
    let texts = |value: &Value| -> Vec<String> {
        let list = value.as_array().into_iter().flatten();
        list.map(|text| text.as_str().unwrap().to_owned()).collect()
    };
    let mut found = Vec::new();
    for role in objects.of_kind(kind) {
        for rule in role["rules"].as_array().unwrap() {
            for group in texts(&rule["apiGroups"]) {
                for resource in texts(&rule["resources"]) {
                    for verb in texts(&rule["verbs"]) {
                        let right = format!("{verb} {group}/{resource}");
                        found.push((right, texts(&rule["resourceNames"])));
                    }
                }
            }
        }
    }
    found
}

/// F-116.
#[test]
fn no_right_is_a_wildcard() {
    for set in SETS {
        let objects = Objects::of(set.arguments);
        for kind in ["Role", "ClusterRole"] {
            for (right, _) in rights(&objects, kind) {
                assert!(!right.contains('*'), "{}: {right}", set.name);
            }
        }
    }
}

#[test]
fn no_secret_is_read_but_the_one_with_the_certificate_and_where_asked_for_the_names_of_keys() {
    for set in SETS {
        let objects = Objects::of(set.arguments);
        // What audits has rights of its own.
        let roles = objects.0.iter().filter(|object| object["metadata"]["name"] != AUDIT);
        let objects = Objects(roles.cloned().collect());
        let of_all = rights(&objects, "ClusterRole").into_iter().map(|(right, _)| right);
        let of_all: Vec<_> = of_all.filter(|right| right.ends_with(" /secrets")).collect();
        // Of all of them the names of keys, and only where that is asked for.
        let asks = objects.flags().contains(&"--secret-keys");
        let wanted: &[&str] = if asks { &["list /secrets", "watch /secrets"] } else { &[] };
        assert_eq!(of_all, wanted, "{}", set.name);
        let own = rights(&objects, "Role");
        let own = own.iter().filter(|(right, _)| right.contains("/secrets"));
        let is_self_managed = objects.flags().iter().any(|flag| flag.starts_with("--tls-secret="));
        for (right, names) in own {
            assert!(is_self_managed, "{}: {right}", set.name);
            assert!(!right.contains("delete") && !right.contains("patch"), "{}: {right}", set.name);
            assert!(
                right == "create /secrets" || names == &["plimsoll-tls"],
                "{}: {right}",
                set.name
            );
        }
    }
}

#[test]
fn webhook_configurations_are_written_by_one_name_and_not_where_the_chart_renders_them() {
    for set in SETS {
        let objects = Objects::of(set.arguments);
        let is_rendered = !objects.of_kind("ValidatingWebhookConfiguration").is_empty();
        for (right, names) in rights(&objects, "ClusterRole") {
            if !right.contains("webhookconfigurations") {
                continue;
            }
            assert!(!is_rendered, "{}: {right}", set.name);
            let is_create = right.starts_with("create ");
            assert!(is_create || names == ["plimsoll"], "{}: {right} of any", set.name);
        }
    }
}

#[test]
fn every_kind_that_neighbours_are_known_from_may_be_followed_and_what_tells_of_secrets_only_where_asked()
 {
    for asks in [false, true] {
        let set = format!("--set=secretKeys={asks}");
        let all = rights(&Objects::of(&[&set]), "ClusterRole");
        for kind in NeighbourKind::all() {
            let is_wanted = asks || kind.fills != Neighbour::Secret;
            for verb in ["list", "watch"] {
                let right = format!("{verb} {}/{}", kind.group, kind.plural);
                assert_eq!(all.contains(&(right.clone(), Vec::new())), is_wanted, "{right}");
            }
        }
        for kind in OwnerKind::all() {
            for verb in ["list", "watch"] {
                let right = format!("{verb} {}/{}", kind.group, kind.plural);
                assert!(all.contains(&(right.clone(), Vec::new())), "{right}");
            }
        }
    }
}

#[test]
fn every_workload_of_kubernetes_may_be_listed_and_none_be_written() {
    let all = rights(&Objects::of(&[]), "ClusterRole");
    for kind in workloads() {
        let of_kind = format!(" {}/{}", kind.group, kind.resource);
        let verbs = all.iter().filter_map(|(right, _)| right.strip_suffix(&of_kind));
        let verbs: Vec<&str> = verbs.collect();
        assert!(verbs.contains(&"list"), "{of_kind}");
        assert!(verbs.iter().all(|verb| ["list", "watch"].contains(verb)), "{verbs:?}{of_kind}");
    }
}

#[test]
fn the_rights_of_the_chart_are_enough_to_tell_what_a_policy_would_refuse() {
    let policy = "apiVersion: plimsoll.dev/v1alpha1\nkind: DeployPolicy\nmetadata: {name: told}\n\
                  spec: {rules: {privileged: {}}}\n";
    let told = WORLD.try_out(policy);
    assert!(told.success() && !told.stderr.contains("not looked at"), "{told}");
}

#[test]
fn the_rights_of_the_defaults_are_these() {
    let objects = Objects::of(&["--no-hooks"]);
    let of = |kind: &str| -> Vec<String> {
        rights(&objects, kind).into_iter().map(|(right, _)| right).collect()
    };
    let verbs = |verbs: &[&str], resource: &str| -> Vec<String> {
        verbs.iter().map(|verb| format!("{verb} {resource}")).collect()
    };
    let webhooks = "admissionregistration.k8s.io/validatingwebhookconfigurations";
    let leases = "coordination.k8s.io/leases";
    let read = ["get", "list", "watch"];
    let in_group = |allowed: &[&str], part: &str| -> Vec<String> {
        let of_both = ["deploypolicies", "policyexceptions"].into_iter();
        of_both.flat_map(|kind| verbs(allowed, &format!("plimsoll.dev/{kind}{part}"))).collect()
    };
    let in_apps =
        ["deployments", "replicasets", "statefulsets", "daemonsets", "controllerrevisions"]
            .map(|resource| verbs(&["list", "watch"], &format!("apps/{resource}")));
    let cluster = [
        verbs(&read, "/namespaces"),
        in_group(&["list", "watch"], ""),
        in_group(&["patch"], "/status"),
        verbs(&["get"], "apiextensions.k8s.io/customresourcedefinitions"),
        verbs(&["list", "watch"], "/configmaps"),
        verbs(&["list", "watch"], "autoscaling/horizontalpodautoscalers"),
        verbs(&["list", "watch"], "keda.sh/scaledobjects"),
        verbs(&["list", "watch"], "networking.k8s.io/networkpolicies"),
        verbs(&["list", "watch"], "cilium.io/ciliumnetworkpolicies"),
        verbs(&["list", "watch"], "policy/poddisruptionbudgets"),
        verbs(&["list", "watch"], "/services"),
        verbs(&["list", "watch"], "networking.k8s.io/ingresses"),
        verbs(&["list", "watch"], "/replicationcontrollers"),
        in_apps.concat(),
        verbs(&["list", "watch"], "batch/jobs"),
        verbs(&["list", "watch"], "batch/cronjobs"),
        verbs(&["list", "watch"], "/pods"),
        verbs(&["list", "watch"], "/serviceaccounts"),
        ["servicemonitors", "podmonitors", "prometheusrules"]
            .map(|kind| verbs(&["list", "watch"], &format!("monitoring.coreos.com/{kind}")))
            .concat(),
        verbs(&["list", "watch"], "velero.io/schedules"),
        verbs(&["list", "watch"], "k8up.io/schedules"),
        verbs(&["list", "watch"], "snapscheduler.backube/snapshotschedules"),
        verbs(&["list"], "/podtemplates"),
        verbs(&["create", "list", "watch", "update", "delete"], webhooks),
    ];
    // The last role is the one that is added to `view`.
    assert_eq!(of("ClusterRole"), [cluster.concat(), in_group(&read, "")].concat());
    let own = [
        verbs(&["create", "get", "update", "patch"], leases),
        verbs(&["create", "list", "watch", "update"], "/secrets"),
        verbs(&["create", "patch"], "events.k8s.io/events"),
        verbs(&["get"], "/services"),
        verbs(&["list"], "discovery.k8s.io/endpointslices"),
    ];
    assert_eq!(of("Role"), own.concat());
}

#[test]
fn the_definitions_of_its_own_two_kinds_are_read_and_no_other() {
    for set in SETS {
        for (right, names) in rights(&Objects::of(set.arguments), "ClusterRole") {
            if right.contains("customresourcedefinitions") {
                let own = ["deploypolicies.plimsoll.dev", "policyexceptions.plimsoll.dev"];
                assert!(right.starts_with("get ") && names == own, "{}: {right}", set.name);
            }
        }
    }
}

/// CVE-2024-48921 was of another product: who may write everything in a namespace could excuse
/// himself.
#[test]
fn no_role_for_people_lets_anybody_write_exceptions_or_policies() {
    for set in SETS {
        let objects = Objects::of(set.arguments);
        let is_bound = |role: &Value| {
            objects.of_kind("ClusterRoleBinding").iter().any(|binding| {
                binding["roleRef"]["name"] == role["metadata"]["name"]
                    && binding["subjects"][0]["kind"] == "ServiceAccount"
            })
        };
        for role in objects.of_kind("ClusterRole").into_iter().filter(|role| !is_bound(role)) {
            for (right, _) in rights(&Objects(vec![role.clone()]), "ClusterRole") {
                let verb = right.split(' ').next().unwrap();
                assert!(["get", "list", "watch"].contains(&verb), "{}: {right}", set.name);
            }
            let labels = role["metadata"]["labels"].as_object().unwrap();
            for label in labels.keys().filter(|label| label.contains("aggregate-to-")) {
                assert!(label.ends_with("aggregate-to-view"), "{}: {label}", set.name);
            }
        }
    }
}

#[test]
fn who_may_read_a_namespace_reads_its_exceptions_and_its_administrator_writes_none() {
    let cluster = ControlPlane::builder().with_controllers().start().expect("a control plane");
    for command in [
        &["create", "namespace", "plimsoll"][..],
        &["create", "rolebinding", "see", "--clusterrole=view", "--user=reader"],
        &["create", "rolebinding", "run", "--clusterrole=admin", "--user=owner"],
    ] {
        assert!(cluster.kubectl(command).success(), "{command:?}");
    }
    let applied = cluster.kubectl_stdin(&["apply", "-f", "-"], &rendered(&["--no-hooks"]));
    assert!(applied.success(), "{applied}");
    let may = |user: &str, verb: &str| {
        let user = format!("--as={user}");
        cluster.kubectl(&["auth", "can-i", verb, "policyexceptions.plimsoll.dev", &user]).success()
    };
    let end = Instant::now() + Duration::from_mins(1);
    while !(may("reader", "list") && may("owner", "watch")) {
        assert!(Instant::now() < end, "the role is not added to `view`");
        std::thread::sleep(Duration::from_millis(200));
    }
    for verb in ["create", "update", "patch", "delete", "deletecollection"] {
        assert!(!may("reader", verb) && !may("owner", verb), "{verb}");
    }
}

#[test]
fn every_binding_is_to_a_role_and_an_account_that_are_there() {
    for set in SETS {
        let objects = Objects::of(set.arguments);
        for (binding, role) in [("RoleBinding", "Role"), ("ClusterRoleBinding", "ClusterRole")] {
            for bound in objects.of_kind(binding) {
                objects.one(role, bound["roleRef"]["name"].as_str().unwrap());
                let account = bound["subjects"][0]["name"].as_str().unwrap();
                assert_eq!(bound["subjects"][0]["namespace"], "plimsoll");
                objects.one("ServiceAccount", account);
            }
        }
    }
}

#[test]
fn the_rights_of_the_chart_are_enough_to_make_a_certificate_and_to_register() {
    let bad = WORLD.apply("bad.yaml");
    assert!(bad.stderr.contains("validate.plimsoll.dev"), "{bad}");
    let log = WORLD.server.output();
    assert!(!log.to_lowercase().contains("forbidden"), "{log}");
}
