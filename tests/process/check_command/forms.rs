//! How a report reads, in each of its forms.

use super::{GOOD, check, check_in_time, json, path};
use serde_json::Value;
use support::committed::assert_committed;
use support::edit::replaced_once;
use support::scratch::Scratch;

#[test]
fn the_text_is_what_it_always_was() {
    let output = check(&["tests/workloads"], "");
    assert!(!output.stdout.contains('\u{1b}'), "no colours where there is no terminal");
    assert_committed("tests/golden/check.txt", &output.stdout);
}

#[test]
fn json_has_one_record_a_violation_and_one_a_subject() {
    let (output, report) = json(&["tests/workloads/bad.yaml"], "");
    assert_eq!(output.code, 1);
    for key in [
        "rule",
        "policy",
        "mode",
        "severity",
        "kind",
        "namespace",
        "name",
        "container",
        "path",
        "message",
        "fix",
        "file",
        "line",
        "column",
        "excusedBy",
    ] {
        assert!(report["violations"][0].get(key).is_some(), "{key} is missing");
    }
    let limits =
        report["violations"].as_array().unwrap().iter().find(|v| v["rule"] == "resource-limits");
    let limits = limits.expect("found");
    assert_eq!(limits["path"], "spec.template.spec.containers[0].resources.limits.memory");
    assert_eq!(
        (limits["line"].as_u64(), limits["file"].as_str()),
        (Some(23), Some("tests/workloads/bad.yaml"))
    );
    assert_eq!(report["subjects"][0]["total"], 43);
    assert_eq!(report["subjects"][0]["passed"], 39);
}

const FLAWED: &str = r#"{"apiVersion": "v1", "kind": "Pod",
  "metadata": {"name": "p", "annotations": {"deep": "x"}},
  "spec": {
    "hostPID": true, "hostNetwork": true, "unread": DEEP,
    "securityContext": {"sysctls": [
      {"name": "kernel.msgmax", "value": "1"}, {"name": "net.ipv4.ip_local_port_range", "value": "1 2"},
      {"name": "kernel.shmmax", "value": "1"}, {"name": "kernel.sem", "value": "1"}]},
    "initContainers": [{"name": "i", "image": "i:1", "securityContext": null}],
    "containers": [
      {"name": "a", "image": "a:1"},
      {"name": "b", "image": "b:1", "ports": [{"hostPort": 1, "containerPort": 1}, {"hostPort": 2, "containerPort": 2}],
       "securityContext": {"privileged": true, "capabilities": {"add": ["SYS_ADMIN", "CHOWN", "NET_RAW", "BPF"]},
         "seLinuxOptions": {"user": "u", "role": "r", "type": "t"}, "procMount": "Unmasked"}}]}}"#;

/// F-121 and F-139: nothing of a patch depends on what nobody reads.
#[test]
fn patches_of_one_object_can_be_applied_in_order_or_alone() {
    let deep = format!("{}1{}", "[".repeat(130), "]".repeat(130));
    let text = replaced_once(FLAWED, "DEEP", &deep);
    let policies = ["--policy", "policies"];
    let verdict = |object: &Value| {
        let (_, report) = json(&[&policies[..], &["-"]].concat(), &object.to_string());
        report["violations"].as_array().unwrap_or_else(|| panic!("{report}")).clone()
    };
    let object: Value = {
        let node = plimsoll::yaml::documents(&text).remove(0).unwrap();
        node.to_value()
    };
    let violations = verdict(&object);
    let with_patch: Vec<&Value> = violations.iter().filter(|v| !v["patch"].is_null()).collect();
    assert!(with_patch.len() > 25, "{}", with_patch.len());
    let patched = |object: &Value, violation: &Value| {
        let patch: json_patch::Patch = serde_json::from_value(violation["patch"].clone()).unwrap();
        let mut patched = object.clone();
        json_patch::patch(&mut patched, &patch).unwrap_or_else(|e| panic!("{e}: {violation}"));
        patched
    };
    let is_same = |a: &Value, b: &Value| {
        ["rule", "policy", "container", "message"].iter().all(|key| a[key] == b[key])
    };
    let mut in_order = object.clone();
    for violation in &with_patch {
        in_order = patched(&in_order, violation);
        let alone = patched(&object, violation);
        let left = verdict(&alone);
        let before = violations.iter().filter(|v| is_same(v, violation)).count();
        let after = left.iter().filter(|v| is_same(v, violation)).count();
        assert!(after < before, "does not mend its own: {violation}");
        assert_eq!(alone["spec"]["unread"], object["spec"]["unread"], "{violation}");
    }
    let left = verdict(&in_order);
    // A port of the node can be given up once the pod has left the node's network.
    let is_new = |v: &&Value| !v["patch"].is_null() && v["rule"] != "host-ports";
    let fixable: Vec<&Value> = left.iter().filter(is_new).collect();
    assert!(fixable.is_empty(), "{fixable:#?}\n{in_order}");
    for pointer in [
        "/metadata",
        "/spec/unread",
        "/spec/containers/0/image",
        "/spec/containers/1/ports/1/containerPort",
    ] {
        assert_eq!(in_order.pointer(pointer), object.pointer(pointer), "{pointer}");
    }
}

#[test]
fn the_short_form_is_one_finding_a_line_with_file_line_and_column() {
    let output = check(&["--format", "short", "tests/workloads/bad.yaml"], "");
    assert_eq!(output.code, 1);
    let lines: Vec<&str> = output.stdout.lines().collect();
    assert_eq!(lines.len(), 5, "{output:?}");
    for line in &lines {
        let mut parts = line.splitn(5, ':');
        assert_eq!(parts.next(), Some("tests/workloads/bad.yaml"));
        assert!(parts.next().unwrap().parse::<usize>().is_ok(), "{line}");
        assert!(parts.next().unwrap().parse::<usize>().is_ok(), "{line}");
        assert!([" error", " warning"].contains(&parts.next().unwrap()), "{line}");
    }
    let literal = "tests/workloads/bad.yaml:20:22: error: secret-literals: environment variable";
    assert!(lines.iter().any(|line| line.starts_with(literal)), "{output:?}");
    let output = check(&["--format", "short", "-"], "a: [\n");
    assert!(output.stdout.starts_with("-:") && output.code == 2, "{output:?}");
}

#[test]
fn a_container_has_one_excerpt_with_each_of_its_lines_once() {
    let text = "apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers:
  - name: web
    image: nginx
    env:
    - {name: DB_PASSWORD, value: correct-horse}
    securityContext: {privileged: true, runAsUser: 0}
";
    let output = check(&["-"], text);
    for line in ["image: nginx", "privileged: true, runAsUser: 0", "value: *************"] {
        assert_eq!(output.stdout.matches(line).count(), 1, "{line}: {}", output.stdout);
    }
    let part = output.stdout.split("  container \"web\"").nth(1).unwrap();
    let order = ["image-tag: ", "secret-literals: ", "missing:", "run-as-non-root", "to decide:"];
    let places: Vec<usize> = order.iter().map(|word| part.find(word).expect(word)).collect();
    assert!(places.is_sorted(), "{}", output.stdout);
    assert!(!output.stdout.contains("correct-horse"));
}

#[test]
fn a_helm_template_and_a_kustomization_are_named_with_what_makes_manifests_of_them() {
    let folder = Scratch::new();
    folder.write("chart/templates/d.yaml", "a: {{ .Values.x }}\n---\nb: {{- if }}\n");
    folder.write("k/kustomization.yaml", "resources: [a.yaml]\n");
    folder.write("good.yaml", GOOD);
    let output = check_in_time(&[path(&folder)]);
    assert_eq!(output.code, 2, "{output:?}");
    let helm = "a Helm template: check what it makes, with `helm template RELEASE CHART | plimsoll check -`";
    assert_eq!(output.stdout.matches(helm).count(), 1, "{output:?}");
    let kustomize = format!("with `kubectl kustomize {}/k | plimsoll check -`", path(&folder));
    assert!(output.stdout.contains(&kustomize), "{output:?}");
}
