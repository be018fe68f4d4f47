//! An audit of a cluster of some size: that it ends, what it takes, and that a second one tells exactly
//! what has changed. `make test-scale` makes it as large as clusters get, and prints what it took.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::stream::{self, StreamExt};
use kube::Client;
use kube::api::{Api, DynamicObject, PostParams};
use kube::core::ApiResource;
use plimsoll::cluster::client::{Place, connect};
use plimsoll::yaml;
use serde_json::{Value, json};
use support::control_plane::{ControlPlane, User};

use crate::scale_serving::{measure, silent};

/// How many Deployments there are, where nobody says; ten times that with `make test-scale`.
const DEPLOYMENTS: usize = 1_000;

/// How many Deployments a namespace has.
const A_NAMESPACE: usize = 20;

/// How many Pods a Deployment has.
const PODS: usize = 3;

/// One Deployment of so many fails the policy.
const ONE_IN: usize = 50;

/// What the audit looks at, as kubectl names it.
const KINDS: &str = "deployments,replicasets,statefulsets,daemonsets,jobs,cronjobs,pods,podtemplates,\
                     replicationcontrollers,services,configmaps,roles,clusterroles,rolebindings,\
                     clusterrolebindings,controllerrevisions,namespaces,horizontalpodautoscalers";

/// How many objects are written at once.
const AT_ONCE: usize = 32;

fn deployments() -> usize {
    let told = std::env::var("PLIMSOLL_TEST_SCALE").ok();
    told.map_or(DEPLOYMENTS, |told| told.parse().expect("PLIMSOLL_TEST_SCALE is a number"))
}

/// A workload of the tests, as JSON.
pub fn workload(text: &str) -> Value {
    let node = yaml::documents(text).remove(0).expect("readable");
    serde_json::from_str(&node.to_json()).expect("JSON")
}

fn namespace_of(index: usize) -> String {
    format!("team-{}", index / A_NAMESPACE)
}

/// Writes objects, and gives back their uids.
struct Writer {
    client: Client,
}

impl Writer {
    async fn write(&self, group: &str, plural: &str, object: &Value) -> String {
        let (version, kind) = (object["apiVersion"].as_str(), object["kind"].as_str());
        let resource = ApiResource {
            group: group.to_owned(),
            version: "v1".to_owned(),
            api_version: version.unwrap().to_owned(),
            kind: kind.unwrap().to_owned(),
            plural: plural.to_owned(),
        };
        let object: DynamicObject = serde_json::from_value(object.clone()).unwrap();
        let api: Api<DynamicObject> = match object.metadata.namespace.as_deref() {
            Some(namespace) => Api::namespaced_with(self.client.clone(), namespace, &resource),
            None => Api::all_with(self.client.clone(), &resource),
        };
        let made = api.create(&PostParams::default(), &object).await.expect("it is let in");
        made.metadata.uid.expect("an object has a uid")
    }

    /// A Deployment with the `ReplicaSet` and the Pods that controllers would make of it.
    async fn deploy(&self, index: usize, template: &Value) {
        let (namespace, name) = (namespace_of(index), format!("api-{index}"));
        let mut deployment = template.clone();
        deployment["metadata"] =
            json!({"name": name, "namespace": namespace, "labels": {"app": "api"}});
        let spec = deployment["spec"].clone();
        let owner = |version: &str, kind: &str, name: &str, uid: String| {
            json!([{"apiVersion": version, "kind": kind, "name": name, "uid": uid,
                    "controller": true, "blockOwnerDeletion": true}])
        };
        let uid = self.write("apps", "deployments", &deployment).await;
        let set = format!("{name}-5c9d7f");
        let replica_set = json!({
            "apiVersion": "apps/v1", "kind": "ReplicaSet",
            "metadata": {"name": set, "namespace": namespace,
                         "ownerReferences": owner("apps/v1", "Deployment", &name, uid)},
            "spec": {"replicas": PODS, "selector": spec["selector"], "template": spec["template"]}});
        let uid = self.write("apps", "replicasets", &replica_set).await;
        for pod in 0..PODS {
            let pod = json!({
                "apiVersion": "v1", "kind": "Pod",
                "metadata": {"name": format!("{set}-{pod}"), "namespace": namespace,
                             "labels": spec["template"]["metadata"]["labels"],
                             "ownerReferences": owner("apps/v1", "ReplicaSet", &set, uid.clone())},
                "spec": spec["template"]["spec"]});
            self.write("", "pods", &pod).await;
        }
    }
}

/// What a program took.
#[derive(Debug)]
struct Took {
    status: Option<i32>,
    output: Vec<u8>,
    time: Duration,
    /// The most memory, in KiB.
    memory: u64,
    requests: f64,
}

struct World {
    cluster: ControlPlane,
    count: usize,
}

impl World {
    fn new() -> Self {
        let (cluster, count) = (ControlPlane::start().unwrap(), deployments());
        let place = Place { kubeconfig: Some(cluster.kubeconfig(User::Admin)), context: None };
        let (good, bad) = (workload(super::joined::GOOD), workload(super::joined::BAD));
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let writer = Arc::new(Writer { client: connect(&place, None).await.unwrap() });
            for index in (0..count).step_by(A_NAMESPACE) {
                let namespace = json!({"apiVersion": "v1", "kind": "Namespace",
                                       "metadata": {"name": namespace_of(index)}});
                writer.write("", "namespaces", &namespace).await;
            }
            let all = stream::iter(0..count).map(|index| {
                let template = if index % ONE_IN == 0 { bad.clone() } else { good.clone() };
                let writer = Arc::clone(&writer);
                async move { writer.deploy(index, &template).await }
            });
            all.buffer_unordered(AT_ONCE).collect::<Vec<()>>().await;
        });
        Self { cluster, count }
    }

    /// How many reads the API server has answered so far.
    fn reads(&self) -> f64 {
        let page = self.cluster.kubectl(&["get", "--raw", "/metrics"]).stdout;
        let of_reads = page.lines().filter(|line| {
            line.starts_with("apiserver_request_total{")
                && ["LIST", "GET"].iter().any(|verb| line.contains(&format!("verb=\"{verb}\"")))
        });
        of_reads.filter_map(|line| line.rsplit_once(' ')?.1.parse::<f64>().ok()).sum()
    }

    /// Runs a program until it ends.
    fn run(&self, command: &mut Command) -> Took {
        let file = tempfile_of(self.cluster.dir());
        let out = std::fs::File::create(&file).unwrap();
        let before = self.reads();
        let since = Instant::now();
        let mut child = command.stdin(Stdio::null()).stdout(out).spawn().unwrap();
        let mut memory = 0;
        let status = loop {
            memory = memory.max(peak(child.id()).unwrap_or_default());
            if let Some(status) = child.try_wait().unwrap() {
                break status;
            }
            assert!(since.elapsed() < Duration::from_mins(30), "it does not end");
            std::thread::sleep(Duration::from_millis(10));
        };
        let time = since.elapsed();
        let requests = self.reads() - before;
        let output = std::fs::read(&file).unwrap();
        Took { status: status.code(), output, time, memory, requests }
    }

    /// A Deployment of which nothing was made yet.
    fn apply(&self, name: &str, text: &str) {
        let mut deployment = workload(text);
        deployment["metadata"] = json!({"name": name, "namespace": namespace_of(0)});
        let applied = self.cluster.kubectl_stdin(&["apply", "-f", "-"], &deployment.to_string());
        assert!(applied.success(), "{applied}");
    }

    fn auditing(&self, flags: &[&str]) -> Command {
        let policy = concat!(env!("CARGO_MANIFEST_DIR"), "/policies/production.yaml");
        let mut command = Command::new(program());
        command.args(["audit", "--policy", policy, "--format", "json"]).args(flags);
        command.arg("--kubeconfig").arg(self.cluster.kubeconfig(User::Admin));
        command
    }

    fn audit(&self, flags: &[&str]) -> Took {
        self.run(&mut self.auditing(flags))
    }
}

/// The program that is measured.
fn program() -> PathBuf {
    let program = std::env::var_os("PLIMSOLL_TEST_SCALE_PROGRAM");
    program.unwrap_or_else(|| env!("CARGO_BIN_EXE_plimsoll").into()).into()
}

fn tempfile_of(folder: &Path) -> PathBuf {
    folder.join(format!("output-{:?}", Instant::now()).replace([' ', ':', '{', '}'], "-"))
}

/// The most memory that a process has had so far, in KiB.
fn peak(process: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.parse().ok()
}

/// The workloads of the flaws in a section of what has changed.
fn workloads(report: &Value, section: &str) -> Vec<String> {
    let all = report["since"][section].as_array().unwrap_or_else(|| panic!("{section}"));
    let names = all.iter().map(|flaw| flaw["workload"].as_str().unwrap().to_owned());
    names.collect::<BTreeSet<_>>().into_iter().collect()
}

/// What another program's look at the same server took, as `PLIMSOLL_TEST_SCALE_BESIDE` calls it in a shell.
fn beside(world: &World) -> Option<String> {
    let line = std::env::var_os("PLIMSOLL_TEST_SCALE_BESIDE").filter(|line| !line.is_empty())?;
    let mut command = Command::new("sh");
    command.arg("-c").arg(&line).env("KUBECONFIG", world.cluster.kubeconfig(User::Admin));
    let took = world.run(&mut command);
    Some(format!(
        "{}: status {:?}, {:.1} s, at most {} MiB, {} requests, {} MiB written",
        line.display(),
        took.status,
        took.time.as_secs_f64(),
        took.memory >> 10,
        took.requests,
        took.output.len() >> 20
    ))
}

#[test]
fn a_large_cluster_is_audited_and_a_second_audit_tells_what_changed_in_between() {
    let world = World::new();
    world.apply("lone-worse", super::joined::GOOD);
    world.apply("lone-mended", super::joined::BAD);
    world.apply("lone-gone", super::joined::BAD);
    let first = world.audit(&[]);
    assert_eq!(first.status, Some(1), "some are refused");
    let report: Value = serde_json::from_slice(&first.output).unwrap();
    let subjects = report["subjects"].as_array().unwrap();
    let deployments = subjects.iter().filter(|subject| subject["kind"] == "Deployment");
    assert_eq!(deployments.count(), world.count + 3, "each once");
    assert!(subjects.iter().all(|s| s["kind"] != "Pod" && s["kind"] != "ReplicaSet"), "not twice");
    let before = world.cluster.dir().join("before.json");
    std::fs::write(&before, &first.output).unwrap();

    world.apply("lone-worse", super::joined::BAD);
    world.apply("lone-mended", super::joined::GOOD);
    let gone = world.cluster.kubectl(&["delete", "deployment", "lone-gone", "-n", "team-0"]);
    assert!(gone.success(), "{gone}");
    let second = world.audit(&["--since", before.to_str().unwrap()]);
    let report: Value = serde_json::from_slice(&second.output).unwrap();
    assert_eq!(workloads(&report, "new"), ["Deployment/lone-worse"]);
    assert_eq!(workloads(&report, "fixed"), ["Deployment/lone-mended"]);
    assert_eq!(workloads(&report, "gone"), ["Deployment/lone-gone"]);

    let mut command = Command::new(world.cluster.program("kubectl"));
    command.args(["get", "-A", "-o", "json", KINDS, "--kubeconfig"]);
    let other = world.run(command.arg(world.cluster.kubeconfig(User::Admin)));
    for (what, took) in [("audit", &first), ("audit --since", &second), ("kubectl get", &other)] {
        println!(
            "{what}: {:.1} s, at most {} MiB, {} requests, {} MiB written; {} Deployments, {} Pods",
            took.time.as_secs_f64(),
            took.memory >> 10,
            took.requests,
            took.output.len() >> 20,
            world.count,
            world.count * PODS
        );
    }
    if let Some(took) = beside(&world) {
        println!("{took}");
    }
    let ratio = first.time.as_secs_f64() / other.time.as_secs_f64();
    println!("the audit takes {ratio:.2} times as long as kubectl");
    measure(&world.cluster, &program(), || silent(&mut world.auditing(&[])));
}
