//! The nightly audit: what its Pod is told, what it may do, and that this is enough.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use plimsoll::inventory::{Neighbour, NeighbourKind};
use plimsoll::subject::BUILT_IN;
use serde_json::{Value, json};
use support::committed::repository;
use support::control_plane::ControlPlane;
use support::scratch::Scratch;

use crate::helm::{Objects, rendered};
use crate::rights::rights;
use crate::sets::SETS;
use crate::world::kubeconfig;

/// What its objects are called.
pub const AUDIT: &str = "plimsoll-audit";

const ENABLED: &str = "--set=audit.enabled=true";

fn set(name: &str) -> &'static [&'static str] {
    SETS.iter().find(|set| set.name == name).expect(name).arguments
}

/// The Pod of the `CronJob`.
fn pod(objects: &Objects) -> &Value {
    &objects.one("CronJob", AUDIT)["spec"]["jobTemplate"]["spec"]["template"]["spec"]
}

/// What the program is told.
fn told(objects: &Objects) -> Vec<&str> {
    let arguments = pod(objects)["containers"][0]["args"].as_array().expect("arguments");
    arguments.iter().map(|text| text.as_str().expect("a text")).collect()
}

#[test]
fn nobody_audits_unless_that_is_asked_for() {
    let names = |object: &Value| object["metadata"]["name"] == AUDIT;
    assert!(!Objects::of(&[]).0.iter().any(names));
    let kinds: Vec<Value> =
        Objects::of(&[ENABLED]).0.into_iter().filter(names).map(|o| o["kind"].clone()).collect();
    let all =
        ["ServiceAccount", "PersistentVolumeClaim", "ClusterRole", "ClusterRoleBinding", "CronJob"];
    assert_eq!(kinds, all);
}

#[test]
fn the_audit_holds_against_what_the_server_has_in_force() {
    let objects = Objects::of(&[ENABLED]);
    let server = objects.flags();
    let own = told(&objects);
    assert_eq!(
        own,
        [
            "audit",
            "--policy=/etc/plimsoll/policies",
            "--installed",
            "--exception-max-days=90",
            "--history=/var/lib/plimsoll/audit",
            "--history-limit=30",
        ]
    );
    assert!(own[1..4].iter().all(|flag| *flag == "--installed" || server.contains(flag)));
    let objects = Objects::of(set("audited closely"));
    let (own, server) = (told(&objects), objects.flags());
    for flag in ["--exception-max-days=30", "--exception-namespaces=shop,platform-*"] {
        assert!(own.contains(&flag) && server.contains(&flag), "{own:?}");
    }
    assert!(own.contains(&"--secrets") && own.contains(&"--history-limit=7"), "{own:?}");
}

#[test]
fn what_was_found_is_not_tried_again_and_what_a_node_lost_is() {
    let objects = Objects::of(&[ENABLED]);
    let spec = &objects.one("CronJob", AUDIT)["spec"];
    assert_eq!(spec["concurrencyPolicy"], "Forbid");
    assert!(spec["timeZone"].is_null());
    for seconds in [&spec["startingDeadlineSeconds"], &spec["successfulJobsHistoryLimit"]] {
        assert!(seconds.as_u64().is_some_and(|seconds| seconds > 0), "{spec}");
    }
    let job = &spec["jobTemplate"]["spec"];
    assert_eq!(
        (&job["backoffLimit"], &job["template"]["spec"]["restartPolicy"]),
        (&json!(0), &json!("Never"))
    );
    assert!(job["activeDeadlineSeconds"].is_u64() && job["ttlSecondsAfterFinished"].is_u64());
    let rules = &job["podFailurePolicy"]["rules"];
    assert_eq!((&rules[0]["action"], &rules[1]["action"]), (&json!("FailJob"), &json!("Ignore")));
    assert_eq!(rules[0]["onExitCodes"]["values"], json!([1, 2]));
    let container = &job["template"]["spec"]["containers"][0];
    assert_eq!(rules[0]["onExitCodes"]["containerName"], container["name"]);
    let closely = Objects::of(set("audited closely"));
    let spec = &closely.one("CronJob", AUDIT)["spec"];
    assert_eq!(
        (&spec["timeZone"], &spec["schedule"]),
        (&json!("Europe/Berlin"), &json!("@weekly"))
    );
}

#[test]
fn the_pod_is_restricted_and_writes_to_the_volume_of_the_history_alone() {
    let objects = Objects::of(&[ENABLED]);
    let made = pod(&objects);
    let security = &made["securityContext"];
    assert_eq!((&security["fsGroup"], &security["runAsNonRoot"]), (&json!(65532), &json!(true)));
    assert_eq!(security["seccompProfile"]["type"], "RuntimeDefault");
    assert_eq!(made["automountServiceAccountToken"], false);
    assert_eq!(made["serviceAccountName"], AUDIT);
    let container = &made["containers"][0];
    assert_eq!(container["securityContext"]["readOnlyRootFilesystem"], true);
    assert_eq!(container["securityContext"]["capabilities"], json!({"drop": ["ALL"]}));
    let mounts = container["volumeMounts"].as_array().unwrap();
    let writable = mounts.iter().filter(|mount| mount["readOnly"] != json!(true));
    let writable: Vec<&Value> = writable.map(|mount| &mount["mountPath"]).collect();
    assert_eq!(writable, ["/var/lib/plimsoll/audit"]);
    // The token is the same as the server's, and is asked for in the same way.
    let token = |pod: &Value| {
        let volumes = pod["volumes"].as_array().unwrap().iter();
        volumes.clone().find(|volume| volume["name"] == "token").cloned()
    };
    assert!(token(made).is_some() && token(made) == token(objects.pod()));
    // Where the cluster says as whom Pods run, it says for which group volumes are.
    let open = Objects::of(&[ENABLED, "--set=podSecurityContext.runAsUser=null"]);
    assert!(pod(&open)["securityContext"]["fsGroup"].is_null());
}

#[test]
fn the_volume_is_made_or_named_or_not_there() {
    let claim = |objects: &Objects| {
        let volumes = pod(objects)["volumes"].as_array().unwrap().clone();
        let history = volumes.into_iter().find(|volume| volume["name"] == "history");
        history.map(|volume| volume["persistentVolumeClaim"]["claimName"].clone())
    };
    let made = Objects::of(set("audited on a volume of a class"));
    assert_eq!(claim(&made), Some(json!(AUDIT)));
    let spec = &made.one("PersistentVolumeClaim", AUDIT)["spec"];
    assert_eq!(spec["storageClassName"], "slow");
    assert_eq!(spec["resources"], json!({"requests": {"storage": "5Gi"}}));
    let named = Objects::of(set("audited closely"));
    assert_eq!(claim(&named), Some(json!("mine")));
    let none = Objects::of(set("audited without a history"));
    assert_eq!(claim(&none), None);
    assert!(told(&none).iter().all(|flag| !flag.starts_with("--history")), "{:?}", told(&none));
    for objects in [named, none] {
        assert!(objects.of_kind("PersistentVolumeClaim").is_empty());
    }
}

/// The rights of the audit.
fn own_rights(objects: &Objects) -> BTreeSet<String> {
    let role = Objects(vec![objects.one("ClusterRole", AUDIT).clone()]);
    let rights = rights(&role, "ClusterRole");
    assert!(rights.iter().all(|(_, names)| names.is_empty()), "a list is of no names");
    let count = rights.len();
    let rights: BTreeSet<String> = rights.into_iter().map(|(right, _)| right).collect();
    assert_eq!(count, rights.len(), "one is given twice");
    rights
}

/// All that the program may ever list: of its own tables, so that the chart is no other.
fn listed(has_secrets: bool) -> BTreeSet<String> {
    let judged = BUILT_IN.iter().filter(|kind| has_secrets || kind.kind != "Secret");
    let judged = judged.map(|kind| format!("list {}/{}", kind.group, kind.resource));
    let around = NeighbourKind::all();
    let around = around.filter(|kind| has_secrets || kind.fills != Neighbour::Secret);
    let around = around.map(|kind| format!("list {}/{}", kind.group, kind.plural));
    let own = ["deploypolicies", "policyexceptions"].map(|own| format!("list plimsoll.dev/{own}"));
    // Policies select by the labels of namespaces, which are among what is judged.
    judged.chain(around).chain(own).collect()
}

#[test]
fn what_the_program_lists_may_be_listed_and_nothing_else_is_given() {
    for has_secrets in [false, true] {
        let secrets = format!("--set=audit.secrets={has_secrets}");
        let objects = Objects::of(&[ENABLED, &secrets]);
        assert_eq!(own_rights(&objects), listed(has_secrets));
        let roles = objects.of_kind("Role").into_iter().chain(objects.of_kind("RoleBinding"));
        assert!(roles.into_iter().all(|role| role["metadata"]["name"] != AUDIT));
    }
    let more = own_rights(&Objects::of(set("audited closely")));
    let all = listed(true);
    let added: Vec<&String> = more.difference(&all).collect();
    assert_eq!(added, ["list argoproj.io/rollouts"]);
}

/// An audit as the `CronJob` runs it, but for the folders.
fn audited(cluster: &ControlPlane, objects: &Objects, folder: &Scratch) -> (String, Value) {
    let (policies, history) = (repository().join("policies/production.yaml"), folder.path());
    let mut command = Command::new(Path::new(env!("CARGO_BIN_EXE_plimsoll")));
    for flag in told(objects) {
        match flag.split_once('=') {
            Some(("--policy", _)) => command.arg("--policy").arg(&policies),
            Some(("--history", _)) => command.arg("--history").arg(history),
            _ => command.arg(flag),
        };
    }
    command.args(["--format", "json", "--kubeconfig"]).arg(kubeconfig(cluster, AUDIT));
    let output = command.output().expect("plimsoll runs");
    let problem = String::from_utf8_lossy(&output.stderr).into_owned();
    let report = serde_json::from_slice(&output.stdout);
    let report = report.unwrap_or_else(|_| panic!("no report: {problem}"));
    assert_ne!(output.status.code(), Some(2), "{problem}");
    (problem, report)
}

#[test]
fn the_rights_of_the_chart_are_enough_to_audit_night_after_night() {
    let cluster = ControlPlane::start().expect("a control plane");
    assert!(cluster.kubectl(&["create", "namespace", "plimsoll"]).success());
    let folder = Scratch::new();
    for (night, secrets) in [false, true].into_iter().enumerate() {
        let secrets = format!("--set=audit.secrets={secrets}");
        let arguments = ["--no-hooks", ENABLED, &secrets];
        let applied = cluster.kubectl_stdin(&["apply", "-f", "-"], &rendered(&arguments));
        assert!(applied.success(), "{applied}");
        let applied = cluster.kubectl_stdin(&["apply", "-f", "-"], NEIGHBOURS);
        assert!(applied.success(), "{applied}");
        let (problem, report) = audited(&cluster, &Objects::of(&arguments), &folder);
        assert_eq!(problem, "");
        assert_eq!((&report["notLookedAt"], &report["errors"]), (&json!([]), &json!([])));
        let policies: Vec<&Value> =
            report["policies"].as_array().unwrap().iter().map(|policy| &policy["name"]).collect();
        assert_eq!(policies, ["production", "neighbours"]);
        assert_eq!(report["since"].is_object(), night > 0, "{report:#}");
        let kinds = report["subjects"].as_array().unwrap().iter();
        let kinds: BTreeSet<&str> =
            kinds.map(|subject| subject["kind"].as_str().unwrap()).collect();
        assert!(kinds.contains("ClusterRole") && kinds.contains("CronJob"), "{kinds:?}");
    }
}

/// Rules that ask for every neighbour.
const NEIGHBOURS: &str = "
apiVersion: plimsoll.dev/v1alpha1
kind: DeployPolicy
metadata: {name: neighbours}
spec: {mode: audit, rules: {secret-references: {}, replicas: {}, update-strategy: {}}}
";

/// Says that the Pod of a Job has ended in this way, as the kubelet would.
fn end(cluster: &ControlPlane, pod: &str, code: u8, conditions: &Value) {
    let ended = json!({"status": {
        "phase": "Failed", "conditions": conditions,
        "containerStatuses": [{"name": "audit", "image": "i", "imageID": "", "ready": false,
            "restartCount": 0, "state": {"terminated": {"exitCode": code}}}]
    }});
    let patch = ["patch", pod, "-n", "plimsoll", "--subresource=status", "--type=merge", "-p"];
    let patched = cluster.kubectl(&[&patch[..], &[&ended.to_string()]].concat());
    assert!(patched.success(), "{patched}");
}

/// The Pods of a Job, once something holds of them.
fn pods(cluster: &ControlPlane, job: &str, holds: impl Fn(&[String]) -> bool) -> Vec<String> {
    let selector = format!("job-name={job}");
    let end = Instant::now() + Duration::from_mins(1);
    loop {
        let found = ["get", "pods", "-n", "plimsoll", "-o", "name", "-l", &selector];
        let pods: Vec<String> = cluster.kubectl(&found).stdout.lines().map(str::to_owned).collect();
        if holds(&pods) {
            return pods;
        }
        let events = cluster.kubectl(&["describe", "job", job, "-n", "plimsoll"]);
        assert!(Instant::now() < end, "{pods:?}\n{events}");
        std::thread::sleep(Duration::from_millis(200));
    }
}

#[test]
fn a_job_that_found_something_fails_once_and_names_the_status_and_one_whose_node_is_drained_goes_on()
 {
    let cluster = ControlPlane::builder().with_controllers().start().expect("a control plane");
    assert!(cluster.kubectl(&["create", "namespace", "plimsoll"]).success());
    let rendered = rendered(&["--no-hooks", ENABLED]);
    assert!(cluster.kubectl_stdin(&["apply", "-f", "-"], &rendered).success());
    let from = format!("--from=cronjob/{AUDIT}");
    let drained = json!([{"type": "DisruptionTarget", "status": "True"}]);
    for (job, code, conditions) in [("found", 1, json!([])), ("drained", 137, drained)] {
        let made = cluster.kubectl(&["create", "job", job, "-n", "plimsoll", &from]);
        assert!(made.success(), "{made}");
        let pod = pods(&cluster, job, |pods| !pods.is_empty()).remove(0);
        end(&cluster, &pod, code, &conditions);
    }
    pods(&cluster, "drained", |pods| pods.len() == 2);
    let columns = "custom-columns=WHY:.status.conditions[?(@.type==\"Failed\")].message";
    let ask = |job: &str| cluster.kubectl(&["get", "job", job, "-n", "plimsoll", "-o", columns]);
    let end = Instant::now() + Duration::from_mins(1);
    while !ask("found").stdout.contains("failed with exit code 1 ") {
        assert!(Instant::now() < end, "{}", ask("found"));
        std::thread::sleep(Duration::from_millis(200));
    }
    assert_eq!(pods(&cluster, "found", |_| true).len(), 1);
    assert!(ask("drained").stdout.contains("<none>"), "{}", ask("drained"));
}
