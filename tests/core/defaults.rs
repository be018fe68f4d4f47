//! What the API server fills in, of the fields that rules read: `check` sees an object before that,
//! the webhook after it, and both must say the same.
//!
//! Gone through: `SetDefaults_*` of core/v1, apps/v1 and batch/v1 in Kubernetes 1.36, the
//! conversions beside them, and what `PrepareForCreate` changes before a webhook is asked. A default
//! of a field that no rule reads is not listed (pull policies, probe timings, paths and schemes of
//! probes, protocols of ports, modes of volumes, replicas, strategies, the DNS policy and the like).
//! Mutating admission (`ServiceAccount`, `LimitRanger`, webhooks) is no default: `check` cannot know
//! what a cluster adds.

use jiff::Timestamp;
use plimsoll::check::check;
use plimsoll::files::SourceText;
use plimsoll::policy::{PRODUCTION, Snapshot, built_in, load};

/// What Plimsoll does about a default.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Treated {
    /// The rules take an absent field for its default.
    AsIfWritten,
    /// `check` fills it in, because it decides which policies bind.
    FilledIn,
    /// The verdict is the same; findings may be told apart by where they stand.
    SameAnswer,
    /// `check` says more than the webhook would, and never less.
    Stricter,
}

struct Default {
    field: &'static str,
    by: &'static str,
    treated: Treated,
    why: &'static str,
    written: &'static str,
    filled: &'static str,
}

const POD: &str = "apiVersion: v1, kind: Pod, metadata: {name: a}";

const DEFAULTS: [Default; 14] = [
    Default {
        field: "spec.containers[].ports[].hostPort",
        by: "defaultHostNetworkPorts",
        treated: Treated::AsIfWritten,
        why: "on the network of the node every port of a Pod's container is one of the node",
        written: "POD, spec: {hostNetwork: true, containers: [{name: c, image: 'c:1', ports: [{containerPort: 80}]}]}",
        filled: "POD, spec: {hostNetwork: true, containers: [{name: c, image: 'c:1', ports: [{containerPort: 80, hostPort: 80}]}]}",
    },
    Default {
        field: "spec.restartPolicy",
        by: "SetDefaults_PodSpec",
        treated: Treated::AsIfWritten,
        why: "no restart policy is `Always`: the pod runs for good, and needs probes",
        written: "POD, spec: {containers: [{name: c, image: 'c:1'}]}",
        filled: "POD, spec: {restartPolicy: Always, containers: [{name: c, image: 'c:1'}]}",
    },
    Default {
        field: "spec.securityContext",
        by: "SetDefaults_PodSpec",
        treated: Treated::AsIfWritten,
        why: "an empty one sets nothing",
        written: "POD, spec: {containers: [{name: c, image: 'c:1'}]}",
        filled: "POD, spec: {securityContext: {}, containers: [{name: c, image: 'c:1'}]}",
    },
    Default {
        field: "spec.containers[].resources.requests",
        by: "SetDefaults_Pod",
        treated: Treated::AsIfWritten,
        why: "a limit is a request too, in templates as well, whose Pods get it",
        written: "POD, spec: {containers: [{name: c, image: 'c:1', resources: {limits: {cpu: 1}}}]}",
        filled: "POD, spec: {containers: [{name: c, image: 'c:1', resources: {limits: {cpu: 1}, requests: {cpu: 1}}}]}",
    },
    Default {
        field: "spec.initContainers[].resources.requests",
        by: "SetDefaults_Pod",
        treated: Treated::AsIfWritten,
        why: "as for containers",
        written: "POD, spec: {initContainers: [{name: i, image: 'i:1', resources: {limits: {memory: 1Gi}}}], containers: [{name: c, image: 'c:1'}]}",
        filled: "POD, spec: {initContainers: [{name: i, image: 'i:1', resources: {limits: {memory: 1Gi}, requests: {memory: 1Gi}}}], containers: [{name: c, image: 'c:1'}]}",
    },
    Default {
        field: "spec.resources.requests",
        by: "defaultPodRequests",
        treated: Treated::AsIfWritten,
        why: "what the pod as a whole sets counts for every container, and a limit is a request",
        written: "POD, spec: {resources: {limits: {cpu: 1}}, containers: [{name: c, image: 'c:1'}]}",
        filled: "POD, spec: {resources: {limits: {cpu: 1}, requests: {cpu: 1}}, containers: [{name: c, image: 'c:1'}]}",
    },
    Default {
        field: "spec.resources.requests",
        by: "defaultPodRequests",
        treated: Treated::Stricter,
        why: "with a limit for the pod, its request is the sum of those that some containers make; \
              the containers that make none are named all the same",
        written: "POD, spec: {resources: {limits: {memory: 1Gi}}, containers: [{name: c, image: 'c:1', resources: {requests: {cpu: 1}}}, {name: d, image: 'd:1'}]}",
        filled: "POD, spec: {resources: {limits: {memory: 1Gi}, requests: {cpu: 1, memory: 1Gi}}, containers: [{name: c, image: 'c:1', resources: {requests: {cpu: 1}}}, {name: d, image: 'd:1'}]}",
    },
    Default {
        field: "spec.containers[].resources.limits.cpu",
        by: "SetDefaults_ResourceList",
        treated: Treated::AsIfWritten,
        why: "rounding up to thousandths makes nothing of what is more than nothing",
        written: "POD, spec: {containers: [{name: c, image: 'c:1', resources: {limits: {cpu: 1u, memory: 1Gi}}}]}",
        filled: "POD, spec: {containers: [{name: c, image: 'c:1', resources: {limits: {cpu: 1m, memory: 1Gi}}}]}",
    },
    Default {
        field: "spec.volumes[]",
        by: "SetDefaults_Volume",
        treated: Treated::AsIfWritten,
        why: "a volume without a source is an `emptyDir`, which every policy takes",
        written: "POD, spec: {volumes: [{name: v}], containers: [{name: c, image: 'c:1'}]}",
        filled: "POD, spec: {volumes: [{name: v, emptyDir: {}}], containers: [{name: c, image: 'c:1'}]}",
    },
    Default {
        field: "spec.containers[].securityContext.appArmorProfile",
        by: "applyAppArmorVersionSkew",
        treated: Treated::SameAnswer,
        why: "the annotation is copied into the field: either is judged, so there is one finding more",
        written: "apiVersion: v1, kind: Pod, metadata: {name: a, annotations: {container.apparmor.security.beta.kubernetes.io/c: unconfined}}, spec: {containers: [{name: c, image: 'c:1'}]}",
        filled: "apiVersion: v1, kind: Pod, metadata: {name: a, annotations: {container.apparmor.security.beta.kubernetes.io/c: unconfined}}, spec: {containers: [{name: c, image: 'c:1', securityContext: {appArmorProfile: {type: Unconfined}}}]}",
    },
    Default {
        field: "metadata.labels",
        by: "SetDefaults_Job",
        treated: Treated::FilledIn,
        why: "an `objectSelector` looks at them",
        written: "apiVersion: batch/v1, kind: Job, metadata: {name: a}, spec: {template: {metadata: {labels: {app: x}}, spec: {containers: [{name: c, image: 'c:1'}]}}}",
        filled: "apiVersion: batch/v1, kind: Job, metadata: {name: a, labels: {app: x}}, spec: {template: {metadata: {labels: {app: x}}, spec: {containers: [{name: c, image: 'c:1'}]}}}",
    },
    Default {
        field: "metadata.labels",
        by: "SetDefaults_ReplicationController",
        treated: Treated::FilledIn,
        why: "an `objectSelector` looks at them",
        written: "apiVersion: v1, kind: ReplicationController, metadata: {name: a}, spec: {template: {metadata: {labels: {app: x}}, spec: {containers: [{name: c, image: 'c:1'}]}}}",
        filled: "apiVersion: v1, kind: ReplicationController, metadata: {name: a, labels: {app: x}}, spec: {template: {metadata: {labels: {app: x}}, spec: {containers: [{name: c, image: 'c:1'}]}}}",
    },
    Default {
        field: "metadata.labels[kubernetes.io/metadata.name]",
        by: "SetDefaults_Namespace",
        treated: Treated::AsIfWritten,
        why: "a `namespaceSelector` reads this label from the namespace's name, whatever a manifest says",
        written: "apiVersion: apps/v1, kind: Deployment, metadata: {name: a, namespace: shop}, spec: {template: {spec: {containers: [{name: c, image: 'c:1'}]}}}}\n--- # and\n{apiVersion: v1, kind: Namespace, metadata: {name: shop, labels: {kubernetes.io/metadata.name: other}}",
        filled: "apiVersion: apps/v1, kind: Deployment, metadata: {name: a, namespace: shop}, spec: {template: {spec: {containers: [{name: c, image: 'c:1'}]}}}}\n--- # and\n{apiVersion: v1, kind: Namespace, metadata: {name: shop, labels: {kubernetes.io/metadata.name: shop}}",
    },
    Default {
        field: "spec.hostNetwork and the like",
        by: "Convert_core_PodSpec_To_v1_PodSpec",
        treated: Treated::AsIfWritten,
        why: "false comes back as absent",
        written: "POD, spec: {hostNetwork: false, hostPID: false, hostIPC: false, containers: [{name: c, image: 'c:1'}]}",
        filled: "POD, spec: {containers: [{name: c, image: 'c:1'}]}",
    },
];

const SELECTING: &str = "
apiVersion: plimsoll.dev/v1alpha1
kind: DeployPolicy
metadata: {name: selecting}
spec:
  match:
    objectSelector: {matchLabels: {app: x}}
  rules: {resource-limits: {}}
---
apiVersion: plimsoll.dev/v1alpha1
kind: DeployPolicy
metadata: {name: in-shop}
spec:
  match:
    namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: shop}}
  rules: {resource-limits: {}}
";

/// Every violation of the first object, and how many checks there were.
fn findings(manifest: &str) -> (Vec<String>, usize) {
    let text = format!("{{{}}}\n", manifest.replace("POD", POD));
    let mut policies = built_in(PRODUCTION).unwrap();
    policies.extend(built_in("restricted").unwrap());
    policies.extend(load("selecting.yaml", SELECTING).unwrap());
    let source = SourceText { name: "a.yaml".to_owned(), text, is_found: false };
    let snapshot = Snapshot::new(policies);
    let report = check(&[source], &snapshot, Timestamp::UNIX_EPOCH);
    assert!(report.unreviewed.is_empty(), "{manifest}: {:?}", report.unreviewed);
    let verdict = &report.reviewed[0].verdict;
    // That something is written in a form that is read no more is about the form.
    let said = verdict.violations.iter().filter(|v| v.rule.id != "deprecated-field");
    let said = said.map(|v| {
        format!("{} {} {:?} {:?}", v.policy, v.rule.id, v.finding.container, v.finding.message)
    });
    (said.collect(), verdict.total())
}

#[test]
fn a_default_written_out_changes_no_verdict() {
    for default in DEFAULTS {
        let Default { field, by, treated, why, written, filled } = default;
        let (before, after) = (findings(written), findings(filled));
        let what = format!("{field} ({by}): {why}\n{before:#?}\n{after:#?}");
        assert_eq!(before.1, after.1, "{what}");
        match treated {
            Treated::AsIfWritten | Treated::FilledIn => assert_eq!(before, after, "{what}"),
            Treated::SameAnswer => {
                assert!(before.0.iter().all(|said| after.0.contains(said)), "{what}");
                let rules = |said: &[String]| {
                    let mut rules: Vec<_> = said
                        .iter()
                        .map(|s| s.split(' ').take(2).collect::<Vec<_>>().join(" "))
                        .collect();
                    rules.dedup();
                    rules
                };
                assert_eq!(rules(&before.0), rules(&after.0), "{what}");
            }
            Treated::Stricter => {
                assert!(after.0.iter().all(|said| before.0.contains(said)), "{what}");
                assert_ne!(before.0, after.0, "no stricter any more: {what}");
            }
        }
    }
}
