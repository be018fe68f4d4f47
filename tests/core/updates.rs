//! What stood before an update may get better and not worse, step by step.

use jiff::Timestamp;
use plimsoll::policy::{self, Snapshot};
use plimsoll::review::review_update;
use plimsoll::rules::Budget;
use plimsoll::subject::{BUILT_IN, Subject};
use serde_json::{Value, json};

/// Whether an update from one object to another is let in by these rules.
fn is_let_in(rules: &str, old: &Value, new: &Value) -> bool {
    let text = format!(
        "apiVersion: plimsoll.dev/v1alpha1\nkind: DeployPolicy\nmetadata: {{name: a}}\n\
         spec: {{rules: {rules}}}"
    );
    let policies = policy::load("a.yaml", &text).unwrap_or_else(|errors| panic!("{errors:?}"));
    let snapshot = Snapshot::new(policies);
    let kind = BUILT_IN.iter().find(|kind| new["kind"] == *kind.kind).unwrap();
    let texts = [old, new].map(Value::to_string);
    let [old, new] = texts.each_ref().map(|text| Subject::read(kind, text.as_bytes()).unwrap());
    let mut budget = Budget::default();
    review_update(&new, Some(&old), None, &snapshot, Timestamp::UNIX_EPOCH, &mut budget).allowed()
}

/// Each step is let in, and none of them can be taken back.
fn assert_one_way(rules: &str, steps: &[Value]) {
    for pair in steps.windows(2) {
        let [worse, better] = pair else { panic!("two") };
        assert!(is_let_in(rules, worse, better), "{rules}: from {worse} to {better}");
        assert!(!is_let_in(rules, better, worse), "{rules}: from {better} to {worse}");
    }
}

fn cluster_role(rules: &Value) -> Value {
    json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole",
        "metadata": {"name": "a"}, "rules": rules,
    })
}

/// From everything to one thing by its name.
fn narrower_and_narrower(group: &str, resource: &str, verbs: &[&str]) -> Vec<Value> {
    let only = &verbs[..1];
    let rules = [
        json!([{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}]),
        json!([{"apiGroups": [group], "resources": [resource, "others"], "verbs": verbs}]),
        json!([
            {"apiGroups": ["others"], "resources": ["others"], "verbs": ["get"]},
            {"apiGroups": [group], "resources": [resource], "verbs": only},
        ]),
        json!([{"apiGroups": ["others"], "resources": ["others"], "verbs": ["get"]}]),
    ];
    rules.each_ref().map(cluster_role).into()
}

const RBAC: &str = "rbac.authorization.k8s.io";

#[test]
fn what_a_role_allows_may_get_less_and_not_more() {
    for (rule, group, resource, verbs) in [
        ("rbac-secrets", "", "secrets", &["list", "get"][..]),
        ("rbac-exec", "", "pods/exec", &["create", "get"]),
        ("rbac-escalation", RBAC, "clusterroles", &["escalate", "bind"]),
        ("rbac-pod-create", "apps", "deployments", &["patch", "create"]),
        ("rbac-webhooks", "plimsoll.dev", "deploypolicies", &["delete", "create"]),
        ("rbac-nodes-proxy", "", "nodes/proxy", &["get", "create"]),
        ("rbac-events", "events.k8s.io", "events", &["delete", "update"]),
    ] {
        let steps = narrower_and_narrower(group, resource, verbs);
        assert_one_way(&format!("{{{rule}: {{}}}}"), &steps);
        // What is left to `rbac-wildcard` counts as what it is, once it is narrower.
        let left = format!("{{{rule}: {{wildcards: false}}}}");
        assert_one_way(&left, &steps[1..]);
        assert!(is_let_in(&left, &steps[0], &steps[1]), "{rule}");
        let both = format!("{{rbac-wildcard: {{}}, {rule}: {{wildcards: false}}}}");
        assert_one_way(&both, &steps);
    }
}

#[test]
fn a_role_may_be_narrowed_to_names_that_are_too_much_by_themselves() {
    let bind = |names: &[&str]| {
        let mut rule =
            json!({"apiGroups": [RBAC], "resources": ["clusterroles"], "verbs": ["bind"]});
        if !names.is_empty() {
            rule["resourceNames"] = json!(names);
        }
        cluster_role(&json!([rule]))
    };
    let steps = [bind(&[]), bind(&["cluster-admin", "viewer"]), bind(&["viewer"])];
    assert_one_way("{rbac-escalation: {}}", &steps);
}

fn binding(role: &str, subjects: &[Value]) -> Value {
    json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding",
        "metadata": {"name": "a"}, "subjects": subjects,
        "roleRef": {"apiGroup": RBAC, "kind": "ClusterRole", "name": role},
    })
}

#[test]
fn a_binding_may_lose_those_who_should_not_be_there_and_gain_none() {
    let group = |name: &str| json!({"apiGroup": RBAC, "kind": "Group", "name": name});
    let account = |name: &str| json!({"kind": "ServiceAccount", "name": name, "namespace": "shop"});
    for (rule, role, [one, other]) in [
        ("rbac-cluster-admin", "cluster-admin", [group("a"), account("a")]),
        (
            "rbac-anonymous",
            "view",
            [group("system:authenticated"), group("system:unauthenticated")],
        ),
        (
            "rbac-default-service-account",
            "view",
            [account("default"), group("system:serviceaccounts")],
        ),
    ] {
        let steps = [
            binding(role, &[one.clone(), other.clone()]),
            binding(role, &[other]),
            binding(role, &[]),
        ];
        let rules = format!("{{{rule}: {{}}}}");
        assert_one_way(&rules, &steps);
        assert!(!is_let_in(&rules, &steps[1], &binding(role, &[one])), "another: {rule}");
    }
    // The same account, by its other name.
    let user =
        json!({"apiGroup": RBAC, "kind": "User", "name": "system:serviceaccount:shop:default"});
    let [old, new] = [account("default"), user].map(|subject| binding("view", &[subject]));
    assert!(is_let_in("{rbac-default-service-account: {}}", &old, &new));
}

fn with(kind: &str, spec: &Value) -> Value {
    let container = json!({"name": "a", "image": "registry.example/a:1.0"});
    let template = json!({"spec": {"restartPolicy": "Never", "containers": [container]}});
    let mut spec = spec.clone();
    match kind {
        "CronJob" => spec["jobTemplate"]["spec"]["template"] = template,
        _ => spec["template"] = template,
    }
    json!({"apiVersion": "batch/v1", "kind": kind, "metadata": {"name": "a"}, "spec": spec})
}

#[test]
fn a_job_that_lasts_too_long_may_last_shorter_and_not_longer() {
    let steps = |kind: &str, specs: &[Value]| -> Vec<Value> {
        specs.iter().map(|spec| with(kind, spec)).collect()
    };
    let deadline = |seconds: Option<i64>| match seconds {
        Some(seconds) => json!({"activeDeadlineSeconds": seconds}),
        None => json!({}),
    };
    let ever_shorter = [None, Some(7_201), Some(7_200), Some(60)].map(deadline);
    assert_one_way("{job-deadline: {maxSeconds: 3600}}", &steps("Job", &ever_shorter));
    let of_schedule = ever_shorter.map(|spec| json!({"jobTemplate": {"spec": spec}}));
    assert_one_way("{job-deadline: {maxSeconds: 3600}}", &steps("CronJob", &of_schedule));
    let stays = [
        json!({}),
        json!({"ttlSecondsAfterFinished": 9_000_000}),
        json!({"ttlSecondsAfterFinished": 0}),
    ];
    assert_one_way("{job-ttl: {}}", &steps("Job", &stays));
    let keeps = [90, 89, 3].map(|jobs| json!({"failedJobsHistoryLimit": jobs}));
    assert_one_way("{job-ttl: {}}", &steps("CronJob", &keeps));
    let overlaps = [json!({}), json!({"concurrencyPolicy": "Forbid"})];
    assert_one_way("{cron-job-concurrency: {}}", &steps("CronJob", &overlaps));
}

#[test]
fn a_pod_may_get_nearer_to_the_time_that_it_should_have_to_stop() {
    let pod = |seconds: i64| {
        let spec = json!({
            "terminationGracePeriodSeconds": seconds,
            "containers": [{"name": "a", "image": "registry.example/a:1.0"}],
        });
        json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}, "spec": spec})
    };
    let rules = "{termination-grace: {min: 60, max: 100}}";
    assert_one_way(rules, &[0, 10, 59, 60].map(pod));
    assert_one_way(rules, &[102, 101, 100].map(pod));
    assert!(!is_let_in(rules, &pod(10), &pod(101)));
}

#[test]
fn a_port_that_is_there_twice_may_stand_elsewhere_and_not_be_there_once_more() {
    let pod = |names: &[&str]| {
        let container = |name: &&str| {
            let ports = json!([{"containerPort": 80, "name": "http"}]);
            json!({"name": name, "image": "registry.example/a:1.0", "ports": ports})
        };
        let containers: Vec<_> = names.iter().map(container).collect();
        json!({
            "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"},
            "spec": {"containers": containers},
        })
    };
    let rules = "{container-ports: {}}";
    assert_one_way(rules, &[pod(&["a", "b", "c"]), pod(&["a", "b"]), pod(&["a"])]);
    assert!(is_let_in(rules, &pod(&["a", "b"]), &pod(&["b", "a"])));
}
