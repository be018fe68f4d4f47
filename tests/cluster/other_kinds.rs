//! Objects that are no workloads, and the fields of workloads beside their pods, through a real API
//! server and kubectl: refused, warned about, and let in where they stood before.

use std::path::Path;

use serde_json::{Value, json};
use support::control_plane::{ControlPlane, Output};
use support::plimsoll_process::Plimsoll;
use support::self_signed::{configuration, serve_with};

use crate::kubectl::wait_until;

const POLICY: &str = "
apiVersion: plimsoll.dev/v1alpha1
kind: DeployPolicy
metadata: {name: cluster}
spec:
  rules:
    external-ips: {}
    service-exposure: {}
    rbac-wildcard: {}
    replicas: {min: 3}
    update-strategy: {mode: warn}
    controller-revision: {}
";

/// What stood before the webhook came, none of it as the policy wants it.
fn old() -> [Value; 3] {
    let wild = json!([
        {"apiGroups": [""], "resources": ["*"], "verbs": ["*"]},
        {"apiGroups": ["apps"], "resources": ["deployments"], "verbs": ["get"]}
    ]);
    [
        service("old", &json!({"type": "NodePort"})),
        role("Role", "old", &wild),
        workload("Deployment", "old", &json!({"replicas": 2, "strategy": {"type": "Recreate"}})),
    ]
}

fn service(name: &str, spec: &Value) -> Value {
    let mut whole = json!({"selector": {"app": name}, "ports": [{"port": 80}]});
    whole.as_object_mut().unwrap().extend(spec.as_object().unwrap().clone());
    json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": name}, "spec": whole})
}

fn role(kind: &str, name: &str, rules: &Value) -> Value {
    let version = "rbac.authorization.k8s.io/v1";
    json!({"apiVersion": version, "kind": kind, "metadata": {"name": name}, "rules": rules})
}

fn workload(kind: &str, name: &str, spec: &Value) -> Value {
    let labels = json!({"app": name});
    let mut whole = json!({
        "selector": {"matchLabels": labels},
        "template": {
            "metadata": {"labels": labels},
            "spec": {"containers": [{"name": "a", "image": "registry.example/a:1"}]}
        }
    });
    whole.as_object_mut().unwrap().extend(spec.as_object().unwrap().clone());
    json!({"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": name}, "spec": whole})
}

struct World {
    // In this order: the server ends before the cluster that called it.
    server: Option<Plimsoll>,
    cluster: ControlPlane,
}

impl World {
    fn new() -> Self {
        let cluster = ControlPlane::builder().with_controllers().start().unwrap();
        for object in old() {
            let made = cluster.kubectl_stdin(&["create", "-f", "-"], &object.to_string());
            assert!(made.success(), "{made}");
        }
        let policy = cluster.dir().join("policy.yaml");
        std::fs::write(&policy, POLICY).unwrap();
        let program = Path::new(env!("CARGO_BIN_EXE_plimsoll"));
        let flags = ["--policy", policy.to_str().unwrap()];
        let (server, _) = serve_with(program, &flags, |command| cluster.spawn(command));
        let applied = cluster.kubectl_stdin(&["apply", "-f", "-"], &configuration(&server));
        assert!(applied.success(), "{applied}");
        let world = Self { server: Some(server), cluster };
        let open = service("probe", &json!({"type": "NodePort"}));
        wait_until("the webhook is called", || {
            !world.write(&["create", "--dry-run=server"], &open).success()
        });
        world
    }

    fn write(&self, verb: &[&str], object: &Value) -> Output {
        self.cluster.kubectl_stdin(&[verb, &["-f", "-"]].concat(), &object.to_string())
    }

    fn refused(&self, object: &Value, line: &str) {
        let output = self.write(&["create"], object);
        let says = output.stderr.contains("admission webhook \"validate.plimsoll.dev\" denied")
            && output.stderr.contains(line);
        assert!(!output.success() && says, "{line}: {output}");
    }

    fn admitted(&self, object: &Value) -> Output {
        let output = self.write(&["create"], object);
        assert!(output.success(), "{object}: {output}");
        output
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.cluster.kubectl(arguments)
    }
}

/// F-126: what a `StatefulSet` keeps is written by its controller alone.
#[test]
fn services_roles_and_fields_of_workloads_are_judged_as_pods_are() {
    let mut world = World::new();
    what_fails_is_refused_or_warned_about(&world);
    what_stood_before_may_stay_and_get_better_but_not_worse(&world);
    revisions_are_written_by_their_controllers_alone(&world);
    the_clusters_own_roles_are_made_while_the_webhook_is_dead(&mut world);
}

fn what_fails_is_refused_or_warned_about(world: &World) {
    world.refused(
        &service("dns", &json!({"externalIPs": ["198.51.100.53"]})),
        "external-ips               the Service takes the traffic for \"198.51.100.53\"",
    );
    world.refused(
        &service("web", &json!({"type": "LoadBalancer"})),
        "service-exposure           the Service is open to the whole world",
    );
    let all = json!([{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}]);
    for kind in ["Role", "ClusterRole"] {
        let line = "the role allows every verb of every resource of every API group";
        world.refused(&role(kind, "all", &all), line);
    }
    let two = workload("Deployment", "two", &json!({"replicas": 2}));
    world.refused(&two, "replicas                   the workload runs 2 replicas");
    // One may be an autoscaler's to change, and nobody looks at those here.
    let one = world.admitted(&workload("Deployment", "one", &json!({})));
    assert_eq!(one.stderr, "", "{one}");
    let recreated = json!({"replicas": 3, "strategy": {"type": "Recreate"}});
    let recreated = world.admitted(&workload("Deployment", "recreated", &recreated));
    let warning = "Warning: update-strategy: an update stops every replica before the first new \
                   one starts; set spec.strategy.type: RollingUpdate";
    assert_eq!(recreated.stderr.trim(), warning);
    let clean = [
        service("api", &json!({})),
        role(
            "Role",
            "some",
            &json!([{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}]),
        ),
        workload("Deployment", "three", &json!({"replicas": 3})),
    ];
    for object in clean {
        assert_eq!(world.admitted(&object).stderr, "", "{object}");
    }
}

fn what_stood_before_may_stay_and_get_better_but_not_worse(world: &World) {
    for (kind, known) in [
        ("service", "1 known violation stays"),
        ("role", "1 known violation stays"),
        ("deployment", "2 known violations stay"),
    ] {
        let label = |value: &'static str| ["label", kind, "old", value, "--overwrite"];
        let by_person = world.run(&label("team=us"));
        let warning = format!("Warning: {known}; `plimsoll check` shows them");
        assert_eq!(by_person.stderr.trim(), warning, "{by_person}");
        let bot = ["--as=system:serviceaccount:default:bot", "--as-group=system:masters"];
        let by_bot = world.run(&[&bot[..], &label("team=bot")].concat());
        assert!(by_bot.success() && by_bot.stderr.is_empty(), "{by_bot}");
    }
    let patch = |kind, patch: &Value| {
        world.run(&["patch", kind, "old", "--type=merge", "-p", &patch.to_string()])
    };
    let narrowed = json!({"rules": [{"apiGroups": [""], "resources": ["pods"], "verbs": ["*"]}]});
    assert!(patch("role", &narrowed).success());
    let wider =
        json!({"rules": [{"apiGroups": ["", "apps"], "resources": ["pods"], "verbs": ["*"]}]});
    let refused = patch("role", &wider);
    assert!(refused.stderr.contains("rbac-wildcard "), "{refused}");
    let stolen = patch("service", &json!({"spec": {"externalIPs": ["198.51.100.53"]}}));
    assert!(stolen.stderr.contains("external-ips "), "{stolen}");
    assert!(patch("service", &json!({"spec": {"type": "ClusterIP"}})).success());
    let again = patch("service", &json!({"spec": {"type": "NodePort"}}));
    assert!(again.stderr.contains("service-exposure "), "{again}");
    let fewer = patch("deployment", &json!({"spec": {"replicas": 0}}));
    assert!(fewer.stderr.contains("replicas "), "{fewer}");
}

/// A `StatefulSet` makes pods from stored revisions by their names: whoever writes those gets any pod.
fn revisions_are_written_by_their_controllers_alone(world: &World) {
    let pod = json!({
        "hostPID": true,
        "containers": [{"name": "a", "image": "a:1", "securityContext": {"privileged": true}}]
    });
    let forged = json!({
        "apiVersion": "apps/v1",
        "kind": "ControllerRevision",
        "metadata": {"name": "db-forged"},
        "revision": 1,
        "data": {"spec": {"template": {"spec": pod}}}
    });
    world.refused(&forged, "controller-revision        \"admin\" is no controller");
    world.admitted(&workload("StatefulSet", "db", &json!({"replicas": 3, "serviceName": "db"})));
    let revisions = || world.run(&["get", "controllerrevisions", "-o", "name"]).stdout;
    wait_until("the controller keeps a revision", || revisions().contains("/db-"));
    let name = revisions().trim().to_owned();
    let labelled = world.run(&["label", &name, "team=shop"]);
    assert!(labelled.success() && labelled.stderr.is_empty(), "{labelled}");
}

fn the_clusters_own_roles_are_made_while_the_webhook_is_dead(world: &mut World) {
    let deleted = world.run(&["delete", "clusterrole", "system:basic-user", "cluster-admin"]);
    assert!(deleted.success(), "{deleted}");
    drop(world.server.take());
    let all = json!([{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}]);
    let dead = world.write(&["create"], &role("ClusterRole", "some", &all));
    assert!(dead.stderr.contains("failed calling webhook"), "{dead}");
    world.cluster.restart_api_server().unwrap();
    for name in ["system:basic-user", "cluster-admin"] {
        wait_until("the role is there again", || {
            world.run(&["get", "clusterrole", name]).success()
        });
    }
}
