//! `plimsoll audit` against an API server that answers as each test says.

mod api_server;
mod faults;
mod forms;
mod history;
mod impact;
mod owners;
mod preview;

use serde_json::Value;

use crate::check_command::{Output, run};
use api_server::ApiServer;

/// What the policy of most of these tests says.
const NO_PRIVILEGES: &str = "{rules: {privileged: {}}}";

const PODS: &str = "/api/v1/pods";
const DEPLOYMENTS: &str = "/apis/apps/v1/deployments";
const REPLICA_SETS: &str = "/apis/apps/v1/replicasets";

/// Audits with a policy file.
fn audit(server: &ApiServer, spec: &str, arguments: &[&str]) -> Output {
    let (kubeconfig, policy) = (server.kubeconfig(), server.policy(spec));
    let first = ["audit", "--kubeconfig", &kubeconfig, "--policy", &policy];
    run(&[&first[..], arguments].concat(), "")
}

/// The same, and its report for programs.
fn report(server: &ApiServer, spec: &str, arguments: &[&str]) -> (Output, Value) {
    let output = audit(server, spec, &[&["--format", "json"], arguments].concat());
    let report = serde_json::from_str(&output.stdout).unwrap_or_else(|_| panic!("{output:?}"));
    (output, report)
}

/// Names, with what made them, of all that has a violation.
fn violations(report: &Value) -> Vec<String> {
    let named = |violation: &Value| {
        let owner = violation["owner"].as_str().map(|owner| format!(" of {owner}"));
        let objects = violation["objects"].as_u64().map(|count| format!(" x{count}"));
        let (kind, name) =
            (violation["kind"].as_str().unwrap(), violation["name"].as_str().unwrap());
        format!("{kind}/{name}{}{}", owner.unwrap_or_default(), objects.unwrap_or_default())
    };
    report["violations"].as_array().unwrap().iter().map(named).collect()
}

/// The same of all that was counted.
fn subjects(report: &Value) -> Vec<String> {
    let named = |subject: &Value| {
        let (kind, name) = (subject["kind"].as_str().unwrap(), subject["name"].as_str().unwrap());
        let (passed, total) = (&subject["passed"], &subject["total"]);
        format!("{kind}/{name} {passed}/{total}")
    };
    report["subjects"].as_array().unwrap().iter().map(named).collect()
}
