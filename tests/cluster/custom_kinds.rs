//! A kind that policies add, in no namespace and with two templates, through a real API server.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use support::control_plane::{ControlPlane, Output, User};
use support::plimsoll_process::Plimsoll;
use support::self_signed::{configuration, serve_with};

use crate::kubectl::wait_until;

const RIGHT: &str = "
apiVersion: plimsoll.dev/v1alpha1
kind: DeployPolicy
metadata: {name: right}
spec:
  match:
    kinds:
      - {group: ships.example, kind: Fleet, podTemplate: spec.captain.template}
      - {group: ships.example, kind: Fleet, podTemplate: spec.sailors.template}
  rules: {privileged: {}}
";

/// Read before the other: its name comes first.
const WRONG: &str = "
apiVersion: plimsoll.dev/v1alpha1
kind: DeployPolicy
metadata: {name: wrong}
spec:
  mode: audit
  match: {kinds: [{group: ships.example, kind: Fleet, podTemplate: spec.captain.pod}]}
  rules: {privileged: {}}
";

const DEFINITION: &str = "
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: fleets.ships.example}
spec:
  group: ships.example
  scope: Cluster
  names: {kind: Fleet, plural: fleets}
  versions:
    - name: v1
      served: true
      storage: true
      schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
";

/// A tenant may write Fleets and nothing else.
const RIGHTS: &str = "
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: admiral}
rules: [{apiGroups: [ships.example], resources: [fleets], verbs: [create, get, update, patch]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: admiral}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: admiral}
subjects: [{kind: User, apiGroup: rbac.authorization.k8s.io, name: developer}]
";

struct World {
    // In this order: the server ends before the cluster that called it.
    _server: Plimsoll,
    cluster: ControlPlane,
}

impl World {
    fn new() -> Self {
        let cluster = ControlPlane::start().unwrap();
        let policies = cluster.dir().join("policies");
        fs::create_dir(&policies).unwrap();
        fs::write(policies.join("a-wrong.yaml"), WRONG).unwrap();
        fs::write(policies.join("b-right.yaml"), RIGHT).unwrap();
        let program = Path::new(env!("CARGO_BIN_EXE_plimsoll"));
        let flags = ["--policy", policies.to_str().unwrap()];
        let (server, _) = serve_with(program, &flags, |command| cluster.spawn(command));
        for text in [DEFINITION, RIGHTS, &configuration(&server)] {
            let applied = cluster.kubectl_stdin(&["apply", "-f", "-"], text);
            assert!(applied.success(), "{applied}");
        }
        let world = Self { _server: server, cluster };
        wait_until("the kind is served and the webhook is called", || {
            !world.write(&["create", "--dry-run=server"], &fleet("probe", true, true)).success()
                && world
                    .write(&["create", "--dry-run=server"], &fleet("probe", false, false))
                    .success()
        });
        world
    }

    fn write(&self, verb: &[&str], object: &Value) -> Output {
        let arguments = [verb, &["-f", "-"]].concat();
        self.cluster.kubectl_as(User::Developer, &arguments, Some(&object.to_string()))
    }
}

fn template(is_privileged: bool) -> Value {
    let context = json!({"privileged": is_privileged});
    json!({"spec": {"containers": [{"name": "a", "image": "a.example/a:1", "securityContext": context}]}})
}

fn fleet(name: &str, captain: bool, sailors: bool) -> Value {
    json!({
        "apiVersion": "ships.example/v1",
        "kind": "Fleet",
        "metadata": {"name": name},
        "spec": {
            "captain": {"template": template(captain)},
            "sailors": {"template": template(sailors)}
        }
    })
}

#[test]
fn a_kind_in_no_namespace_is_judged_in_every_template_whatever_another_policy_gets_wrong() {
    let world = World::new();
    for (captain, sailors) in [(true, false), (false, true), (true, true)] {
        let output = world.write(&["create"], &fleet("nina", captain, sailors));
        let says = |path: &str| output.stderr.contains(&format!("set {path}"));
        assert!(output.stderr.contains("denied the request"), "{output}");
        let place = "template.spec.containers[0].securityContext.privileged";
        assert_eq!(says(&format!("spec.captain.{place}")), captain, "{output}");
        assert_eq!(says(&format!("spec.sailors.{place}")), sailors, "{output}");
    }
    let created = world.write(&["create"], &fleet("nina", false, false));
    assert!(created.success(), "{created}");
    let warning =
        "Warning: Fleet has no pod template at spec.captain.pod, so nothing is checked there";
    assert!(created.stderr.contains(warning), "{created}");
    let updated = world.write(&["replace"], &fleet("nina", false, true));
    assert!(!updated.success() && updated.stderr.contains("spec.sailors."), "{updated}");
}
