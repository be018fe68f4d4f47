//! The API server itself says what it fills in, and `check` says the same before and after (F-139).

use jiff::Timestamp;
use plimsoll::check::check;
use plimsoll::files::SourceText;
use plimsoll::policy::{BUILT_IN_POLICIES, Snapshot, load};
use support::control_plane::ControlPlane;
use support::corpora::say;

/// Pods and templates that leave to the API server what can be left to it.
const SPECS: [&str; 8] = [
    "{hostNetwork: true, initContainers: [{name: i, image: 'i:1', ports: [{containerPort: 81}]}], containers: [{name: c, image: 'c:1', ports: [{containerPort: 80}]}]}",
    "{containers: [{name: c, image: c}]}",
    "{volumes: [{name: v}], containers: [{name: c, image: 'c:1', volumeMounts: [{name: v, mountPath: /v}]}]}",
    "{initContainers: [{name: i, image: 'i:1', resources: {limits: {cpu: 1u, memory: 1Gi}}}], containers: [{name: c, image: 'c:1', resources: {limits: {cpu: 1, memory: 1Gi}}}]}",
    "{resources: {limits: {cpu: 1, memory: 1Gi}}, containers: [{name: c, image: 'c:1'}]}",
    "{hostNetwork: false, hostPID: true, containers: [{name: c, image: 'c:1', securityContext: {}, livenessProbe: {httpGet: {port: 80}}, ports: [{containerPort: 80}], env: [{name: A, valueFrom: {fieldRef: {fieldPath: metadata.name}}}]}]}",
    "{securityContext: {runAsNonRoot: true, seccompProfile: {type: RuntimeDefault}}, containers: [{name: c, image: 'c:1', securityContext: {capabilities: {drop: [ALL]}, allowPrivilegeEscalation: false}}]}",
    "{volumes: [{name: s, secret: {secretName: s}}, {name: m, configMap: {name: m}}, {name: h, hostPath: {path: /}}], containers: [{name: c, image: 'c:1'}]}",
];

const SELECTING: &str = "
apiVersion: plimsoll.dev/v1alpha1
kind: DeployPolicy
metadata: {name: selecting}
spec: {match: {objectSelector: {matchLabels: {app: x}}}, rules: {resource-limits: {}}}
";

fn object(kind: &str, spec: &str) -> String {
    // Not in one pair of braces, which kubectl takes for JSON before 1.33.
    let head =
        |version: &str| format!("apiVersion: {version}\nkind: {kind}\nmetadata: {{name: a}}");
    let template = |spec: &str, more: &str| {
        let spec = spec.replacen('{', &format!("{{{more}"), 1);
        format!("template: {{metadata: {{labels: {{app: x}}}}, spec: {spec}}}")
    };
    let selector = "selector: {matchLabels: {app: x}}";
    match kind {
        "Pod" => format!("{}\nspec: {spec}\n", head("v1")),
        "Job" => {
            let template = template(spec, "restartPolicy: Never, ");
            format!("{}\nspec: {{{template}}}\n", head("batch/v1"))
        }
        "CronJob" => {
            let template = template(spec, "restartPolicy: OnFailure, ");
            let job = format!("jobTemplate: {{spec: {{{template}}}}}");
            format!("{}\nspec: {{schedule: '* * * * *', {job}}}\n", head("batch/v1"))
        }
        "ReplicationController" => {
            format!("{}\nspec: {{{}}}\n", head("v1"), template(spec, ""))
        }
        _ => format!("{}\nspec: {{{selector}, {}}}\n", head("apps/v1"), template(spec, "")),
    }
}

fn findings(text: String) -> Vec<String> {
    let shipped = BUILT_IN_POLICIES.iter().chain([&("selecting", SELECTING)]);
    let policies = shipped.flat_map(|(name, text)| load(name, text).unwrap()).collect();
    let source = SourceText { name: "a".to_owned(), text, is_found: false };
    let report = check(&[source], &Snapshot::new(policies), Timestamp::UNIX_EPOCH);
    assert!(report.unreviewed.is_empty(), "{:?}", report.unreviewed);
    let verdict = &report.reviewed[0].verdict;
    let found = verdict.violations.iter().map(|v| {
        format!("{} {} {:?} {}", v.policy, v.rule.id, v.finding.container, v.finding.message)
    });
    found.chain([format!("{} of {}", verdict.passed(), verdict.total())]).collect()
}

/// F-139.
#[test]
fn what_the_api_server_fills_in_changes_no_verdict() {
    let cluster = ControlPlane::start().unwrap();
    let minor = cluster.minor();
    let lacks_limits_of_pods = minor < 34;
    if lacks_limits_of_pods {
        say(&format!("Kubernetes 1.{minor} has no limits of a whole pod: refused, or left out"));
    }
    let kinds = [
        "Pod",
        "Deployment",
        "StatefulSet",
        "DaemonSet",
        "ReplicaSet",
        "Job",
        "CronJob",
        "ReplicationController",
    ];
    for kind in kinds {
        for spec in SPECS {
            let text = object(kind, spec);
            let arguments = ["create", "--dry-run=server", "-f", "-", "-o", "json"];
            let stored = cluster.kubectl_stdin(&arguments, &text);
            if lacks_limits_of_pods && spec.starts_with("{resources:") {
                assert!(!stored.stdout.contains("1Gi"), "{text}{stored}");
                continue;
            }
            assert!(stored.success(), "{text}{stored}");
            let (before, after) = (findings(text.clone()), findings(stored.stdout.clone()));
            assert_eq!(before, after, "{text}{stored}");
        }
    }
}
