//! What a user of kubectl sees of the webhook, step by step on one control plane.

use std::path::Path;
use std::time::{Duration, Instant};

use plimsoll::subject::workloads;
use serde_json::{Value, json};
use support::control_plane::{ControlPlane, Output};
use support::edit::replaced_once;
use support::plimsoll_process::Plimsoll;
use support::self_signed::{configuration, serve_by};
use support::workloads::{good, pod_spec};

const BAD: &str = include_str!("../workloads/bad.yaml");
const GOOD: &str = include_str!("../workloads/good.yaml");

/// A cluster in which a violating Deployment runs since before the webhook came.
struct World {
    // In this order: the server ends before the cluster that called it.
    server: Plimsoll,
    cluster: ControlPlane,
}

impl World {
    fn new() -> Self {
        let cluster = ControlPlane::builder().with_controllers().start().unwrap();
        for namespace in ["shop", "legacy"] {
            assert!(cluster.kubectl(&["create", "namespace", namespace]).success());
            wait_until("the service account", || {
                cluster.kubectl(&["-n", namespace, "get", "serviceaccount", "default"]).success()
            });
        }
        let legacy = replaced_once(BAD, "namespace: shop", "namespace: legacy");
        let made = cluster.kubectl_stdin(&["apply", "-f", "-"], &legacy);
        assert!(made.success(), "{made}");
        let program = Path::new(env!("CARGO_BIN_EXE_plimsoll"));
        let (server, _) = serve_by(program, |command| cluster.spawn(command));
        let applied = cluster.kubectl_stdin(&["apply", "-f", "-"], &configuration(&server));
        assert!(applied.success(), "{applied}");
        let world = Self { server, cluster };
        wait_until("the webhook is called", || !world.apply(&["--dry-run=server"], BAD).success());
        world
    }

    fn apply(&self, flags: &[&str], text: &str) -> Output {
        self.cluster.kubectl_stdin(&[&["apply", "-f", "-"], flags].concat(), text)
    }

    fn admitted(&self, arguments: &[&str]) -> Output {
        let output = self.cluster.kubectl(arguments);
        assert!(output.success(), "{arguments:?}: {output}\n{}", self.server.output());
        output
    }

    fn refused(&self, arguments: &[&str], rule: &str) {
        let output = self.cluster.kubectl(arguments);
        let says = output.stderr.contains("denied the request") && output.stderr.contains(rule);
        assert!(!output.success() && says, "{arguments:?}: {output}");
    }

    fn pods(&self, namespace: &str) -> Vec<String> {
        let list = self.cluster.kubectl(&["-n", namespace, "get", "pods", "-o", "json"]).json();
        let names = list["items"].as_array().unwrap().iter();
        names.map(|pod| pod["metadata"]["name"].as_str().unwrap().to_owned()).collect()
    }
}

pub fn wait_until(what: &str, is_so: impl Fn() -> bool) {
    let end = Instant::now() + Duration::from_secs(30);
    while !is_so() {
        assert!(Instant::now() < end, "in vain: {what}");
        std::thread::sleep(Duration::from_millis(100));
    }
}

#[test]
fn a_user_of_kubectl_is_refused_warned_and_let_in_as_the_policy_says() {
    let world = World::new();
    a_bad_deployment_is_refused_with_every_failing_rule(&world);
    a_good_workload_of_every_kind_is_let_in(&world);
    a_debug_container_is_refused(&world);
    what_violated_before_goes_on_and_may_not_get_worse(&world);
    pods_of_what_violated_before_can_restart(&world);
}

fn a_bad_deployment_is_refused_with_every_failing_rule(world: &World) {
    let refusal = "Deployment shop/api fails 4 of 42 checks of policy \"production\":";
    for flags in [&[][..], &["--dry-run=server"], &["--server-side"]] {
        let output = world.apply(flags, BAD);
        assert!(!output.success(), "{output}");
        for line in [
            "admission webhook \"validate.plimsoll.dev\" denied the request: ",
            refusal,
            "  run-as-non-root            container \"api\" may run as root",
            "                             set spec.template.spec.containers[0].securityContext.runAsNonRoot: true",
            "  read-only-root-filesystem  container \"api\" has a writable root filesystem",
            "  resource-limits            container \"api\" has no memory limit",
            "  secret-literals            environment variable OPENAI_API_KEY of container \"api\" holds a literal secret",
            "1 more is a warning. Details: plimsoll explain run-as-non-root",
            "Warning: service-account-token: the pod has a token of the Kubernetes API mounted; set spec.template.spec.automountServiceAccountToken: false",
        ] {
            let is_there = output.stderr.lines().any(|l| l == line || l.ends_with(line));
            assert!(is_there, "{flags:?}: {line:?} is not in\n{}", output.stderr);
        }
        assert!(!output.stderr.contains("not-a-real-key"), "{output}");
    }
    assert_eq!(world.pods("shop"), [""; 0], "refused at the Deployment, so there is no Pod");
    // The causes reach programs, one for each refusing rule.
    let raw = world.cluster.kubectl_stdin(&["-v=10", "create", "--validate=false", "-f", "-"], BAD);
    for rule in ["run-as-non-root", "secret-literals"] {
        assert!(raw.stderr.contains(&format!("\"reason\": \"{rule}\"")), "{}", raw.stderr);
    }
}

fn a_good_workload_of_every_kind_is_let_in(world: &World) {
    for kind in workloads() {
        let object = good(kind).to_string();
        let output = world.apply(&["--dry-run=server"], &object);
        assert!(output.success() && !output.stderr.contains("Warning"), "{}: {output}", kind.kind);
        let mut spoilt = good(kind);
        pod_spec(&mut spoilt, kind)["initContainers"][0]["securityContext"]["privileged"] =
            json!(true);
        pod_spec(&mut spoilt, kind)["initContainers"][0]["securityContext"]["allowPrivilegeEscalation"] =
            json!(true);
        let output = world.apply(&["--dry-run=server"], &spoilt.to_string());
        assert!(
            !output.success() && output.stderr.contains("  privileged "),
            "{}: {output}",
            kind.kind
        );
    }
    let output = world.apply(&[], GOOD);
    assert!(output.success(), "{output}");
    wait_until("the Pods of the good Deployment", || world.pods("shop").len() == 2);
    world.admitted(&["-n", "shop", "scale", "deployment", "api", "--replicas=3"]);
    wait_until("the third Pod", || world.pods("shop").len() == 3);
    world.refused(
        &["-n", "shop", "set", "image", "deployment/api", "api=registry.example/shop/api:latest"],
        "image-tag",
    );
}

fn a_debug_container_is_refused(world: &World) {
    let name = world.pods("shop").remove(0);
    let pod = format!("pod/{name}");
    world.refused(
        &[
            "-n",
            "shop",
            "debug",
            &pod,
            "--image=busybox:1.36",
            "--profile=sysadmin",
            "--container=spy",
        ],
        "ephemeral container \"spy\" is privileged",
    );
    // What the restricted profile of kubectl sets is what the policy asks of it.
    world.admitted(&[
        "-n",
        "shop",
        "debug",
        &pod,
        "--image=busybox:1.36",
        "--profile=restricted",
        "--container=guest",
    ]);
    // As a program does it: `kubectl patch --subresource` knows this one in newer versions only.
    let mut changed = world.cluster.kubectl(&["-n", "shop", "get", &pod, "-o", "json"]).json();
    let spy =
        json!({"name": "spy2", "image": "busybox:1.36", "securityContext": {"privileged": true}});
    // Whatever else has changed of it meanwhile.
    changed["metadata"].as_object_mut().unwrap().remove("resourceVersion");
    changed["spec"]["ephemeralContainers"].as_array_mut().unwrap().push(spy);
    let file = world.cluster.dir().join("debugged.json");
    std::fs::write(&file, changed.to_string()).unwrap();
    let path = format!("/api/v1/namespaces/shop/pods/{name}/ephemeralcontainers");
    world.refused(&["replace", "--raw", &path, "-f", file.to_str().unwrap()], "privileged");
}

/// A JSON patch, and a strategic merge patch, of the old Deployment.
const HOLD: &str = r#"[{"op":"add","path":"/metadata/finalizers","value":["example.com/held"]}]"#;
const RELEASE: &str = r#"[{"op":"remove","path":"/metadata/finalizers"}]"#;
const HOST_NETWORK: &str = r#"{"spec":{"template":{"spec":{"hostNetwork":true}}}}"#;
const SECOND_CONTAINER: &str =
    r#"{"spec":{"template":{"spec":{"containers":[{"name":"second","image":"a.example/b:1"}]}}}}"#;

fn legacy<'a>(arguments: &[&'a str]) -> Vec<&'a str> {
    [&["-n", "legacy"], arguments].concat()
}

fn patch<'a>(kind: &'a str, text: &'a str) -> Vec<&'a str> {
    legacy(&["patch", "deployment", "api", kind, "-p", text])
}

fn what_violated_before_goes_on_and_may_not_get_worse(world: &World) {
    let (json, strategic) = ("--type=json", "--type=strategic");
    world.admitted(&legacy(&["scale", "deployment", "api", "--replicas=1"]));
    world.admitted(&legacy(&["label", "deployment", "api", "team=shop"]));
    world.admitted(&legacy(&["annotate", "deployment", "api", "example.com/note=edited"]));
    world.admitted(&patch(json, HOLD));
    world.admitted(&patch(json, RELEASE));
    let image = "api=registry.example/shop/api:2.7.2";
    let edited = world.admitted(&legacy(&["set", "image", "deployment/api", image]));
    let warning = "Warning: 5 known violations stay; `plimsoll check` shows them";
    assert_eq!(edited.stderr.trim(), warning, "{edited}");
    let bot = "--as=system:serviceaccount:legacy:default";
    let grant =
        ["create", "rolebinding", "bot", "--clusterrole=admin", "--serviceaccount=legacy:default"];
    world.admitted(&legacy(&grant));
    let by_bot =
        world.admitted(&legacy(&[bot, "label", "deployment", "api", "team=bot", "--overwrite"]));
    assert_eq!(by_bot.stderr, "", "a controller is told nothing");
    let by_person =
        world.admitted(&legacy(&["label", "deployment", "api", "team=us", "--overwrite"]));
    assert_eq!(by_person.stderr.trim(), warning, "a person exactly this");
    let latest = "api=registry.example/shop/api:latest";
    world.refused(&legacy(&["set", "image", "deployment/api", latest]), "image-tag");
    world.refused(&patch(strategic, HOST_NETWORK), "host-namespaces");
    world.refused(&patch(strategic, SECOND_CONTAINER), "container \"second\" may run as root");
    // While it is being deleted and held by a finalizer, too (CVE-2023-34091).
    world.admitted(&patch(json, HOLD));
    world.admitted(&legacy(&["delete", "deployment", "api", "--wait=false", "--cascade=orphan"]));
    world.refused(&patch(strategic, HOST_NETWORK), "host-namespaces");
    world.admitted(&patch(json, RELEASE));
}

/// Turning a policy on must break nothing that runs: controllers may make its Pods again.
fn pods_of_what_violated_before_can_restart(world: &World) {
    wait_until("a Pod of the old Deployment", || !world.pods("legacy").is_empty());
    let before = world.pods("legacy");
    world.admitted(&[
        "-n",
        "legacy",
        "delete",
        "pod",
        &before[0],
        "--wait=false",
        "--grace-period=0",
        "--force",
    ]);
    wait_until("its successor", || world.pods("legacy").iter().any(|pod| !before.contains(pod)));
    // The same Pod from a user is refused.
    let pod: Value =
        world.cluster.kubectl(&["-n", "legacy", "get", "pods", "-o", "json"]).json()["items"][0]
            .clone();
    let copy = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "copy", "namespace": "legacy", "ownerReferences": pod["metadata"]["ownerReferences"]}, "spec": pod["spec"]});
    let output = world.cluster.kubectl_stdin(&["create", "-f", "-"], &copy.to_string());
    assert!(!output.success() && output.stderr.contains("run-as-non-root"), "{output}");
}
