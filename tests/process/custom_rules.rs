//! Custom rules on the command line: explained, held against cases, imported.

use support::scratch::Scratch;

use crate::check_command::run;

const POLICY: &str = "apiVersion: plimsoll.dev/v1alpha1
kind: DeployPolicy
metadata: {name: p}
spec:
  custom:
    - id: fixed-team
      message: the team of a pod does not change
      expression: \"oldObject == null || object.metadata.labels.team == oldObject.metadata.labels.team\"
    - id: not-by-eve
      expression: \"request.userInfo.username != 'eve'\"
      note: \"ask #platform\"
";

const CASES: &str = "apiVersion: plimsoll.dev/v1alpha1
kind: PolicyCases
policies: [p.yaml]
cases:
  - name: a new pod may be of any team
    user: jane
    resource: &pod
      apiVersion: v1
      kind: Pod
      metadata: &meta {name: a, namespace: shop, labels: {team: one}}
      spec: {containers: [{name: a, image: \"a:1\"}]}
    expect: {allowed: true, denied: []}
  - name: it stays with its team
    user: jane
    oldResource: *pod
    resource: {<<: *pod, metadata: {<<: *meta, labels: {team: other}}}
    expect: {allowed: false, denied: [fixed-team]}
  - name: eve makes none
    user: eve
    resource: *pod
    expect: {allowed: false, denied: [not-by-eve]}
";

#[test]
fn a_case_of_a_policy_knows_what_was_there_before_and_who_asks() {
    let folder = Scratch::new();
    folder.write("p.yaml", POLICY);
    let cases = folder.write("p.cases.yaml", CASES);
    let output = run(&["test", cases.to_str().unwrap()], "");
    assert_eq!((output.code, output.stderr.as_str()), (0, ""), "{output:?}");
    assert!(output.stdout.ends_with("3 passed, 0 failed\n"), "{output:?}");
}

#[test]
fn explain_shows_a_custom_rule_with_its_policy_in_hand() {
    let folder = Scratch::new();
    let policy = folder.write("p.yaml", POLICY);
    let policy = policy.to_str().unwrap();
    let output = run(&["explain", "not-by-eve", "--policy", policy], "");
    assert_eq!(output.code, 0, "{output:?}");
    for part in
        ["not-by-eve (medium severity)", "request.userInfo.username != 'eve'", "ask #platform"]
    {
        assert!(output.stdout.contains(part), "{part}: {output:?}");
    }
    let output = run(&["explain", "not-by-ev", "--policy", policy], "");
    assert_eq!(output.code, 2);
    assert!(output.stderr.contains("did you mean `not-by-eve`?"), "{output:?}");
}

/// A policy of the API server about Deployments, and its binding.
fn own_policy(spec: &str, binding: &str) -> String {
    format!(
        "apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {{name: few-replicas}}
spec:
  matchConstraints: {{resourceRules: [{{apiGroups: [apps], apiVersions: [v1], operations: [CREATE], resources: [deployments]}}]}}
  validations: [{{expression: 'object.spec.replicas <= 5', message: too many}}]
{spec}---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {{name: few-replicas}}
spec:
  policyName: few-replicas
  validationActions: [Deny, Audit]
{binding}"
    )
}

const DEPLOYMENT: &str = "apiVersion: apps/v1
kind: Deployment
metadata: {name: a}
spec:
  replicas: 9
  selector: {matchLabels: {a: b}}
  template: {metadata: {labels: {a: b}}, spec: {containers: [{name: a, image: 'a:1'}]}}
";

#[test]
fn what_is_imported_whole_is_a_policy_that_check_takes() {
    let folder = Scratch::new();
    let own = folder.write("vap.yaml", &own_policy("", ""));
    let output = run(&["import", "vap", own.to_str().unwrap()], "");
    assert_eq!((output.code, output.stderr.as_str()), (0, ""), "{output:?}");
    let policy = folder.write("imported.yaml", &output.stdout);
    let object = folder.write("a.yaml", DEPLOYMENT);
    let flags = ["check", "--policy", policy.to_str().unwrap(), object.to_str().unwrap()];
    let output = run(&flags, "");
    assert!(output.code == 1 && output.stdout.contains("few-replicas: too many"), "{output:?}");
}

#[test]
fn what_is_not_carried_over_is_named_and_ends_with_1() {
    for (spec, binding, lost) in [
        ("  failurePolicy: Ignore\n", "", "`failurePolicy: Ignore`"),
        ("  auditAnnotations: [{key: a, valueExpression: \"'b'\"}]\n", "", "`auditAnnotations`"),
        (
            "  paramKind: {apiVersion: v1, kind: ConfigMap}\n",
            "  paramRef: {name: limits}\n",
            "`paramRef`: ConfigMap limits is not among the files",
        ),
        (
            "  paramKind: {apiVersion: v1, kind: ConfigMap}\n",
            "  paramRef: {selector: {}}\n",
            "`paramRef.selector`",
        ),
        (
            "  matchConditions: [{name: a, expression: 'authorizer.x'}]\n",
            "",
            "there is no variable `authorizer`",
        ),
        (
            "",
            "  matchResources: {excludeResourceRules: [{apiGroups: [apps], apiVersions: [v1], operations: ['*'], resources: [deployments]}]}\n",
            "`excludeResourceRules`",
        ),
    ] {
        let folder = Scratch::new();
        let own = folder.write("vap.yaml", &own_policy(spec, binding));
        let output = run(&["import", "vap", own.to_str().unwrap()], "");
        assert_eq!(output.code, 1, "{output:?}");
        assert!(
            output.stderr.contains("few-replicas: not carried over: ")
                && output.stderr.contains(lost),
            "{lost}: {output:?}"
        );
    }
}

#[test]
fn parameters_of_one_namespace_that_are_to_be_those_of_each_are_named() {
    let of = |namespace: &str| {
        let folder = Scratch::new();
        let own = own_policy(
            "  paramKind: {apiVersion: v1, kind: ConfigMap}\n",
            &format!("  paramRef: {{name: limits{namespace}}}\n"),
        );
        let limits =
            "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: limits, namespace: shop}\n";
        let own = folder.write("vap.yaml", &format!("{own}{limits}"));
        run(&["import", "vap", own.to_str().unwrap()], "")
    };
    let output = of(", namespace: shop");
    assert_eq!((output.code, output.stderr.as_str()), (0, ""), "{output:?}");
    let output = of("");
    assert!(output.code == 1 && output.stderr.contains("ConfigMap shop/limits"), "{output:?}");
}

#[test]
fn a_policy_without_a_spec_is_named() {
    let folder = Scratch::new();
    let whole = own_policy("", "");
    let (policy, binding) = whole.split_once("---").unwrap();
    let bare = policy.split("spec:").next().unwrap();
    let own = folder.write("vap.yaml", &format!("{bare}---{binding}"));
    let output = run(&["import", "vap", own.to_str().unwrap()], "");
    assert!(output.code == 1 && output.stderr.contains("it has no `spec`"), "{output:?}");
}

#[test]
fn what_cannot_be_read_ends_with_2() {
    for text in ["a: [", "kind: Pod\n", &own_policy("  validations: 7\n", "")] {
        let output = run(&["import", "vap", "-"], text);
        assert_eq!(output.code, 2, "{output:?}");
        assert!(output.stdout.is_empty() && !output.stderr.is_empty(), "{output:?}");
    }
}
