//! Which policies `check` takes, and what it says of those that it does not.

use support::edit::replaced_once;
use support::scratch::Scratch;

use super::{BAD, GOOD, check, json};

/// F-91.
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
        .flat_map(|v| v["policies"].as_array().unwrap())
        .map(|name| name.as_str().unwrap())
        .collect();
    assert!(policies.contains(&"production") && policies.contains(&"restricted"), "{policies:?}");
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
        "  match:\n    namespaceSelector:\n      matchExpressions:\n      - key: kubernetes.io/metadata.name\n        operator: In\n        values: [shop, prod-*]\n  rules: {privileged: {}}",
    );
    policy(
        "b.yaml",
        "  match:\n    kinds:\n    - group: y.example/v1\n      kind: Foo\n      podTemplate: spec.template\n  rules: {privileged: {}}",
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
        let spec = format!(
            "{{mode: {mode}, match: {{kinds: [{kind}]}}, rules: {{resource-limits: {{}}}}}}"
        );
        folder.write(
            &format!("{name}.yaml"),
            &format!("{head}\nmetadata: {{name: {name}}}\nspec: {spec}\n"),
        )
    };
    let wrong = policy("wrong", "audit", "spec.pod");
    let right = policy("right", "deny", "spec.template");
    let rollout = replaced_once(BAD, "apps/v1", "argoproj.io/v1alpha1");
    let rollout = replaced_once(&rollout, "kind: Deployment", "kind: Rollout");
    let (wrong, right) = (wrong.to_str().unwrap(), right.to_str().unwrap());
    let output = check(&["--policy", wrong, "--policy", right, "-"], &rollout);
    assert_eq!(output.code, 1, "{output:?}");
    let line =
        "FAIL  Rollout shop/api  1/2 passed, no pod template at spec.pod: nothing is checked there";
    assert!(output.stdout.contains(line), "{output:?}");
}
