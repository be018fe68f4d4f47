//! What the real controllers make: pods of what violated before go on, and what is injected on the
//! way is refused.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use support::balancer::Balancer;
use support::control_plane::ControlPlane;

use super::injector::{CONTAINER, Injector};
use super::{BAD, GOOD, QUICK, World};
use crate::kubectl::wait_until;

const PRODUCTION: &str = include_str!("../../../policies/production.yaml");

/// The owners of Pods that are there before any policy; their template is that of a bad Deployment.
const OWNERS: [(&str, &str); 3] =
    [("apps/v1", "StatefulSet"), ("apps/v1", "DaemonSet"), ("batch/v1", "Job")];

impl World {
    /// One replica without a policy, beside controllers.
    fn with_controllers() -> Self {
        let cluster = ControlPlane::builder().with_controllers().start().unwrap();
        let balancer = Balancer::start().unwrap();
        let mut world = Self { replicas: Vec::new(), balancer, cluster, has_file: false };
        for namespace in ["plimsoll", "shop"] {
            world.kubectl(&["create", "namespace", namespace]);
        }
        world.define();
        world.start(&QUICK);
        world.wait_for_registration();
        world
    }

    fn put(&self, object: &str) {
        let output = self.cluster.kubectl_stdin(&["apply", "-f", "-"], object);
        assert!(output.success(), "{output}\n{}", self.output());
    }

    fn enforce(&self) {
        self.put(PRODUCTION);
        let another = BAD.replace("name: api\n  namespace", "name: another\n  namespace");
        wait_until("the policy is in force", || !self.try_out(&another).success());
    }

    /// The Pods of an owner that are not about to go, by name.
    fn pods(&self, app: &str) -> BTreeSet<String> {
        let selector = format!("app={app}");
        let list =
            self.kubectl(&["get", "pods", "-n", "shop", "-l", &selector, "-o", "json"]).json();
        let all = list["items"].as_array().unwrap().iter();
        let stays = all.filter(|pod| pod["metadata"].get("deletionTimestamp").is_none());
        stays.map(|pod| pod["metadata"]["uid"].as_str().unwrap().to_owned()).collect()
    }
}

/// An owner of this kind with the template of the bad Deployment.
fn owner(api_version: &str, kind: &str) -> (String, String) {
    let bad: Value = {
        let node = plimsoll::yaml::documents(BAD).remove(0).unwrap();
        serde_json::from_str(&node.to_json()).unwrap()
    };
    let app = kind.to_lowercase();
    let mut template = bad["spec"]["template"].clone();
    template["metadata"]["labels"]["app"] = app.as_str().into();
    let mut spec = json!({"template": template});
    match kind {
        "Job" => {
            spec["parallelism"] = 2.into();
            spec["completions"] = 4.into();
            spec["template"]["spec"]["restartPolicy"] = "Never".into();
        }
        _ => spec["selector"] = json!({"matchLabels": {"app": app}}),
    }
    if kind == "StatefulSet" {
        spec["replicas"] = 2.into();
        spec["podManagementPolicy"] = "Parallel".into();
    }
    let object = json!({"apiVersion": api_version, "kind": kind, "metadata": {"name": app, "namespace": "shop"}, "spec": spec});
    (app, object.to_string())
}

#[test]
fn what_violated_before_the_policy_restarts_rolls_and_scales() {
    let world = World::with_controllers();
    // Nothing runs there; but a DaemonSet makes a Pod for it.
    world.put(r#"{"apiVersion": "v1", "kind": "Node", "metadata": {"name": "node-1"}}"#);
    world.put(BAD);
    let owners = OWNERS.map(|(api_version, kind)| owner(api_version, kind));
    for (_, object) in &owners {
        world.put(object);
    }
    let all = || owners.iter().map(|(app, _)| app.as_str()).chain(["api"]);
    for app in all() {
        wait_until(&format!("{app} has Pods"), || !world.pods(app).is_empty());
    }
    wait_until("both are there", || world.pods("api").len() == 2);
    world.enforce();

    for app in all() {
        let before = world.pods(app);
        let selector = format!("app={app}");
        world.kubectl(&[
            "delete",
            "pods",
            "-n",
            "shop",
            "-l",
            &selector,
            "--force",
            "--grace-period=0",
        ]);
        wait_until(&format!("{app} has as many others: {}", world.output()), || {
            let now = world.pods(app);
            now.len() == before.len() && now.is_disjoint(&before)
        });
    }
    world.kubectl(&["scale", "-n", "shop", "deployment/api", "--replicas=4"]);
    wait_until("it has four", || world.pods("api").len() == 4);
    let before = world.pods("api");
    let restarted = world.kubectl(&["rollout", "restart", "-n", "shop", "deployment/api"]);
    wait_until("some are new", || world.pods("api").difference(&before).count() >= 1);
    assert!(restarted.stdout.contains("restarted"), "{restarted}");
    for set in ["statefulset", "daemonset"] {
        let before = world.pods(set);
        world.kubectl(&["rollout", "restart", "-n", "shop", &format!("{set}/{set}")]);
        // Those that never were ready are not replaced by themselves.
        let selector = format!("app={set}");
        world.kubectl(&[
            "delete",
            "pods",
            "-n",
            "shop",
            "-l",
            &selector,
            "--force",
            "--grace-period=0",
        ]);
        wait_until(&format!("{set} goes on"), || {
            let now = world.pods(set);
            now.len() == before.len() && now.is_disjoint(&before)
        });
    }
    let known = world.metric(0, "plimsoll_owner_lookups_total{result=\"known\"}");
    assert!(known > Some(5.0), "{known:?}");
}

#[test]
fn of_fifty_fresh_rollouts_no_pod_is_admitted_into_which_a_privileged_container_was_injected() {
    let world = World::with_controllers();
    world.enforce();
    let injector = Injector::start();
    world.put(&injector.configuration().to_string());
    let one = |number: usize| GOOD.replace(" api", &format!(" api-{number}"));
    let all: Vec<String> = (0..50).map(one).collect();
    world.put(&all.join("---\n"));
    let end = Instant::now() + Duration::from_mins(2);
    let failed = || {
        let list = world.kubectl(&["get", "replicasets", "-n", "shop", "-o", "json"]).json();
        let sets = list["items"].as_array().unwrap().clone();
        let is_refused = |set: &&Value| {
            let conditions = set["status"]["conditions"].as_array().into_iter().flatten();
            let mut failures = conditions.filter(|condition| condition["type"] == "ReplicaFailure");
            failures.any(|failure| failure["message"].as_str().unwrap().contains("privileged"))
        };
        sets.iter().filter(is_refused).count()
    };
    let injected = || {
        let list = world.kubectl(&["get", "pods", "-n", "shop", "-o", "json"]).json();
        list["items"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|pod| pod.to_string().contains(CONTAINER))
            .count()
    };
    while failed() < 50 {
        assert!(Instant::now() < end, "{} of 50 were refused\n{}", failed(), world.output());
        assert_eq!(injected(), 0);
        std::thread::sleep(Duration::from_millis(200));
    }
    assert_eq!(injected(), 0);
    let made = world.kubectl(&[
        "get",
        "events",
        "-n",
        "shop",
        "--field-selector=reason=SuccessfulCreate,involvedObject.kind=ReplicaSet",
        "-o",
        "name",
    ]);
    assert_eq!(made.stdout, "", "no Pod was there for a moment either");
    assert_eq!(world.metric(0, "plimsoll_owner_lookups_total{result=\"unknown\"}"), Some(0.0));

    // Without it, what was refused is made.
    world.kubectl(&["delete", "mutatingwebhookconfiguration", "injector"]);
    world.kubectl(&["rollout", "restart", "-n", "shop", "deployment/api-7"]);
    wait_until("a good Pod is made", || !world.pods("api-7").is_empty());
    assert_eq!(injected(), 0);
}
