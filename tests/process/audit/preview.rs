//! `plimsoll preview`: what would be refused if it were created today.

use serde_json::{Value, json};

use super::api_server::{Answer, ApiServer, list, pod, pod_of, status, workload};
use super::{DEPLOYMENTS, NO_PRIVILEGES, PODS, REPLICA_SETS};
use crate::check_command::{Output, run};

/// It judges Kubernetes' own controllers as everybody else.
const JUDGES_CONTROLLERS: &str = "{match: {controllers: Judge}, rules: {privileged: {}}}";

fn preview(server: &ApiServer, spec: &str, arguments: &[&str]) -> Output {
    let (kubeconfig, policy) = (server.kubeconfig(), server.policy(spec));
    let first = ["preview", "--kubeconfig", &kubeconfig, "--policy", &policy];
    run(&[&first[..], arguments].concat(), "")
}

fn report(output: &Output) -> Value {
    serde_json::from_str(&output.stdout).unwrap_or_else(|_| panic!("{output:?}"))
}

/// A Pod of an operator that makes its Pods itself.
fn pod_of_operator(name: &str, is_bad: bool) -> Value {
    let mut made = pod_of(name, is_bad, ("StrimziPodSet", "main"));
    made["metadata"]["namespace"] = json!("kafka");
    made["metadata"]["ownerReferences"][0]["apiVersion"] = json!("core.strimzi.io/v1");
    made
}

fn cluster() -> ApiServer {
    ApiServer::start(|asked| match asked.path.as_str() {
        DEPLOYMENTS => Some(list(&[workload("api", true), workload("web", false)])),
        PODS => Some(list(&[
            pod("b", true),
            pod_of_operator("main-0", true),
            pod_of_operator("main-1", true),
            pod_of_operator("main-2", false),
        ])),
        _ => None,
    })
}

#[test]
fn counts_by_namespace_and_rule_stand_first_then_names_then_what_becomes_of_what_runs() {
    let output = preview(&cluster(), NO_PRIVILEGES, &[]);
    let expected = "\
NAMESPACE  RULE                    REFUSED
kafka      privileged              1
shop       privileged              2

NAMESPACE  WORKLOAD                RULES
kafka      StrimziPodSet/main      privileged (its Pods)
shop       Deployment/api          privileged
shop       Pod/b                   privileged

refused when they are made anew, by a controller that is no workload of Kubernetes' own,
unless a policy leaves out its account:
  kafka  Pod/main-0 and 1 more of StrimziPodSet/main

would refuse 3 of 4 workloads if created today
What runs goes on: its next edit is only warned about, as long as it adds nothing that is refused.
";
    assert_eq!((output.stdout.as_str(), output.code), (expected, 1));
}

#[test]
fn the_report_for_programs_has_the_same_counts_beside_the_records_of_an_audit() {
    let output = preview(&cluster(), NO_PRIVILEGES, &["--format", "json"]);
    assert_eq!(output.code, 1);
    let report = report(&output);
    assert_eq!(report["violations"].as_array().unwrap().len(), 3);
    assert_eq!(
        report["preview"],
        json!({
            "mode": null, "workloads": 4, "workloadsRefused": 3, "otherObjects": 0,
            "otherObjectsRefused": 0,
            "refused": [
                {"namespace": "kafka", "rule": "privileged", "count": 1,
                 "workloads": ["StrimziPodSet/main"]},
                {"namespace": "shop", "rule": "privileged", "count": 2,
                 "workloads": ["Deployment/api", "Pod/b"]}],
            "madeAnew": [{"namespace": "kafka", "controller": "StrimziPodSet/main", "kind": "Pod",
                          "name": "main-0", "objects": 2}],
            "nextEdit": "warned", "judgingControllers": []
        })
    );
}

#[test]
fn what_would_be_refused_decides_the_status_and_what_only_warns_does_not() {
    let output = preview(&cluster(), "{mode: warn, rules: {privileged: {}}}", &[]);
    assert_eq!(output.code, 0, "{output:?}");
    assert!(output.stdout.starts_with("would refuse none of 4 workloads if created today\n"));
    let raised = preview(&cluster(), "{mode: warn, rules: {privileged: {}}}", &["--mode", "deny"]);
    assert_eq!(raised.code, 1, "{raised:?}");
    let server =
        ApiServer::start(|asked| (asked.path == PODS).then(|| status(500, "etcd has no leader")));
    assert_eq!(preview(&server, NO_PRIVILEGES, &[]).code, 2);
}

#[test]
fn what_makes_no_pods_is_counted_apart() {
    let server = ApiServer::start(|asked| match asked.path.as_str() {
        "/api/v1/services" => Some(list(&[
            json!({"metadata": {"name": "s", "namespace": "shop", "uid": "s"},
                   "spec": {"externalIPs": ["192.0.2.1"], "ports": [{"port": 80}]}}),
            json!({"metadata": {"name": "t", "namespace": "shop", "uid": "t"}, "spec": {}}),
        ])),
        PODS => Some(list(&[pod("b", true)])),
        _ => None,
    });
    let output = preview(&server, "{rules: {external-ips: {}}}", &[]);
    let says = "would refuse none of 0 workloads and 1 of 2 other objects if created today\n";
    assert!(output.stdout.contains(says) && output.code == 1, "{output:?}");
    let both = preview(&server, "{rules: {external-ips: {}, privileged: {}}}", &[]);
    let says = "would refuse 1 of 1 workload and 1 of 2 other objects if created today\n";
    assert!(both.stdout.contains(says), "{both:?}");
}

#[test]
fn a_mode_that_a_rule_sets_itself_stays_and_is_told_of() {
    let spec = "{mode: audit, rules: {privileged: {mode: warn}, image-tag: {}}}";
    let output = preview(&cluster(), spec, &["--mode", "deny"]);
    assert_eq!(output.code, 0, "{output:?}");
    let note = "note: policy `p`: of a mode of their own, as they were: privileged\n";
    assert!(output.stdout.contains(note), "{output:?}");
}

#[test]
fn a_policy_that_judges_the_controllers_of_kubernetes_says_what_that_means() {
    let says = "Policy `p` judges Kubernetes' own controllers as well";
    assert!(preview(&cluster(), JUDGES_CONTROLLERS, &[]).stdout.contains(says));
    let names = "{match: {controllers: Judge, excludeServiceAccounts: \
        [kube-system/replicaset-controller, kube-system/daemon-set-controller, \
         kube-system/job-controller, kube-system/replication-controller, \
         kube-system/statefulset-controller]}, rules: {privileged: {}}}";
    for leaves_out in [NO_PRIVILEGES, names] {
        assert!(!preview(&cluster(), leaves_out, &[]).stdout.contains(says), "{leaves_out}");
    }
    let warns = "{mode: warn, match: {controllers: Judge}, rules: {privileged: {}}}";
    let warns = preview(&cluster(), warns, &[]);
    assert!(!warns.stdout.contains(says), "it refuses nothing");
}

#[test]
fn what_a_rollout_makes_is_refused_when_it_is_made_anew_also_where_a_policy_names_the_kind() {
    let server = ApiServer::start(|asked| match asked.path.as_str() {
        "/apis/argoproj.io" => {
            Some(Answer::Json(200, json!({"preferredVersion": {"version": "v1alpha1"}})))
        }
        "/apis/argoproj.io/v1alpha1" => Some(Answer::Json(
            200,
            json!({"resources": [{"name": "rollouts", "kind": "Rollout", "namespaced": true}]}),
        )),
        "/apis/argoproj.io/v1alpha1/rollouts" => Some(list(&[workload("r", true)])),
        REPLICA_SETS => {
            let mut made = workload("r-1", true);
            let of = pod_of("x", true, ("Rollout", "r"));
            made["metadata"]["ownerReferences"] = of["metadata"]["ownerReferences"].clone();
            made["metadata"]["ownerReferences"][0]["apiVersion"] = json!("argoproj.io/v1alpha1");
            Some(list(&[made]))
        }
        PODS => Some(list(&[pod_of("r-1-x", true, ("ReplicaSet", "r-1"))])),
        _ => None,
    });
    let kinds = "[{group: argoproj.io, kind: Rollout, podTemplate: spec.template}]";
    let spec = format!("{{match: {{kinds: {kinds}}}, rules: {{privileged: {{}}}}}}");
    let output = preview(&server, &spec, &[]);
    assert!(output.stdout.contains("\n  shop  ReplicaSet/r-1 of Rollout/r\n"), "{output:?}");
    assert!(output.stdout.contains("would refuse 1 of 1 workload if created today"), "{output:?}");
}

/// A cluster in which two policies are installed, and one exception.
fn installed() -> ApiServer {
    ApiServer::start(|asked| {
        let object = |name: &str, spec: Value| json!({"metadata": {"name": name, "namespace": "shop", "uid": name}, "spec": spec});
        let policy = |name: &str, spec: Value| json!({"metadata": {"name": name, "uid": name}, "spec": spec});
        match asked.path.as_str() {
            "/apis/plimsoll.dev/v1alpha1/deploypolicies" => Some(list(&[
                policy("one", json!({"mode": "warn", "rules": {"privileged": {}}})),
                policy("other", json!({"mode": "warn", "rules": {"run-as-non-root": {}}})),
            ])),
            "/apis/plimsoll.dev/v1alpha1/policyexceptions" => Some(list(&[object(
                "e",
                json!({"rules": ["privileged"], "select": {"kind": "Pod", "name": "b"},
                       "reason": "because", "expires": in_a_week()}),
            )])),
            PODS => Some(list(&[pod("b", true)])),
            _ => None,
        }
    })
}

fn in_a_week() -> String {
    let week = jiff::SignedDuration::from_hours(7 * 24);
    (jiff::Timestamp::now() + week).to_string()
}

#[test]
fn installed_policies_are_previewed_all_or_by_name_as_if_they_were_raised() {
    let server = installed();
    let kubeconfig = server.kubeconfig();
    let preview = |arguments: &[&str]| {
        let first = ["preview", "--kubeconfig", &kubeconfig, "--format", "json"];
        run(&[&first[..], arguments].concat(), "")
    };
    let rules = |output: &Output| -> Vec<String> {
        let refused = report(output)["preview"]["refused"].clone();
        refused.as_array().unwrap().iter().map(|of| of["rule"].to_string()).collect()
    };
    let as_it_is = preview(&[]);
    assert_eq!((as_it_is.code, rules(&as_it_is)), (0, vec![]), "{as_it_is:?}");
    let raised = preview(&["--mode", "deny"]);
    assert_eq!(raised.code, 1);
    assert_eq!(rules(&raised), [r#""privileged""#, r#""run-as-non-root""#]);
    assert_eq!(report(&raised)["preview"]["mode"], "deny");
    assert_eq!(rules(&preview(&["--mode", "deny", "--name", "one"])), [r#""privileged""#]);
    let unknown = preview(&["--name", "two"]);
    assert_eq!(unknown.code, 2);
    assert!(unknown.stderr.contains("no policy is called `two`; there are `one`, `other`"));
}

#[test]
fn exceptions_of_the_cluster_are_honoured_for_files_as_well_where_they_are_named() {
    let server = installed();
    assert_eq!(preview(&server, NO_PRIVILEGES, &[]).code, 1);
    assert_eq!(preview(&server, NO_PRIVILEGES, &["--exception-namespaces", "shop"]).code, 0);
}

#[test]
fn what_rests_on_a_neighbour_refuses_nothing_as_at_admission() {
    let server = ApiServer::start(|asked| match asked.path.as_str() {
        PODS => {
            let mut made = pod("a", false);
            let from = json!({"configMapKeyRef": {"name": "no-such", "key": "a"}});
            made["spec"]["containers"][0]["env"] = json!([{"name": "A", "valueFrom": from}]);
            Some(list(&[made]))
        }
        _ => None,
    });
    let output = preview(&server, "{rules: {secret-references: {}}}", &[]);
    assert_eq!(output.code, 0, "{output:?}");
}

#[test]
fn no_name_of_the_cluster_writes_to_the_terminal() {
    let server = ApiServer::start(|asked| {
        (asked.path == PODS)
            .then(|| list(&[pod("b\u{1b}[31m", true), pod_of_operator("\u{7}", true)]))
    });
    let output = preview(&server, NO_PRIVILEGES, &[]);
    assert!(!output.stdout.contains(['\u{1b}', '\u{7}']), "{output:?}");
}
