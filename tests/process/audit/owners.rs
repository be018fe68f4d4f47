//! What a controller made is counted once.

use serde_json::{Value, json};

use super::api_server::{Answer, ApiServer, list, pod, pod_of, status, workload};
use super::{DEPLOYMENTS, NO_PRIVILEGES, PODS, REPLICA_SETS, report, subjects, violations};

fn replica_set(name: &str, is_bad: bool, owner: Option<(&str, &str)>, replicas: usize) -> Value {
    let mut made = workload(name, is_bad);
    made["spec"]["replicas"] = json!(replicas);
    if let Some(owner) = owner {
        made["metadata"]["ownerReferences"] =
            pod_of("x", false, owner)["metadata"]["ownerReferences"].clone();
    }
    made
}

fn server(deployments: Vec<Value>, sets: Vec<Value>, pods: Vec<Value>) -> ApiServer {
    ApiServer::start(move |asked| match asked.path.as_str() {
        DEPLOYMENTS => Some(list(&deployments)),
        REPLICA_SETS => Some(list(&sets)),
        PODS => Some(list(&pods)),
        _ => None,
    })
}

fn container(name: &str) -> Value {
    json!({"name": name, "image": "a.example/b:1", "securityContext": {"privileged": true}})
}

#[test]
fn a_pod_is_judged_through_its_deployment_and_shown_for_what_that_does_not_have() {
    let of = ("ReplicaSet", "api-1");
    let mut injected: Vec<Value> =
        (0..40).map(|n| pod_of(&format!("api-1-{n}"), true, of)).collect();
    for pod in &mut injected[..3] {
        // In front of the others, as injectors put it.
        pod["spec"]["containers"].as_array_mut().unwrap().insert(0, container("mesh"));
    }
    injected[7]["spec"]["ephemeralContainers"] = json!([container("debug")]);
    let sets = vec![replica_set("api-1", true, Some(("Deployment", "api")), 40)];
    let server = server(vec![workload("api", true)], sets, injected);
    let (output, report) = report(&server, NO_PRIVILEGES, &[]);
    assert_eq!(output.code, 1);
    let owner = "of Deployment/api";
    assert_eq!(
        violations(&report),
        [
            "Deployment/api".to_owned(),
            format!("Pod/api-1-0 {owner} x3"),
            format!("Pod/api-1-7 {owner} x1"),
        ]
    );
    assert_eq!(subjects(&report), ["Deployment/api 0/1", "Pod/api-1-0 0/1"]);
    let containers: Vec<&Value> =
        report["violations"].as_array().unwrap().iter().map(|v| &v["container"]).collect();
    assert_eq!(containers, ["a", "mesh", "debug"]);
}

#[test]
fn pods_of_an_owner_that_nobody_looks_at_are_one_under_its_name() {
    let pods = (0..40).map(|n| pod_of(&format!("x-{n}"), true, ("ShipSet", "x"))).collect();
    let sets = vec![replica_set("r-1", true, Some(("Rollout", "r")), 2)];
    let server = server(vec![], sets, pods);
    let (_, report) = report(&server, NO_PRIVILEGES, &[]);
    assert_eq!(violations(&report), ["ReplicaSet/r-1 of Rollout/r x1", "Pod/x-0 of ShipSet/x x40"]);
    assert_eq!(report["subjects"].as_array().unwrap().len(), 2);
}

#[test]
fn what_a_deployment_keeps_of_its_past_is_not_what_runs() {
    let sets = vec![
        replica_set("api-1", true, Some(("Deployment", "api")), 0),
        replica_set("alone", true, None, 0),
    ];
    let server = server(vec![workload("api", false)], sets, vec![]);
    let (_, report) = report(&server, NO_PRIVILEGES, &[]);
    assert_eq!(violations(&report), ["ReplicaSet/alone"]);
}

#[test]
fn a_kind_that_a_policy_names_is_looked_for_in_the_version_that_is_served_and_owns_what_it_made() {
    let resources = |names: &[(&str, &str)]| {
        let all: Vec<Value> = names
            .iter()
            .map(|(name, kind)| json!({"name": name, "kind": kind, "namespaced": true}))
            .collect();
        Some(Answer::Json(200, json!({"resources": all})))
    };
    let server = ApiServer::start(move |asked| match asked.path.as_str() {
        "/apis/argoproj.io" => Some(Answer::Json(
            200,
            json!({"preferredVersion": {"version": "v1"},
                   "versions": [{"version": "v1"}, {"version": "v1alpha1"}]}),
        )),
        "/apis/argoproj.io/v1" => resources(&[("others", "Other")]),
        "/apis/argoproj.io/v1alpha1" => {
            resources(&[("rollouts/status", "Rollout"), ("rollouts", "Rollout")])
        }
        "/apis/argoproj.io/v1alpha1/rollouts" => Some(list(&[workload("r", true)])),
        "/apis/ships.example" => Some(status(404, "no such group")),
        REPLICA_SETS => Some(list(&[replica_set("r-1", true, Some(("Rollout", "r")), 2)])),
        PODS => Some(list(&[pod_of("r-1-x", true, ("ReplicaSet", "r-1"))])),
        _ => None,
    });
    let kinds = "[{group: argoproj.io, kind: Rollout, podTemplate: spec.template}, \
                  {group: ships.example, kind: Fleet, podTemplate: spec.template}]";
    let spec = format!("{{match: {{kinds: {kinds}}}, rules: {{privileged: {{}}}}}}");
    let (output, report) = report(&server, &spec, &[]);
    assert_eq!((output.code, violations(&report)), (1, vec!["Rollout/r".to_owned()]));
    assert_eq!(subjects(&report), ["Rollout/r 0/1"]);
    let note = "the cluster has no `Fleet` of `ships.example`, which a policy names";
    assert_eq!(report["notes"], json!([note]));
}

#[test]
fn static_pods_stand_for_themselves() {
    let pods = vec![pod_of("etcd-a", true, ("Node", "a")), pod_of("proxy-a", true, ("Node", "a"))];
    let server = server(vec![], vec![], pods);
    let (_, report) = report(&server, NO_PRIVILEGES, &[]);
    assert_eq!(violations(&report), ["Pod/etcd-a", "Pod/proxy-a"]);
}

#[test]
fn f47_nobody_hides_behind_an_owner_in_another_namespace() {
    let mut elsewhere = pod_of("a", true, ("Deployment", "api"));
    elsewhere["metadata"]["namespace"] = json!("other");
    let server = server(vec![workload("api", true)], vec![], vec![elsewhere, pod("b", true)]);
    let (_, report) = report(&server, NO_PRIVILEGES, &[]);
    assert_eq!(violations(&report), ["Pod/a of Deployment/api x1", "Deployment/api", "Pod/b"]);
    assert_eq!(report["violations"][0]["namespace"], "other");
}
