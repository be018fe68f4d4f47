//! The product's own objects pass its own policies (F-117).

use std::path::Path;
use std::process::Command;

use serde_json::Value;
use support::scratch::Scratch;

use crate::helm::rendered;
use crate::sets::SETS;

/// What `plimsoll check` finds in a text: its whole report.
fn check(text: &str, policy: &str) -> Value {
    let scratch = Scratch::new();
    let file = scratch.write("rendered.yaml", text);
    let policy = support::committed::repository().join(format!("policies/{policy}.yaml"));
    let mut command = Command::new(Path::new(env!("CARGO_BIN_EXE_plimsoll")));
    command.args(["check", "--format", "json", "--policy"]).arg(policy).arg(file);
    let output = command.output().expect("plimsoll runs");
    let problem = String::from_utf8_lossy(&output.stderr);
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("no report: {problem}"))
}

/// What the cluster and the owners of certificates and registries have made before.
const NEIGHBOURS: &str = "
---
apiVersion: v1
kind: ConfigMap
metadata: {name: kube-root-ca.crt, namespace: plimsoll}
data: {ca.crt: ''}
---
apiVersion: v1
kind: Secret
metadata: {name: plimsoll-tls, namespace: plimsoll}
stringData: {tls.crt: '', tls.key: '', ca.crt: ''}
---
apiVersion: v1
kind: Secret
metadata: {name: my-tls, namespace: plimsoll}
stringData: {tls.crt: '', tls.key: '', ca.crt: ''}
---
apiVersion: v1
kind: Secret
metadata: {name: one, namespace: plimsoll}
---
apiVersion: v1
kind: Secret
metadata: {name: two, namespace: plimsoll}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: robot, namespace: plimsoll}
";

/// What is found but for what the chart is for: to write its own webhook configuration, and where that is
/// asked for to know the names of Secrets' keys.
fn unmeant(report: &Value) -> Vec<&Value> {
    let found = report["violations"].as_array().expect("a list").iter();
    found
        .filter(|v| !["rbac-webhooks", "rbac-secrets"].contains(&v["rule"].as_str().unwrap()))
        .collect()
}

/// F-117.
#[test]
fn the_chart_passes_the_production_and_the_restricted_policy_without_a_warning() {
    for set in SETS.iter().filter(|set| set.is_fit) {
        let text = format!("{}{NEIGHBOURS}", rendered(set.arguments));
        for policy in ["production", "restricted"] {
            let report = check(&text, policy);
            let found = unmeant(&report);
            assert!(found.is_empty(), "{} under {policy}: {found:#?}", set.name);
            assert!(
                report["subjects"].as_array().is_some_and(|all| !all.is_empty()),
                "{}",
                set.name
            );
        }
    }
}

#[test]
fn the_manifests_pass_the_production_policy_without_a_warning() {
    let read = |name: &str| {
        let path = support::committed::repository().join("manifests").join(name);
        std::fs::read_to_string(path).expect(name)
    };
    let text = format!("{}---\n{}{NEIGHBOURS}", read("install.yaml"), read("audit-cronjob.yaml"));
    let report = check(&text, "production");
    assert_eq!(unmeant(&report), Vec::<&Value>::new(), "{report:#}");
    let subjects = report["subjects"].as_array().unwrap();
    assert!(subjects.iter().any(|subject| subject["kind"] == "CronJob"), "{subjects:?}");
}

#[test]
fn what_is_chosen_against_the_policy_is_found() {
    for set in SETS.iter().filter(|set| !set.is_fit) {
        let report = check(&rendered(set.arguments), "production");
        assert!(!report["violations"].as_array().unwrap().is_empty(), "{}", set.name);
    }
}
