//! Pod Security parity: upstream's own cases get upstream's verdict, bare, wrapped into every
//! workload kind, and with their containers in every list (F-101).

use jiff::Timestamp;
use plimsoll::policy::{BUILT_IN_POLICIES, Snapshot, load};
use plimsoll::review::{Verdict, review};
use plimsoll::rules::Budget;
use plimsoll::subject::{Kind, Subject, workloads};
use plimsoll::yaml;
use serde_json::{Value, json};
use std::collections::HashMap;
use support::corpora::{Case, cases, say};
use support::edit::replaced_once;
use support::workloads::wrapped;

/// Upstream's checks and the rules that stand for them.
const CHECKS: [(&str, &str); 19] = [
    ("allowPrivilegeEscalation", "privilege-escalation"),
    ("appArmorProfile", "apparmor"),
    ("capabilities_baseline", "capabilities"),
    ("capabilities_restricted", "capabilities-drop-all"),
    ("hostNamespaces", "host-namespaces"),
    ("hostPathVolumes", "host-path-volumes"),
    ("hostPorts", "host-ports"),
    ("hostProbesAndHostLifecycle", "host-probes"),
    ("privileged", "privileged"),
    ("procMount", "proc-mount"),
    ("procMount_restricted", "proc-mount"),
    ("restrictedVolumes", "volume-types"),
    ("runAsNonRoot", "run-as-non-root"),
    ("runAsUser", "run-as-user"),
    ("seLinuxOptions", "selinux"),
    ("seccompProfile_baseline", "seccomp"),
    ("seccompProfile_restricted", "seccomp"),
    ("sysctls", "sysctls"),
    ("windowsHostProcess", "host-process"),
];

/// The rule that answers for a check at a level: restricted forms stand in for baseline ones.
fn rule_of(check: &str, level: &str) -> &'static str {
    let (_, rule) =
        CHECKS.iter().find(|(name, _)| *name == check).unwrap_or_else(|| panic!("{check}"));
    match (*rule, level) {
        ("capabilities", "restricted") => "capabilities-drop-all",
        ("host-path-volumes", "restricted") => "volume-types",
        (rule, _) => rule,
    }
}

/// The shipped policy of a level, at a version.
fn policy(level: &str, version: &str) -> Snapshot {
    let (_, text) = BUILT_IN_POLICIES.iter().find(|(name, _)| *name == level).expect(level);
    let version = format!("podSecurityVersion: {version}");
    let text = replaced_once(text, "podSecurityVersion: latest", &version);
    Snapshot::new(load(level, &text).expect("the shipped policy"))
}

fn pod(case: &Case) -> Value {
    let text = std::fs::read_to_string(&case.path).expect("a case");
    let node = yaml::documents(&text).remove(0).expect("readable");
    serde_json::from_str(&node.to_json()).expect("JSON")
}

fn verdict(object: &Value, kind: &Kind, snapshot: &Snapshot) -> Verdict {
    let json = object.to_string();
    let subject = Subject::read(kind, json.as_bytes()).expect("a workload");
    review(&subject, None, snapshot, Timestamp::UNIX_EPOCH, &mut Budget::default())
}

/// The pod with all its main containers in another list; upstream visits all lists alike.
fn moved(pod: &Value, list: &str) -> Value {
    let mut pod = pod.clone();
    let main = pod["spec"]["containers"].take();
    let mut there = pod["spec"][list].take().as_array().cloned().unwrap_or_default();
    there.extend(main.as_array().cloned().unwrap_or_default());
    pod["spec"]["containers"] = json!([]);
    pod["spec"][list] = json!(there);
    pod
}

/// F-101.
#[test]
fn every_upstream_case_gets_upstreams_verdict_in_every_kind_and_every_list() {
    let Some(cases) = cases("psa") else { return };
    let mut snapshots: HashMap<(String, String), Snapshot> = HashMap::new();
    let mut wrong = Vec::new();
    let mut judged = 0;
    for case in &cases {
        let snapshot = snapshots
            .entry((case.level.clone(), case.version.clone()))
            .or_insert_with(|| policy(&case.level, &case.version));
        let pod = pod(case);
        for list in ["containers", "initContainers", "ephemeralContainers"] {
            let pod = if list == "containers" { pod.clone() } else { moved(&pod, list) };
            for kind in workloads() {
                judged += 1;
                let verdict =
                    verdict(&wrapped(&pod["metadata"], &pod["spec"], kind), kind, snapshot);
                let expected = case.expected == "pass";
                let attributed = expected || {
                    let rule = rule_of(&case.check, &case.level);
                    verdict.violations.iter().any(|v| v.rule.id == rule)
                };
                if verdict.allowed() != expected || !attributed {
                    wrong.push(format!("{} as {} in {list}", case.path.display(), kind.kind));
                }
            }
        }
    }
    say(&format!(
        "parity: {} upstream cases, {judged} verdicts over kinds and lists, {} differ",
        cases.len(),
        wrong.len()
    ));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(cases.len() >= 544, "the corpus is not whole");
}
