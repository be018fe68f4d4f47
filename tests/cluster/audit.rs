//! `plimsoll audit` of a real cluster, in which controllers make what they make.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::sync::LazyLock;

use plimsoll::yaml;
use serde_json::{Value, json};
use support::control_plane::{ControlPlane, User};

use crate::joined::DEFINITIONS;
use crate::kubectl::wait_until;

/// What an audit came to.
struct Audited {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

impl Audited {
    fn report(&self) -> Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|_| panic!("{}\n{}", self.stdout, self.stderr))
    }
}

/// A cluster with controllers, in which anybody may look at everything but roles.
static CLUSTER: LazyLock<ControlPlane> = LazyLock::new(|| {
    let cluster = ControlPlane::builder().with_controllers().start().unwrap();
    apply(&cluster, VIEWER);
    cluster
});

const VIEWER: &str = "
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: viewer}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
subjects: [{kind: User, apiGroup: rbac.authorization.k8s.io, name: developer}]
";

fn apply(cluster: &ControlPlane, text: &str) {
    let applied = cluster.kubectl_stdin(&["apply", "-f", "-"], text);
    assert!(applied.success(), "{applied}");
}

fn policy(cluster: &ControlPlane, name: &str, spec: &str) -> String {
    let path = cluster.dir().join(format!("{name}.yaml"));
    let text = format!(
        "apiVersion: plimsoll.dev/v1alpha1\nkind: DeployPolicy\nmetadata: {{name: {name}}}\nspec: {spec}\n"
    );
    fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

fn audit(cluster: &ControlPlane, user: User, arguments: &[&str]) -> Audited {
    let mut command = Command::new(env!("CARGO_BIN_EXE_plimsoll"));
    command.arg("audit").arg("--kubeconfig").arg(cluster.kubeconfig(user)).args(arguments);
    let output = command.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Audited { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
}

fn container(name: &str, is_privileged: bool) -> Value {
    json!({"name": name, "image": "registry.example/a:1", "securityContext": {"privileged": is_privileged}})
}

fn deployment(namespace: &str, name: &str, is_privileged: bool) -> String {
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name, "namespace": namespace},
        "spec": {
            "replicas": 3, "strategy": {"type": "Recreate"}, "selector": {"matchLabels": {"app": name}},
            "template": {"metadata": {"labels": {"app": name}}, "spec": {"containers": [container("api", is_privileged)]}}
        }
    })
    .to_string()
}

/// A namespace of its own, with this Deployment and its three Pods.
fn namespace(name: &str, is_privileged: bool) -> &'static ControlPlane {
    let cluster = &*CLUSTER;
    assert!(cluster.kubectl(&["create", "namespace", name]).success());
    wait_until("the controllers have a service account", || {
        cluster.kubectl(&["get", "serviceaccount", "default", "-n", name]).success()
    });
    apply(cluster, &deployment(name, "api", is_privileged));
    wait_until("there are Pods", || pods(cluster, name).len() == 3);
    cluster
}

fn pods(cluster: &ControlPlane, namespace: &str) -> Vec<String> {
    let names = cluster.kubectl(&["get", "pods", "-n", namespace, "-o", "name"]).stdout;
    names.lines().map(|line| line.trim_start_matches("pod/").to_owned()).collect()
}

fn violations(report: &Value) -> Vec<String> {
    let named = |violation: &Value| {
        let text = |field: &str| violation[field].as_str().unwrap_or("-").to_owned();
        format!("{} {} {} {}", text("kind"), text("owner"), text("container"), text("rule"))
    };
    report["violations"].as_array().unwrap().iter().map(named).collect()
}

#[test]
fn what_controllers_made_is_counted_once_and_a_debug_container_shows_under_its_pod() {
    let cluster = namespace("owned", true);
    let policy = policy(cluster, "owned", "{rules: {privileged: {}}}");
    let arguments = ["--policy", &policy, "-n", "owned", "--format", "json"];
    let before = audit(cluster, User::Admin, &arguments);
    assert_eq!(before.code, Some(1), "{}", before.stderr);
    let report = before.report();
    assert_eq!(violations(&report), ["Deployment - api privileged"]);
    assert_eq!(report["subjects"].as_array().unwrap().len(), 1, "{}", report["subjects"]);
    let path = cluster.dir().join("before.json");
    fs::write(&path, &before.stdout).unwrap();

    let name = &pods(cluster, "owned")[1];
    let mut pod = cluster.kubectl(&["get", "pod", name, "-n", "owned", "-o", "json"]).json();
    pod["spec"]["ephemeralContainers"] = json!([container("debug", true)]);
    let raw = format!("/api/v1/namespaces/owned/pods/{name}/ephemeralcontainers");
    let replaced = cluster.kubectl_stdin(&["replace", "--raw", &raw, "-f", "-"], &pod.to_string());
    assert!(replaced.success(), "{replaced}");
    let arguments = [&arguments[..], &["--since", path.to_str().unwrap()]].concat();
    let report = audit(cluster, User::Admin, &arguments).report();
    let of_pod = "Pod Deployment/api debug privileged";
    assert_eq!(violations(&report), ["Deployment - api privileged", of_pod]);
    assert_eq!(report["violations"][1]["name"], json!(name));
    let since = &report["since"];
    assert_eq!(since["new"].as_array().unwrap().len(), 1, "{since}");
    assert_eq!(since["new"][0]["container"], "debug");
    for none in ["fixed", "excused", "gone"] {
        assert_eq!(since[none], json!([]), "{since}");
    }

    apply(cluster, &deployment("owned", "api", false));
    wait_until("the old Pods are gone", || {
        let images = cluster.kubectl(&["get", "pods", "-n", "owned", "-o", "json"]).json();
        let all = images["items"].as_array().unwrap().clone();
        all.len() == 3
            && all.iter().all(|pod| {
                pod["spec"]["containers"][0]["securityContext"]["privileged"] == json!(false)
            })
    });
    let report = audit(cluster, User::Admin, &arguments).report();
    assert_eq!(violations(&report), [""; 0], "what is left of the past makes no Pods");
    assert_eq!(report["since"]["fixed"].as_array().unwrap().len(), 1);
    assert_eq!(report["since"]["fixed"][0]["workload"], "Deployment/api");
}

#[test]
fn whoever_may_only_view_gets_an_audit_and_is_told_what_could_not_be_read() {
    let cluster = namespace("viewed", true);
    let policy = policy(cluster, "viewed", "{rules: {privileged: {}, rbac-wildcard: {}}}");
    let arguments = ["--policy", &policy, "--format", "json"];
    let output = audit(cluster, User::Developer, &arguments);
    assert_eq!(output.code, Some(1), "{}", output.stderr);
    let report = output.report();
    assert!(violations(&report).contains(&"Deployment - api privileged".to_owned()));
    let left_out: BTreeSet<&str> = report["notLookedAt"]
        .as_array()
        .unwrap()
        .iter()
        .map(|m| m["kind"].as_str().unwrap())
        .collect();
    assert_eq!(left_out, BTreeSet::from(["ClusterRole", "PodTemplate", "Role"]), "{report}");
    let text = audit(cluster, User::Developer, &["--policy", &policy]).stdout;
    assert!(text.contains("not looked at: clusterroles.rbac.authorization.k8s.io: "), "{text}");
}

#[test]
fn labels_choose_what_is_looked_at() {
    let cluster = namespace("labelled", true);
    apply(cluster, &deployment("labelled", "other", true));
    let policy = policy(cluster, "labelled", "{rules: {privileged: {}}}");
    let arguments = ["--policy", &policy, "-n", "labelled", "-l", "app=api", "--format", "json"];
    let report = audit(cluster, User::Admin, &arguments).report();
    // The Deployment does not bear the label itself, and what it made does.
    assert_eq!(violations(&report), ["ReplicaSet Deployment/api api privileged"]);
    assert_eq!(report["selector"], "app=api");
}

#[test]
fn f106_an_audit_finds_what_check_finds_in_the_same_objects() {
    let cluster = ControlPlane::start().unwrap();
    assert!(cluster.kubectl(&["create", "namespace", "shop"]).success());
    for object in every_kind() {
        apply(&cluster, &object.to_string());
    }
    let kinds = "deployments,statefulsets,daemonsets,replicasets,cronjobs,jobs,pods,services,roles";
    let exported = cluster.kubectl(&["get", kinds, "-A", "-o", "yaml"]).stdout;
    let path = cluster.dir().join("exported.yaml");
    fs::write(&path, exported).unwrap();
    let policy = concat!(env!("CARGO_MANIFEST_DIR"), "/policies/production.yaml");
    let found =
        audit(&cluster, User::Admin, &["--policy", policy, "-n", "shop", "--format", "json"]);
    let checked = check(&path, policy);
    let (of_audit, of_check) = (by_object(&found.report()), by_object(&checked));
    let differs: BTreeSet<&String> =
        of_audit.symmetric_difference(&of_check).map(|(rule, _)| rule).collect();
    assert!(of_audit.len() > 30, "{of_audit:?}");
    assert_eq!(differs, BTreeSet::<&String>::new(), "{of_audit:#?}\n{of_check:#?}");
}

/// The bad Deployment, its template in every other kind, and what else rules are about.
fn every_kind() -> Vec<Value> {
    let deployment = yaml::documents(crate::joined::BAD).remove(0).unwrap().to_value();
    let template = &deployment["spec"]["template"];
    let (labels, spec) = (&template["metadata"]["labels"], &template["spec"]);
    let mut ending = json!({"spec": spec});
    ending["spec"]["restartPolicy"] = json!("Never");
    let selector = json!({"matchLabels": labels});
    let of = |version: &str, kind: &str, spec: Value| {
        let metadata = json!({"name": format!("of-{}", kind.to_lowercase()), "namespace": "shop"});
        json!({"apiVersion": version, "kind": kind, "metadata": metadata, "spec": spec})
    };
    let role = json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role",
        "metadata": {"name": "all", "namespace": "shop"},
        "rules": [{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}]});
    let lasting = json!({"selector": selector, "template": template, "serviceName": "a"});
    let daemons = json!({"selector": selector, "template": template});
    let set = json!({"selector": selector, "template": template, "replicas": 1});
    let cron = json!({"schedule": "0 0 * * *", "jobTemplate": {"spec": {"template": ending}}});
    let service =
        json!({"ports": [{"port": 80}], "externalIPs": ["192.0.2.1"], "type": "NodePort"});
    let mut pod = of("v1", "Pod", spec.clone());
    pod["metadata"]["labels"] = labels.clone();
    vec![
        deployment.clone(),
        pod,
        of("apps/v1", "StatefulSet", lasting),
        of("apps/v1", "DaemonSet", daemons),
        of("apps/v1", "ReplicaSet", set),
        of("batch/v1", "Job", json!({"template": ending})),
        of("batch/v1", "CronJob", cron),
        of("v1", "Service", service),
        role,
    ]
}

fn check(path: &PathBuf, policy: &str) -> Value {
    let mut command = Command::new(env!("CARGO_BIN_EXE_plimsoll"));
    command.args(["check", "--policy", policy, "--format", "json"]).arg(path);
    serde_json::from_slice(&command.output().unwrap().stdout).unwrap()
}

/// Each violation of objects in the namespace `shop`, by its rule.
fn by_object(report: &Value) -> BTreeSet<(String, String)> {
    let all = report["violations"].as_array().unwrap().iter();
    let all = all.filter(|violation| violation["namespace"] == "shop");
    all.map(|violation| {
        let fields = ["kind", "name", "container", "path", "message", "fix", "mode", "patch"];
        let text: Vec<String> = fields.iter().map(|field| violation[field].to_string()).collect();
        (violation["rule"].as_str().unwrap().to_owned(), text.join(" "))
    })
    .collect()
}

#[test]
fn policies_and_exceptions_of_the_cluster_are_in_force_where_none_is_named() {
    let cluster = ControlPlane::start().unwrap();
    let none = audit(&cluster, User::Admin, &[]);
    assert_eq!(none.code, Some(2));
    assert!(none.stderr.contains("the cluster has no policy that is in force"), "{}", none.stderr);
    assert!(cluster.kubectl(&["create", "namespace", "shop"]).success());
    assert!(cluster.kubectl(&["apply", "--server-side", "-f", DEFINITIONS]).success());
    assert!(cluster.kubectl(&["wait", "--for=condition=Established", "-f", DEFINITIONS]).success());
    apply(&cluster, &deployment("shop", "api", true));
    let until = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(24 * 10 + 1);
    for text in [
        "apiVersion: plimsoll.dev/v1alpha1\nkind: DeployPolicy\nmetadata: {name: p}\nspec: {rules: {privileged: {}, host-ports: {}}}\n".to_owned(),
        exception("needed", "api", until),
        exception("idle", "web", until),
    ] {
        apply(&cluster, &text);
    }
    let refused = audit(&cluster, User::Admin, &[]);
    assert_eq!(refused.code, Some(1), "{}", refused.stderr);
    assert!(
        refused.stdout.contains("2 exceptions of the cluster excused nothing"),
        "{}",
        refused.stdout
    );
    let excused = audit(&cluster, User::Admin, &["--exception-namespaces", "sh*"]);
    assert_eq!(excused.code, Some(0), "{}", excused.stderr);
    let says = "excused by shop/needed for 10 more days, until ";
    assert!(excused.stdout.contains(says), "{}", excused.stdout);
    let arguments = ["--exception-namespaces", "sh*", "--format", "json"];
    let report = audit(&cluster, User::Admin, &arguments).report();
    assert_eq!(report["unneededExceptions"], json!(["shop/idle"]));
    assert_eq!(report["unfailedRules"], json!(["host-ports"]));
}

fn exception(name: &str, of: &str, until: jiff::Timestamp) -> String {
    format!(
        "apiVersion: plimsoll.dev/v1alpha1\nkind: PolicyException\n\
         metadata: {{name: {name}, namespace: shop}}\nspec:\n  rules: [privileged]\n  \
         select: {{kind: Deployment, name: {of}}}\n  reason: it has to be\n  expires: '{until}'\n"
    )
}

#[test]
fn a_preview_of_a_cluster_ends_as_what_would_be_refused_says() {
    let cluster = namespace("previewed", true);
    let run = |name: &str, spec: &str, arguments: &[&str]| {
        let policy = policy(cluster, name, spec);
        let mut command = Command::new(env!("CARGO_BIN_EXE_plimsoll"));
        command.arg("preview").arg("--kubeconfig").arg(cluster.kubeconfig(User::Admin));
        command.args(["--policy", &policy, "-n", "previewed"]).args(arguments);
        let output = command.output().unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap())
    };
    let (code, text) = run("refuses", "{rules: {privileged: {}}}", &[]);
    assert_eq!(code, Some(1), "{text}");
    let row = "previewed  Deployment/api          privileged\n";
    assert!(text.contains(row), "{text}");
    assert!(text.contains("would refuse 1 of 1 workload if created today\n"), "{text}");
    let (code, text) = run("warns", "{mode: warn, rules: {privileged: {}}}", &[]);
    assert_eq!(code, Some(0), "{text}");
    let (code, text) = run("raised", "{mode: warn, rules: {privileged: {}}}", &["--mode", "deny"]);
    assert_eq!(code, Some(1), "{text}");
    let (code, _) = run("nowhere", "{rules: {privileged: {}}}", &["-n", "no-such"]);
    assert_eq!(code, Some(2));
}
