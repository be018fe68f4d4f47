//! The API server's own Pod Security admission as the second judge: the cases whose version it
//! knows go into namespaces with that level and version, and the verdicts are held against ours.

use std::collections::BTreeMap;

use jiff::Timestamp;
use plimsoll::policy::{BUILT_IN_POLICIES, Snapshot, load};
use plimsoll::review::review;
use plimsoll::rules::Budget;
use plimsoll::subject::{BUILT_IN, Subject};
use plimsoll::yaml;
use serde_json::{Value, json};
use support::control_plane::ControlPlane;
use support::corpora::{Case, cases, say};
use support::edit::replaced_once;

fn pod(case: &Case, name: &str) -> Value {
    let text = std::fs::read_to_string(&case.path).unwrap();
    let json = yaml::documents(&text).remove(0).unwrap().to_json();
    let mut pod: Value = serde_json::from_str(&json).unwrap();
    pod["metadata"]["name"] = json!(name);
    pod
}

fn allowed_by_plimsoll(pod: &Value, level: &str, version: &str) -> bool {
    let (_, text) = BUILT_IN_POLICIES.iter().find(|(name, _)| *name == level).unwrap();
    let version = format!("podSecurityVersion: {version}");
    let text = replaced_once(text, "podSecurityVersion: latest", &version);
    let snapshot = Snapshot::new(load(level, &text).unwrap());
    let json = pod.to_string();
    let subject = Subject::read(&BUILT_IN[0], json.as_bytes()).unwrap();
    review(&subject, None, &snapshot, Timestamp::UNIX_EPOCH, &mut Budget::default()).allowed()
}

/// The Pod as the API server goes on with it: without what it does not have.
fn as_read(cluster: &ControlPlane, namespace: &str, pod: &Value) -> Value {
    let arguments = ["-n", namespace, "create", "--dry-run=server", "-o", "json", "-f", "-"];
    cluster.kubectl_stdin(&arguments, &pod.to_string()).json()
}

#[test]
fn the_api_servers_own_pod_security_gives_the_same_verdicts() {
    let Some(cases) = cases("psa") else { return };
    let cluster = ControlPlane::start().unwrap();
    let newest = cluster.minor();
    // Before 1.33 a procMount is replaced by the default before anybody judges it.
    let is_replaced = |pod: &Value| newest < 33 && pod.to_string().contains("procMount");
    let mut groups: BTreeMap<(String, String), Vec<(String, Value)>> = BTreeMap::new();
    for (index, case) in cases.iter().enumerate() {
        let known =
            case.version.trim_start_matches("v1.").parse::<u32>().is_ok_and(|v| v <= newest);
        if known {
            let name = format!("case-{index}");
            let pod = pod(case, &name);
            groups.entry((case.level.clone(), case.version.clone())).or_default().push((name, pod));
        }
    }
    let (mut judged, mut invalid, mut replaced, mut wrong) = (0, 0, 0, Vec::new());
    for ((level, version), pods) in &groups {
        let namespace = format!("{level}-{}", version.replace('.', "-"));
        let labels = json!({
            "pod-security.kubernetes.io/enforce": level,
            "pod-security.kubernetes.io/enforce-version": version
        });
        let object = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace, "labels": labels}});
        assert!(cluster.kubectl_stdin(&["create", "-f", "-"], &object.to_string()).success());
        let list = json!({"apiVersion": "v1", "kind": "List", "items": pods.iter().map(|(_, p)| p).collect::<Vec<_>>()});
        let answer = cluster.kubectl_stdin(
            &["-n", &namespace, "create", "--dry-run=server", "--validate=false", "-f", "-"],
            &list.to_string(),
        );
        for (name, pod) in pods {
            let admitted = answer.stdout.contains(&format!("pod/{name} created"));
            let refused = answer
                .stderr
                .contains(&format!("pods \"{name}\" is forbidden: violates PodSecurity"));
            if admitted == refused {
                // Not a valid Pod to begin with: Pod Security never saw it.
                invalid += 1;
                continue;
            }
            judged += 1;
            let mut pod = pod.clone();
            if admitted && is_replaced(&pod) {
                replaced += 1;
                pod = as_read(&cluster, &namespace, &pod);
            }
            if allowed_by_plimsoll(&pod, level, version) != admitted {
                wrong.push(format!("{name} in {namespace}: the API server says {admitted}"));
            }
        }
    }
    say(&format!(
        "second judge: API server 1.{newest} judged {judged} cases, {} differ; {invalid} are no valid Pods to it",
        wrong.len()
    ));
    if replaced > 0 {
        say(&format!("Kubernetes 1.{newest} replaced the procMount of {replaced} of them"));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    // An older API server knows fewer versions of the standard.
    let least = if newest < 33 { 200 } else { 300 };
    assert!(judged > least, "{judged}");
    assert!(invalid < judged / 10, "{invalid} of {judged}");
}
