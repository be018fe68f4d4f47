//! `plimsoll check` as people and CI run it.

use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::committed::{assert_committed, repository};
use crate::program;
use crate::scratch::Scratch;

/// What a command came to.
#[derive(Debug)]
pub struct Output {
    /// Exit status.
    pub code: i32,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

/// Runs the program in the repository's folder.
pub fn run(arguments: &[&str], stdin: &str) -> Output {
    let mut command = Command::new(program());
    command.args(arguments).current_dir(repository()).env_remove("NO_COLOR");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let _ = child.stdin.take().unwrap().write_all(stdin.as_bytes());
    let output = child.wait_with_output().unwrap();
    Output {
        code: output.status.code().unwrap(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// Runs `plimsoll check`.
pub fn check(arguments: &[&str], stdin: &str) -> Output {
    run(&[&["check"], arguments].concat(), stdin)
}

fn json(arguments: &[&str], stdin: &str) -> (Output, Value) {
    let output = check(&[&["--format", "json"], arguments].concat(), stdin);
    let value = serde_json::from_str(&output.stdout).unwrap_or(Value::Null);
    (output, value)
}

const GOOD: &str = include_str!("../workloads/good.yaml");
const BAD: &str = include_str!("../workloads/bad.yaml");

#[test]
fn exit_status_is_0_for_clean_1_for_violations_2_for_what_could_not_be_done() {
    assert_eq!(check(&["tests/workloads/good.yaml"], "").code, 0);
    assert_eq!(check(&["tests/workloads/bad.yaml"], "").code, 1);
    assert_eq!(check(&["tests/workloads"], "").code, 1);
    for arguments in
        [&["no/such.yaml"][..], &["--policy", "no/such.yaml", "-"], &["tests/core"], &[]]
    {
        assert_eq!(check(arguments, "").code, 2, "{arguments:?}");
    }
    assert_eq!(check(&["-"], "# nothing\n").code, 2, "nothing to check is no success");
    assert_eq!(check(&["-"], "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}").code, 0);
}

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
    assert_eq!(report["subjects"][0]["total"], 24);
    assert_eq!(report["subjects"][0]["passed"], 20);
}

#[test]
fn every_document_of_a_stream_is_judged_and_a_broken_one_hides_no_other() {
    let stream = format!("{GOOD}---\na: [1\n---\n{BAD}---\nkind: x\n");
    let (output, report) = json(&["-"], &stream);
    assert_eq!(output.code, 2);
    let subjects = report["subjects"].as_array().unwrap();
    assert_eq!(subjects.iter().map(|s| s["allowed"] == true).collect::<Vec<_>>(), [true, false]);
    let errors = report["errors"].as_array().unwrap();
    assert_eq!(errors.len(), 2, "{errors:?}");
    assert_eq!(errors[0]["line"], 44, "{errors:?}");
}

#[test]
fn lists_and_json_are_unfolded_and_lines_are_those_of_the_items() {
    let bad = BAD.replace('\n', "\n    ");
    let list = format!("apiVersion: v1\nkind: List\nitems:\n  - {bad}");
    let (_, report) = json(&["-"], &list);
    assert_eq!(report["subjects"][0]["name"], "api");
    let limits =
        report["violations"].as_array().unwrap().iter().find(|v| v["rule"] == "resource-limits");
    assert_eq!(limits.unwrap()["line"], 26);
    let node = plimsoll::yaml::documents(BAD).remove(0).unwrap();
    assert_eq!(check(&["-"], &node.to_json()).code, 1);
}

#[test]
fn references_resolve_against_the_other_objects_given() {
    let secret = "---\n{apiVersion: v1, kind: Secret, metadata: {name: api, namespace: shop}, stringData: {KEY: x}}\n";
    let (_, report) = json(&["-"], &format!("{GOOD}{}", secret.replace("KEY", "openai-api-key")));
    assert_eq!(report["violations"].as_array().unwrap().len(), 0);
    let (_, report) = json(&["-"], &format!("{GOOD}{secret}"));
    assert_eq!(report["violations"][0]["rule"], "secret-references");
    assert!(
        report["violations"][0]["message"].as_str().unwrap().contains("key \"openai-api-key\"")
    );
}

#[test]
fn a_policy_with_an_error_stops_the_run_and_names_file_line_and_nearest_key() {
    let folder = Scratch::new();
    let policy = folder.write(
        "policy.yaml",
        "apiVersion: plimsoll.dev/v1alpha1\nkind: DeployPolicy\nmetadata: {name: p}\nspec:\n  rules:\n    privilegd: {}\n",
    );
    let output = check(&["--policy", policy.to_str().unwrap(), "-"], GOOD);
    assert_eq!((output.code, output.stdout.as_str()), (2, ""));
    assert!(
        output.stderr.contains(":6:5: no rule is called `privilegd`; did you mean `privileged`?"),
        "{output:?}"
    );
}

#[test]
fn several_policies_are_all_in_force_and_a_folder_of_them_is_searched() {
    let (_, report) = json(&["--policy", "policies", "tests/workloads/bad.yaml"], "");
    let policies: Vec<&str> = report["violations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|v| v["policy"].as_str().unwrap())
        .collect();
    assert!(policies.contains(&"production") && policies.contains(&"restricted"), "{policies:?}");
}

#[test]
fn every_flag_is_a_variable_too() {
    let output = Command::new(program())
        .args(["check", "tests/workloads/bad.yaml"])
        .current_dir(repository())
        .envs([("PLIMSOLL_POLICY", "policies/baseline.yaml"), ("PLIMSOLL_FORMAT", "json")])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "the baseline has nothing against it");
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["subjects"][0]["total"], 12);
}

#[test]
fn a_link_out_of_the_folder_is_not_followed_and_one_within_it_is() {
    let outside = Scratch::new();
    let secret = outside.write("secret.yaml", BAD);
    let folder = Scratch::new();
    folder.write("..data/good.yaml", GOOD);
    std::os::unix::fs::symlink("..data/good.yaml", folder.path().join("good.yaml")).unwrap();
    assert_eq!(check(&[folder.path().to_str().unwrap()], "").code, 0);
    std::os::unix::fs::symlink(secret, folder.path().join("secret.yaml")).unwrap();
    let output = check(&[folder.path().to_str().unwrap()], "");
    assert_eq!(output.code, 2);
    assert!(output.stderr.contains("a link that leads out of the folder"), "{output:?}");
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let program = program().to_str().unwrap();
    let script = format!(
        "{program} check --policy policies tests/workloads | head -1; echo ${{PIPESTATUS[0]}}"
    );
    let output =
        Command::new("bash").args(["-c", &script]).current_dir(repository()).output().unwrap();
    let stdout = String::from_utf8_lossy(&output.stdout);
    assert!(stdout.trim_end().ends_with('1'), "{stdout}");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

#[test]
fn two_policies_of_one_name_are_refused_by_that_name() {
    let policy = ["--policy", "policies/baseline.yaml"];
    let output = check(&[&policy[..], &policy, &["-"]].concat(), GOOD);
    assert_eq!(output.code, 2);
    assert_eq!(output.stderr, "plimsoll: two policies are called `baseline`; rename one\n");
}

#[test]
fn a_policy_that_can_match_nothing_stops_the_run_with_every_file_line_and_field() {
    let folder = Scratch::new();
    let policy = |name: &str, spec: &str| {
        let head = "apiVersion: plimsoll.dev/v1alpha1\nkind: DeployPolicy";
        folder.write(name, &format!("{head}\nmetadata: {{name: p}}\nspec:\n{spec}\n"))
    };
    policy(
        "a.yaml",
        "  match:\n    namespaceSelector:\n      matchExpressions:\n      - key: kubernetes.io/metadata.name\n        operator: In\n        values: [shop, prod-*]\n  rules: {privileged: }",
    );
    policy(
        "b.yaml",
        "  match:\n    kinds:\n    - group: y.example/v1\n      kind: Foo\n      podTemplate: spec.template\n  rules: {privileged: }",
    );
    policy("c.yaml", "  rules:\n    image-tag:\n      moving: [latest, \"v1 \"]");
    let folder = folder.path().to_str().unwrap();
    let output = check(&["--policy", folder, "-"], GOOD);
    assert_eq!((output.code, output.stdout.as_str()), (2, ""));
    for error in [
        "a.yaml:10:24: `spec.match.namespaceSelector.matchExpressions[0].values[1]` `prod-*` is no value of a label;",
        "b.yaml:7:7: `spec.match.kinds[0].group` `y.example/v1` names a version as well; write `y.example`",
        "c.yaml:7:24: `spec.rules.image-tag.moving[1]` `v1 ` is no tag of an image;",
    ] {
        assert!(output.stderr.contains(error), "{error} is not in {}", output.stderr);
    }
}

#[test]
fn a_wrong_path_in_one_policy_takes_nothing_from_another_and_is_said() {
    let folder = Scratch::new();
    let policy = |name: &str, mode: &str, path: &str| {
        let head = "apiVersion: plimsoll.dev/v1alpha1\nkind: DeployPolicy";
        let kind = format!("{{group: argoproj.io, kind: Rollout, podTemplate: {path}}}");
        let spec =
            format!("{{mode: {mode}, match: {{kinds: [{kind}]}}, rules: {{resource-limits: }}}}");
        folder.write(
            &format!("{name}.yaml"),
            &format!("{head}\nmetadata: {{name: {name}}}\nspec: {spec}\n"),
        )
    };
    let wrong = policy("wrong", "audit", "spec.pod");
    let right = policy("right", "deny", "spec.template");
    let rollout =
        BAD.replace("apps/v1", "argoproj.io/v1alpha1").replace("kind: Deployment", "kind: Rollout");
    let (wrong, right) = (wrong.to_str().unwrap(), right.to_str().unwrap());
    let output = check(&["--policy", wrong, "--policy", right, "-"], &rollout);
    assert_eq!(output.code, 1, "{output:?}");
    let line = "FAIL  Rollout shop/api  1/2 passed, 1 audit finding, no pod template at spec.pod: nothing is checked there";
    assert!(output.stdout.contains(line), "{output:?}");
}
