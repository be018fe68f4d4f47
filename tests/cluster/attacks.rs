//! What an attack on the verdicts found, through a real API server, by a user who may write Pods
//! and Deployments of one namespace and nothing else: F-120 to F-123, F-129, F-134 to F-138.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use plimsoll::subject::BUILT_IN;
use serde_json::{Value, json};
use support::control_plane::{ControlPlane, Output, User};
use support::edit::replaced_once;
use support::plimsoll_process::Plimsoll;
use support::self_signed::configuration;
use support::workloads::good;
use support::worse::{ATTACKS, changed, two_containers};

use crate::newer_fields::fields_that_came_later_are_judged;
use crate::one_writer::one_writer_stops_nobody;

/// The tenant's rights, and a kind of the cluster's own that makes pods in two places.
const WORLD: &str = "
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: tenant, namespace: shop}
rules:
  - apiGroups: ['', apps, y.example]
    resources: [pods, deployments, rollouts]
    verbs: [get, create, update, patch]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: tenant, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: tenant}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: developer}]
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: rollouts.y.example}
spec:
  group: y.example
  scope: Namespaced
  names: {kind: Rollout, plural: rollouts, singular: rollout, listKind: RolloutList}
  versions:
    - name: v1
      served: true
      storage: true
      schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
";

/// The production policy beside one that only looks, at another place in the same kind, and one for
/// what bears a label.
const POLICIES: &str = "
apiVersion: plimsoll.dev/v1alpha1
kind: DeployPolicy
metadata: {name: looks-elsewhere}
spec:
  mode: audit
  match: {kinds: [{group: y.example, kind: Rollout, podTemplate: spec.canary}]}
  rules: {privileged: {}}
---
apiVersion: plimsoll.dev/v1alpha1
kind: DeployPolicy
metadata: {name: rollouts}
spec:
  match: {kinds: [{group: y.example, kind: Rollout, podTemplate: spec.template}]}
  rules: {privileged: {}}
---
apiVersion: plimsoll.dev/v1alpha1
kind: DeployPolicy
metadata: {name: tier-two}
spec:
  match: {objectSelector: {matchLabels: {tier: two}}}
  rules: {image-registry: {allowed: [registry.example]}}
";

pub struct World {
    // In this order: the server ends before the cluster that called it.
    server: Plimsoll,
    pub cluster: ControlPlane,
}

impl World {
    /// Objects that violate are there before the webhook is.
    fn new() -> Self {
        let cluster = ControlPlane::start().unwrap();
        assert!(cluster.kubectl(&["create", "namespace", "shop"]).success());
        let made = cluster.kubectl_stdin(&["apply", "-f", "-"], WORLD);
        assert!(made.success(), "{made}");
        for (number, (_, stands, _)) in ATTACKS.into_iter().enumerate() {
            let object = deployment(number, &changed(&pod(), stands));
            let made = cluster.kubectl_stdin(&["create", "-f", "-"], &object.to_string());
            assert!(made.success(), "{object}: {made}");
        }
        let world = Self { server: serve(&cluster), cluster };
        world.create_raw(User::Admin, &raw_byte("stored"));
        let made = world.create_raw(User::Admin, &large().to_string().into_bytes());
        assert!(made.success(), "{made}");
        wait_until("the kind is served", || {
            world.create(User::Admin, &rollout("unreadable", &json!({"containers": 7}))).success()
        });
        world.register("Fail");
        world
    }

    fn register(&self, failure_policy: &str) {
        let text = configuration(&self.server);
        let wanted = format!("failurePolicy: {failure_policy}");
        let text = replaced_once(&text, "failurePolicy: Fail", &wanted);
        let applied = self.cluster.kubectl_stdin(&["apply", "-f", "-"], &text);
        assert!(applied.success(), "{applied}");
        let bad = changed(&pod(), |p| p["spec"]["hostPID"] = json!(true)).to_string();
        let dry = ["create", "--dry-run=server", "-f", "-"];
        wait_until("the webhook is called", || {
            self.cluster.kubectl_stdin(&dry, &bad).stderr.contains("denied the request")
        });
    }

    pub fn create(&self, user: User, object: &Value) -> Output {
        let text = object.to_string();
        self.cluster.kubectl_as(user, &["create", "--validate=false", "-f", "-"], Some(&text))
    }

    fn replace(&self, object: &Value) -> Output {
        let text = object.to_string();
        let arguments = ["replace", "--validate=false", "-f", "-"];
        self.cluster.kubectl_as(User::Developer, &arguments, Some(&text))
    }

    /// Sends bytes as they are.
    fn create_raw(&self, user: User, bytes: &[u8]) -> Output {
        let file: PathBuf = self.cluster.dir().join("raw.json");
        std::fs::write(&file, bytes).unwrap();
        let file = file.to_str().unwrap();
        let path = "/api/v1/namespaces/shop/pods";
        self.cluster.kubectl_as(user, &["create", "--raw", path, "-f", file], None)
    }

    fn patch(&self, kind: &str, name: &str, patch: &Value) -> Output {
        let patch = patch.to_string();
        let arguments = ["-n", "shop", "patch", kind, name, "--type=merge", "-p", &patch];
        self.cluster.kubectl_as(User::Developer, &arguments, None)
    }

    pub fn assert_refused(&self, output: &Output, rule: &str, what: &str) {
        let says = output.stderr.contains("denied the request") && output.stderr.contains(rule);
        assert!(!output.success() && says, "{what}: {output}\n{}", self.server.output());
    }

    pub fn assert_admitted(&self, output: &Output, what: &str) {
        assert!(output.success(), "{what}: {output}\n{}", self.server.output());
    }
}

fn serve(cluster: &ControlPlane) -> Plimsoll {
    let policies = cluster.dir().join("policies");
    std::fs::create_dir(&policies).unwrap();
    std::fs::write(policies.join("more.yaml"), POLICIES).unwrap();
    let production = Path::new(env!("CARGO_MANIFEST_DIR")).join("policies/production.yaml");
    std::fs::copy(production, policies.join("production.yaml")).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_plimsoll"));
    command.args(["serve", "--self-signed", "--listen", "127.0.0.1:0"]);
    command.args(["--admin-listen", "127.0.0.1:0", "--leave-seconds", "0", "--policy"]);
    Plimsoll::start_by(command.arg(policies), |command| cluster.spawn(command))
}

fn wait_until(what: &str, is_so: impl Fn() -> bool) {
    let end = Instant::now() + Duration::from_secs(30);
    while !is_so() {
        assert!(Instant::now() < end, "in vain: {what}");
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// A Pod that every policy admits, with two containers.
pub fn pod() -> Value {
    let mut pod = good(&BUILT_IN[0]);
    pod["spec"].as_object_mut().unwrap().remove("initContainers");
    two_containers(pod)
}

/// A Deployment of such Pods.
fn deployment(number: usize, pod: &Value) -> Value {
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": format!("attack-{number}"), "namespace": "shop"},
        "spec": {
            "selector": {"matchLabels": {"app": "api"}},
            "template": {"metadata": {"labels": {"app": "api"}}, "spec": pod["spec"]}
        }
    })
}

fn rollout(name: &str, spec: &Value) -> Value {
    json!({
        "apiVersion": "y.example/v1", "kind": "Rollout",
        "metadata": {"name": name, "namespace": "shop"}, "spec": {"template": {"spec": spec}}
    })
}

/// A privileged Pod with a byte that is no text in what the API server passes on as it is.
fn raw_byte(name: &str) -> Vec<u8> {
    let pod = changed(&pod(), |pod| {
        pod["metadata"]["name"] = json!(name);
        pod["spec"]["containers"][0]["securityContext"] = json!({"privileged": true});
        pod["metadata"]["managedFields"] = json!([{
            "manager": "m", "operation": "Update", "apiVersion": "v1", "fieldsType": "FieldsV1",
            "time": "2026-01-01T00:00:00Z", "fieldsV1": {"f:metadata": {"f:MARK": {}}}
        }]);
    });
    let text = pod.to_string();
    let (before, after) = text.split_once("MARK").unwrap();
    [before.as_bytes(), b"\xff", after.as_bytes()].concat()
}

/// A good Pod of nearly the size that the API server takes.
fn large() -> Value {
    changed(&pod(), |pod| {
        pod["metadata"]["name"] = json!("large");
        let gates = (0..115_000).map(|n| json!({"conditionType": format!("c{n:x}")}));
        pod["spec"]["readinessGates"] = gates.collect();
    })
}

/// F-120, F-122, F-123, F-125, F-127, F-129, F-134 to F-138.
#[test]
fn what_an_attack_found_is_refused_on_a_real_api_server_and_what_stands_can_be_updated() {
    let world = World::new();
    flaws_that_stand_get_no_worse(&world);
    fields_that_came_later_are_judged(&world);
    a_raw_byte_lets_nothing_in(&world);
    what_was_let_in_can_be_updated(&world);
    no_policy_loosens_another(&world);
    nothing_steps_out_of_a_policy(&world);
    no_namespace_is_left_out_for_its_name(&world);
    a_binding_brings_annotations_and_nothing_else(&world);
    one_writer_stops_nobody(&world);
}

fn flaws_that_stand_get_no_worse(world: &World) {
    for (number, (what, stands, worse)) in ATTACKS.into_iter().enumerate() {
        let old = deployment(number, &changed(&pod(), stands));
        let new = deployment(number, &changed(&changed(&pod(), stands), worse));
        let same = changed(&old, |o| o["metadata"]["annotations"] = json!({"example.com/n": "1"}));
        world.assert_admitted(&world.replace(&same), what);
        world.assert_refused(&world.replace(&new), "fails", what);
    }
}

fn a_raw_byte_lets_nothing_in(world: &World) {
    for failure_policy in ["Ignore", "Fail"] {
        world.register(failure_policy);
        let output = world.create_raw(User::Developer, &raw_byte("raw"));
        world.assert_refused(&output, "privileged", failure_policy);
    }
    let named = |line: &&str| line.contains("\"name\":\"raw\"") && line.contains("developer");
    wait_until("lines that name object and user", || {
        world.server.output().lines().filter(named).count() == 2
    });
}

fn what_was_let_in_can_be_updated(world: &World) {
    for pod in ["stored", "large"] {
        for finalizers in [json!(["example.com/held"]), json!(null)] {
            let patch = json!({"metadata": {"finalizers": finalizers, "labels": {"a": "b"}}});
            world.assert_admitted(&world.patch("pod", pod, &patch), pod);
        }
    }
    let hold = json!({"metadata": {"finalizers": ["example.com/held"]}});
    world.assert_admitted(&world.patch("rollout", "unreadable", &hold), "an unreadable object");
    let edit = json!({"spec": {"template": {"spec": {"containers": 8}}}});
    let output = world.patch("rollout", "unreadable", &edit);
    world.assert_refused(&output, "spec.template.spec.containers", "a change of what is judged");
}

fn no_policy_loosens_another(world: &World) {
    let privileged =
        json!({"containers": [{"name": "a", "securityContext": {"privileged": true}}]});
    let output = world.create(User::Developer, &rollout("bad", &privileged));
    world.assert_refused(&output, "privileged", "the template that another policy does not name");
    let harmless = pod()["spec"].clone();
    let mut both = rollout("both", &harmless);
    world.assert_admitted(&world.create(User::Developer, &both), "a harmless template");
    both["spec"]["canary"] = json!({"spec": privileged});
    both["metadata"]["name"] = json!("canary");
    let output = world.create(User::Developer, &both);
    world.assert_refused(&output, "spec.canary", "the template that only the other policy names");
}

fn nothing_steps_out_of_a_policy(world: &World) {
    let stands = changed(&deployment(99, &pod()), |o| {
        o["metadata"]["name"] = json!("labelled");
        o["metadata"]["labels"] = json!({"tier": "two"});
    });
    world.assert_admitted(&world.create(User::Developer, &stands), "an image that is allowed");
    let out = changed(&stands, |o| {
        o["metadata"]["labels"] = json!({});
        o["spec"]["template"]["spec"]["containers"][0]["image"] = json!("evil.example/a:1");
    });
    world.assert_refused(&world.replace(&out), "image-registry", "the label goes with it");
    let unlabelled = changed(&stands, |o| o["metadata"]["labels"] = json!({}));
    world.assert_admitted(&world.replace(&unlabelled), "the label alone may go");
}

fn no_namespace_is_left_out_for_its_name(world: &World) {
    assert!(world.cluster.kubectl(&["create", "namespace", "plimsoll"]).success());
    let bad = changed(&pod(), |pod| {
        pod["metadata"]["namespace"] = json!("plimsoll");
        pod["spec"]["hostPID"] = json!(true);
    });
    let output = world.create(User::Admin, &bad);
    world.assert_refused(&output, "host-namespaces", "a namespace of the product's name");
}

/// F-127: what `docs/serving.md` says of it.
fn a_binding_brings_annotations_and_nothing_else(world: &World) {
    let target = changed(&pod(), |pod| pod["metadata"]["name"] = json!("bound"));
    world.assert_admitted(&world.create(User::Admin, &target), "a good Pod");
    let key = "container.apparmor.security.beta.kubernetes.io/a";
    let binding = json!({
        "apiVersion": "v1", "kind": "Binding",
        "metadata": {"name": "bound", "namespace": "shop", "annotations": {key: "unconfined"}},
        "target": {"apiVersion": "v1", "kind": "Node", "name": "node"},
        "spec": {"hostNetwork": true}
    });
    let file = world.cluster.dir().join("binding.json");
    std::fs::write(&file, binding.to_string()).unwrap();
    let path = "/api/v1/namespaces/shop/pods/bound/binding";
    let arguments = ["create", "--raw", path, "-f", file.to_str().unwrap()];
    world.assert_admitted(&world.cluster.kubectl(&arguments), "a binding");
    let bound = world.cluster.kubectl(&["-n", "shop", "get", "pod", "bound", "-o", "json"]).json();
    assert_eq!(bound["metadata"]["annotations"][key], "unconfined", "{bound}");
    let spec = &bound["spec"];
    assert_eq!(spec["containers"][0]["securityContext"]["appArmorProfile"], Value::Null);
    assert_eq!((&spec["hostNetwork"], &spec["nodeName"]), (&Value::Null, &json!("node")));
}
