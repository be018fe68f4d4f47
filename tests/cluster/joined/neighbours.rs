//! What stands around a workload counts as it is in the cluster, as far as rules ask and rights go.

use std::time::{Duration, Instant};

use support::control_plane::User;

use super::World;
use crate::kubectl::wait_until;

/// A policy that asks for neighbours.
const POLICY: &str = "apiVersion: plimsoll.dev/v1alpha1
kind: DeployPolicy
metadata: {name: asks}
spec: {rules: {secret-references: {}, replicas: {}}}
";

/// A Deployment that needs a `ConfigMap`, a Secret, and a second replica or an autoscaler.
const API: &str = "apiVersion: apps/v1
kind: Deployment
metadata: {name: api, namespace: shop}
spec:
  replicas: 1
  selector: {matchLabels: {app: api}}
  template:
    metadata: {labels: {app: api}}
    spec:
      containers:
      - name: api
        image: registry.example/api:1
        env:
        - {name: TOKEN, valueFrom: {secretKeyRef: {name: api, key: token}}}
        - {name: REGION, valueFrom: {configMapKeyRef: {name: api, key: region}}}
";

const SCALER: &str = "apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: api, namespace: shop}
spec: {maxReplicas: 3, scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: api}}
";

/// The definition of a kind that autoscalers are known from, and that few clusters have.
const KEDA: &str = "apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: scaledobjects.keda.sh}
spec:
  group: keda.sh
  scope: Namespaced
  names: {plural: scaledobjects, singular: scaledobject, kind: ScaledObject}
  versions:
  - name: v1alpha1
    served: true
    storage: true
    schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
";

const SCALED: &str = "apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata: {name: api, namespace: shop}
spec: {scaleTargetRef: {name: api}}
";

/// All that a replica does, but for what neighbours take.
const RIGHTS: &str = "apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: plimsoll}
rules:
- {apiGroups: [''], resources: [namespaces], verbs: [get, list, watch]}
- {apiGroups: [plimsoll.dev], resources: [deploypolicies, policyexceptions], verbs: [get, list, watch]}
- {apiGroups: [plimsoll.dev], resources: [deploypolicies/status, policyexceptions/status], verbs: [patch]}
- {apiGroups: [coordination.k8s.io], resources: [leases], verbs: [get, create, update, patch]}
- {apiGroups: [admissionregistration.k8s.io], resources: [validatingwebhookconfigurations], verbs: [get, list, watch, create, update]}
- {apiGroups: [''], resources: [secrets], verbs: [get, list, watch, create, update]}
- {apiGroups: [events.k8s.io], resources: [events], verbs: [create, patch]}
- {apiGroups: [autoscaling], resources: [horizontalpodautoscalers], verbs: [list, watch]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: plimsoll}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: plimsoll}
subjects: [{kind: User, name: developer, apiGroup: rbac.authorization.k8s.io}]
";

const MORE_RIGHTS: &str = "
- {apiGroups: [''], resources: [configmaps], verbs: [list, watch]}
- {apiGroups: [keda.sh], resources: [scaledobjects], verbs: [list, watch]}
";

/// What is said of a `ConfigMap` that is not there.
const NO_MAP: &str = "refers to ConfigMap \"api\", which is not there";
/// What is said of a key that is not in one that is.
const NO_KEY: &str = "refers to key \"region\" of ConfigMap \"api\", which is not in it";
const NO_SECRET: &str = "refers to Secret \"api\", which is not there";
const ALONE: &str = "runs one replica, and no autoscaler sees to it";

impl World {
    fn asking(flags: &[&str], user: User) -> Self {
        let mut world = Self::new();
        world.has_file = false;
        world.made(POLICY);
        world.made(RIGHTS);
        let flags = [&["--tls-secret", "certificate"], flags].concat();
        world.start_with(&flags, user);
        world.wait_for_registration();
        world
    }

    fn made(&self, text: &str) {
        let output = self.cluster.kubectl_stdin(&["apply", "-f", "-"], text);
        assert!(output.success(), "{output}");
    }

    /// What a user is told of the Deployment, which is let in whatever is said.
    fn told(&self) -> String {
        let output = self.try_out(API);
        assert!(output.success(), "a neighbour refuses nothing: {output}");
        output.stderr
    }

    /// Waits until all of `says` is told and nothing of `not`, and not for long.
    fn soon_told(&self, says: &[&str], not: &[&str]) {
        let since = Instant::now();
        wait_until(&format!("{says:?} is told, and not {not:?}: {}", self.told()), || {
            let told = self.told();
            says.iter().all(|text| told.contains(text)) && !not.iter().any(|n| told.contains(n))
        });
        // Two seconds, and what kubectl takes on a busy machine.
        assert!(since.elapsed() < Duration::from_secs(5), "{:?}", since.elapsed());
    }

    fn stands(&self, kind: &str, state: &str) -> bool {
        let name = format!("plimsoll_neighbours{{kind=\"{kind}\",state=\"{state}\"}}");
        self.metric(0, &name) == Some(1.0)
    }

    fn wait_until_stands(&self, kind: &str, state: &str) {
        wait_until(&format!("{kind}: {state}"), || self.stands(kind, state));
    }
}

#[test]
fn what_a_deployment_refers_to_is_missed_until_it_is_made_and_never_refused_for() {
    let world = World::asking(&["--secret-keys"], User::Admin);
    world.soon_told(&[NO_MAP, NO_SECRET, ALONE], &[]);
    let shop = ["-n", "shop"];
    let run = |arguments: &[&str]| world.kubectl(&[arguments, &shop].concat());
    run(&["create", "configmap", "api", "--from-literal=zone=north"]);
    world.soon_told(&[NO_KEY, NO_SECRET], &[NO_MAP]);
    run(&["create", "secret", "generic", "api", "--from-literal=token=hunter2"]);
    run(&["patch", "configmap", "api", "-p", "{\"data\": {\"region\": \"north\"}}"]);
    world.made(SCALER);
    world.soon_told(&[], &[NO_MAP, NO_KEY, NO_SECRET, ALONE]);
    run(&["delete", "configmap", "api"]);
    run(&["delete", "hpa", "api"]);
    world.soon_told(&[NO_MAP, ALONE], &[NO_SECRET]);
    assert!(!world.output().contains("hunter2"));

    // What nobody asks for is not followed.
    world.kubectl(&[
        "patch",
        "deploypolicy",
        "asks",
        "--type=json",
        "-p",
        "[{\"op\": \"remove\", \"path\": \"/spec/rules/secret-references\"}]",
    ]);
    wait_until("no ConfigMap is followed", || !world.stands("configmaps", "known"));
    assert!(world.stands("horizontalpodautoscalers", "known"));
    world.soon_told(&[ALONE], &[NO_MAP]);
    world.made(POLICY);
    wait_until("they are again", || world.told().contains(NO_MAP));
}

/// F-94.
#[test]
fn f94_a_kind_that_may_not_be_listed_is_not_looked_at_and_the_others_are() {
    let world = World::asking(&[], User::Developer);
    world.soon_told(&[ALONE], &[NO_MAP, NO_SECRET]);
    assert!(world.stands("configmaps", "forbidden"));
    assert!(world.stands("horizontalpodautoscalers", "known"));
    // Such as the cluster has not are none, which nobody needs a right to know.
    assert!(world.stands("scaledobjects", "absent"));
    let named = world.output().matches("\"configmaps\"").count();
    assert_eq!(named, 1, "once: {}", world.output());
    assert!(!world.output().contains("\"secrets\""), "nobody may look at Secrets");
    // With the rights, and a definition that comes later, all of it is known.
    world.made(&RIGHTS.replace("\n---", &(MORE_RIGHTS.trim_end().to_owned() + "\n---")));
    world.made(KEDA);
    world.wait_until_stands("configmaps", "known");
    world.wait_until_stands("scaledobjects", "known");
    world.soon_told(&[NO_MAP, ALONE], &[NO_SECRET]);
    world.made(SCALED);
    world.soon_told(&[NO_MAP], &[ALONE]);
    // When the definition goes, its objects go.
    world.kubectl(&["delete", "crd", "scaledobjects.keda.sh"]);
    world.wait_until_stands("scaledobjects", "absent");
    world.soon_told(&[NO_MAP, ALONE], &[]);
}

#[test]
fn whoever_deletes_what_a_workload_needs_is_told_so_by_kubectl_and_let_do_it() {
    let world = World::asking(&[], User::Admin);
    let shop = ["-n", "shop"];
    let run = |arguments: &[&str]| world.kubectl(&[arguments, &shop].concat());
    run(&["create", "configmap", "api", "--from-literal=region=hunter2"]);
    world.made(API);
    let needed =
        "Warning: Deployment shop/api needs ConfigMap \"api\": without it no new Pod starts";
    wait_until("the workload is known", || {
        run(&["delete", "configmap", "api", "--dry-run=server"]).stderr.contains(needed)
    });
    let key = "[{\"op\": \"remove\", \"path\": \"/data/region\"}]";
    let patched = run(&["patch", "configmap", "api", "--type=json", "-p", key]);
    assert!(patched.stderr.contains("needs key \"region\" of ConfigMap \"api\""), "{patched}");
    let budget = ["create", "pdb", "api", "--selector=app=api", "--max-unavailable=1"];
    run(&budget);
    let deleted = run(&["delete", "pdb", "api"]);
    assert!(
        deleted.stderr.contains("no PodDisruptionBudget is left for Deployment shop/api"),
        "{deleted}"
    );
    // Once nothing needs it, nothing is said.
    run(&["delete", "deployment", "api"]);
    wait_until("the workload is gone", || {
        !run(&["delete", "configmap", "api", "--dry-run=server"]).stderr.contains("Warning")
    });
    let deleted = run(&["delete", "configmap", "api"]);
    assert!(deleted.success() && !world.output().contains("hunter2"), "{deleted}");
}

/// A contract about a variable that comes from a `ConfigMap`.
const CONTRACT: &str = "apiVersion: plimsoll.dev/v1alpha1
kind: DeployPolicy
metadata: {name: contract}
spec: {rules: {environment-contract: {variables: [{name: ENV, from: ConfigMap, equals: prod}]}}}
";

const PROGRAM: &str = "apiVersion: v1
kind: Pod
metadata: {name: program, namespace: shop}
spec:
  containers:
  - {name: program, image: 'registry.example/program:1', envFrom: [{configMapRef: {name: program}}]}
";

#[test]
fn a_contract_is_held_against_the_values_of_config_maps_as_they_are_in_the_cluster() {
    let mut world = World::new();
    world.has_file = false;
    world.made(CONTRACT);
    world.start(&[]);
    world.wait_for_registration();
    let map = |value: &str| {
        format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: program, namespace: shop}}\ndata: {{ENV: {value}}}\n"
        )
    };
    let soon = |text: &str, is_told: bool| {
        let since = Instant::now();
        loop {
            let output = world.try_out(PROGRAM);
            assert!(output.success(), "a neighbour refuses nothing: {output}");
            if output.stderr.contains(text) == is_told {
                return output.stderr;
            }
            assert!(since.elapsed() < Duration::from_secs(10), "{text} {is_told}: {output}");
        }
    };
    soon("has no variable \"ENV\"", true);
    world.made(&map("hunter2"));
    let told = soon("is not \"prod\"", true);
    assert!(
        !told.contains("hunter2")
            && told.contains("set key \"ENV\" of ConfigMap \"program\" to \"prod\""),
        "{told}"
    );
    world.made(&map("prod"));
    assert_eq!(soon("environment-contract", false), "");
    world.kubectl(&["delete", "configmap", "program", "-n", "shop"]);
    soon("has no variable \"ENV\"", true);
    assert_eq!(
        world.metric(0, "plimsoll_neighbours{kind=\"configmap-values\",state=\"known\"}"),
        Some(1.0)
    );
}
