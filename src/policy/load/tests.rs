//! What is held of it by examples.

use super::*;
use crate::rules::catalog::CATALOG;

fn errors(text: &str) -> Vec<String> {
    load("p.yaml", text).err().unwrap_or_default().iter().map(ToString::to_string).collect()
}

fn policy(spec: &str) -> String {
    format!(
        "apiVersion: plimsoll.dev/v1alpha1\nkind: DeployPolicy\nmetadata:\n  name: p\nspec:\n{spec}"
    )
}

#[test]
fn a_misspelt_rule_names_the_nearest_one_and_its_line() {
    assert_eq!(
        errors(&policy("  rules:\n    run-as-nonroot: {}\n")),
        ["p.yaml:7:5: no rule is called `run-as-nonroot`; did you mean `run-as-non-root`?"]
    );
    assert_eq!(
        errors(&policy("  rules:\n    zzz: {}\n")),
        [format!(
            "p.yaml:7:5: no rule is called `zzz`; `plimsoll rules` lists all {}",
            CATALOG.len()
        )]
    );
}

#[test]
fn a_misspelt_parameter_or_mode_names_the_nearest_one_and_its_line() {
    assert_eq!(
        errors(&policy("  rules:\n    resource-limits:\n      resource: [cpu]\n")),
        ["p.yaml:8:7: `spec.rules.resource-limits` knows no `resource`; did you mean `resources`?"]
    );
    assert_eq!(
        errors(&policy("  rules:\n    privileged: {mod: warn}\n")),
        ["p.yaml:7:18: `spec.rules.privileged` knows no `mod`; did you mean `mode`?"]
    );
    assert_eq!(
        errors(&policy("  mode: denied\n  rules: {privileged: {}}\n")),
        ["p.yaml:6:3: `spec.mode` knows no `denied`; did you mean `deny`?"]
    );
    assert_eq!(
        errors(&policy("  rule: {privileged: {}}\n")),
        ["p.yaml:6:3: `spec` knows no `rule`; did you mean `rules`?"]
    );
}

#[test]
fn a_wrong_type_and_a_missing_field_name_themselves() {
    assert_eq!(
        errors(&policy("  rules: {resource-limits: {resources: cpu}}\n")),
        ["p.yaml:6:29: `spec.rules.resource-limits.resources`: expected a list, found text"]
    );
    assert_eq!(
        errors(&policy("  match: []\n  rules: {privileged: {}}\n")),
        ["p.yaml:6:3: `spec.match`: expected a mapping, found a list"]
    );
    assert_eq!(
        errors(&policy("  rules: {image-registry: {}}\n")),
        ["p.yaml:6:11: `spec.rules.image-registry` lacks the field `allowed`"]
    );
    assert_eq!(
        errors(&policy("  mode: deny\n")),
        ["p.yaml:5:1: `spec.rules` names no rule; `plimsoll rules` lists them all"]
    );
}

#[test]
fn a_value_that_makes_no_sense_is_refused_when_the_policy_is_read() {
    assert_eq!(
        errors(&policy("  rules: {image-registry: {allowed: [team]}}\n")),
        [
            "p.yaml:6:38: `spec.rules.image-registry.allowed[0]` `team` is no registry; write it with its host, such as `docker.io/library`"
        ]
    );
    assert_eq!(
        errors(&policy("  podSecurityVersion: v2\n  rules: {privileged: {}}\n")),
        [
            "p.yaml:6:3: `spec.podSecurityVersion`: `v2` is no version; write `latest` or `v1.0` to `v1.37`"
        ]
    );
    assert_eq!(
        errors(&policy("  match: {excludeUsers: ['*']}\n  rules: {privileged: {}}\n")),
        [
            "p.yaml:6:26: `spec.match.excludeUsers[0]` must be a whole name, or a beginning followed by one `*`"
        ]
    );
    assert_eq!(
        errors(&policy("  rules: {privileged: {denyFrom: \"2026-12-01T00:00:00Z\"}}\n")),
        [
            "p.yaml:6:24: `spec.rules.privileged.denyFrom` announces nothing, as the mode is `deny` already; set `mode: warn` beside it"
        ]
    );
    assert_eq!(
        errors(&policy("  rules: {}\n")),
        ["p.yaml:6:3: `spec.rules` names no rule; `plimsoll rules` lists them all"]
    );
}

#[test]
fn all_that_is_wrong_with_a_policy_is_said_at_once_in_the_order_of_its_lines() {
    let text = "  mode: denied
  match:
    kinds:
    - {group: y.example, kind: A, podTemplate: 7}
    - {group: y.example, kind: B, podTemplat: spec}
    - {group: y.example/v1, kind: C, podTemplate: spec.template}
    excludeUsers: [a, 7, '*', 8, b c ]
  rules:
    privileged: {mod: warn}
    image-registry: {}
    image-tag: {moving: [v1, 'v 1', 'v 2']}
    run-as-nonroot: {}
    resource-limits: {resources: cpu, mode: 7}
";
    assert_eq!(
        errors(&policy(text)),
        [
            "p.yaml:6:3: `spec.mode` knows no `denied`; did you mean `deny`?",
            "p.yaml:9:35: `spec.match.kinds[0].podTemplate`: expected a string, found a number",
            "p.yaml:10:35: `spec.match.kinds[1]` knows no `podTemplat`; did you mean `podTemplate`?",
            "p.yaml:11:8: `spec.match.kinds[2].group` `y.example/v1` names a version as well; write `y.example`",
            "p.yaml:12:23: `spec.match.excludeUsers[1]`: expected a string, found a number",
            "p.yaml:12:26: `spec.match.excludeUsers[2]` must be a whole name, or a beginning followed by one `*`",
            "p.yaml:12:31: `spec.match.excludeUsers[3]`: expected a string, found a number",
            "p.yaml:14:18: `spec.rules.privileged` knows no `mod`; did you mean `mode`?",
            "p.yaml:15:5: `spec.rules.image-registry` lacks the field `allowed`",
            "p.yaml:16:30: `spec.rules.image-tag.moving[1]` `v 1` is no tag of an image; one has letters, digits, `_`, `.` and `-`, at most 128, and begins with none of the last two",
            "p.yaml:16:37: `spec.rules.image-tag.moving[2]` `v 2` is no tag of an image; one has letters, digits, `_`, `.` and `-`, at most 128, and begins with none of the last two",
            "p.yaml:17:5: no rule is called `run-as-nonroot`; did you mean `run-as-non-root`?",
            "p.yaml:18:23: `spec.rules.resource-limits.resources`: expected a list, found text",
            "p.yaml:18:39: `spec.rules.resource-limits.mode`: expected a word, found a number",
        ]
    );
}

#[test]
fn a_rule_with_nothing_behind_its_colon_is_refused_as_a_cluster_would_strip_it() {
    assert_eq!(
        errors(&policy("  rules:\n    privileged:\n    seccomp: {}\n")),
        ["p.yaml:7:5: `spec.rules.privileged`: nothing stands behind the colon; write `{}`"]
    );
}

#[test]
fn what_an_operator_says_of_a_rule_is_one_line_and_an_address() {
    assert_eq!(
        errors(&policy("  rules:\n    privileged: {severity: bad, note: \"a\\nb\", link: wiki}\n")),
        [
            "p.yaml:7:18: `spec.rules.privileged.severity` knows no `bad`; it takes `low`, `medium`, `high`, `critical`",
            "p.yaml:7:33: `spec.rules.privileged.note` must be one line of text, of at most 300 characters",
            "p.yaml:7:47: `spec.rules.privileged.link` must be an address that begins with `https://`, of at most 300 characters",
        ]
    );
}

#[test]
fn what_kubectl_prints_is_a_policy_file() {
    let text = "apiVersion: v1
kind: List
metadata: {resourceVersion: ''}
items:
- apiVersion: plimsoll.dev/v1alpha1
  kind: DeployPolicy
  metadata:
    name: p
    uid: 6c9f
    generation: 3
    resourceVersion: '12'
    creationTimestamp: '2026-11-25T00:00:00Z'
    managedFields: [{manager: kubectl, fieldsV1: {'f:spec': {}}}]
  spec: {rules: {privileged: {}}}
  status: {conditions: []}
- apiVersion: plimsoll.dev/v1alpha1
  kind: PolicyException
  metadata: {name: e, namespace: shop}
  spec:
    rules: [privileged]
    select: {kind: Pod, name: a}
    reason: why
    expires: '2026-12-01T00:00:00Z'
";
    let documents = load_with("p.yaml", text, Unknown::IsWrong).expect("a file");
    assert_eq!((documents.policies.len(), documents.exceptions.len()), (1, 1));
    assert_eq!(documents.exceptions[0].title().as_ref(), "shop/e");
}

#[test]
fn all_that_is_wrong_with_an_exception_is_said_at_once() {
    let text = "apiVersion: plimsoll.dev/v1alpha1
kind: PolicyException
metadata: {name: e}
spec:
  rules: [privilegd, '*']
  select: {kind: pod, name: a, containers: [A]}
  found: [{field: 'spec[', values: []}]
  reason: ' '
  ticket: OPS-1
  expires: tomorrow
";
    assert_eq!(
        errors(text),
        [
            "p.yaml:7:28: `spec.found[0].values` has 0 elements, and needs 1 at least",
            "p.yaml:10:3: `spec.expires`: no moment; write one such as `2026-12-01T00:00:00Z`",
        ]
    );
    let count = CATALOG.len();
    let all =
        format!("p.yaml:5:22: `spec.rules[1]` `*` is no rule; `plimsoll rules` lists all {count}");
    assert_eq!(
        errors(&text.replace("tomorrow", "2026-12-01T00:00:00Z")),
        [
            "p.yaml:3:1: `metadata` lacks the field `namespace`: an exception excuses in its own namespace",
            "p.yaml:5:11: `spec.rules[0]` `privilegd` is no rule; did you mean `privileged`?",
            all.as_str(),
            "p.yaml:6:12: `spec.select.kind` is no kind, such as `StatefulSet`",
            "p.yaml:6:45: `spec.select.containers[0]` is the name of no container, which has lower-case letters, digits and `-`",
            "p.yaml:7:12: `spec.found[0].field` `spec[` is no field, such as `spec.template.spec.volumes[*].hostPath.path`",
            "p.yaml:7:28: `spec.found[0].values` names no value, so that nothing is excused",
            "p.yaml:8:3: `spec.reason` says nothing; say why",
        ]
    );
}

/// F-91.
#[test]
fn every_document_is_heard_and_one_bad_one_stops_the_file() {
    let text = format!(
        "{}---\nkind: Pod\n---\n{}",
        policy("  rules: {privileged: {}}\n"),
        policy("  rules: {x: {}}\n")
    );
    assert_eq!(errors(&text).len(), 2);
    assert_eq!(errors("# nothing\n"), ["p.yaml:1:1: holds no policy"]);
}

#[test]
fn what_is_longer_than_an_object_may_have_it_is_refused_once_and_with_its_limit() {
    let users: Vec<String> = (0..201).map(|index| format!("user-{index}")).collect();
    let text = format!(
        "  match: {{excludeUsers: [{}]}}\n  rules: {{privileged: {{}}}}\n",
        users.join(", ")
    );
    assert_eq!(
        errors(&policy(&text)),
        ["p.yaml:6:11: `spec.match.excludeUsers` has 201 elements, and may have 200"]
    );
    let tags = format!("  rules: {{image-tag: {{moving: [{}]}}}}\n", "a".repeat(129));
    assert_eq!(errors(&policy(&tags)).len(), 1, "the rule says it in its own words");
    let list =
        format!("  rules: {{image-registry: {{allowed: [{}a.b/c]}}}}\n", "a.b/c, ".repeat(200));
    assert_eq!(
        errors(&policy(&list)),
        ["p.yaml:6:28: `spec.rules.image-registry.allowed` has 201 elements, and may have 200"]
    );
}

#[test]
fn a_line_of_a_checklist_that_nothing_of_the_policy_answers_names_what_would() {
    let rules =
        "  rules:\n    privileged: {}\n    environment-contract: {variables: [{name: MODE}]}\n";
    let with = |lines: &str| errors(&policy(&format!("{rules}  checklist:\n{lines}")));
    assert_eq!(with("    - {row: A1, demands: by hand}\n"), [""; 0]);
    let good = "    - {row: A1, demands: x, rules: [privileged, environment-contract/MODE]}\n";
    assert_eq!(with(good), [""; 0]);
    assert_eq!(
        with("    - {row: A1, demands: x, rules: [priviledged, host-ports]}\n"),
        [
            "p.yaml:10:37: `spec.checklist[0].rules[0]` names `priviledged`, which the policy does not set; \
             did you mean `privileged`?",
            "p.yaml:10:50: `spec.checklist[0].rules[1]` names `host-ports`, which the policy does not set; \
             set `host-ports` under `spec.rules`",
        ]
    );
    assert_eq!(
        with("    - {row: A1, demands: x, rules: [environment-contract/MODES, privileged/x]}\n"),
        [
            "p.yaml:10:37: `spec.checklist[0].rules[0]` names `MODES`, of which \
             `environment-contract` demands nothing; did you mean `MODE`?",
            "p.yaml:10:65: `spec.checklist[0].rules[1]` names `x`, of which `privileged` demands nothing; write \
             `privileged` alone",
        ]
    );
    let twice = "    - {row: A1, demands: x}\n    - {row: A1, demands: z}\n";
    let text = "p.yaml:11:8: `spec.checklist[1].row` stands in another line already; give each a \
                number of its own";
    assert_eq!(with(twice), [text]);
}

#[test]
fn a_checklist_may_name_a_rule_that_a_newer_version_knows() {
    let text = policy(
        "  rules: {privileged: {}, of-tomorrow: {}}\n  checklist: [{row: A1, demands: x, rules: [of-tomorrow]}]\n",
    );
    let read = load_with("p.yaml", &text, Unknown::IsLeftOut).expect("it is left out");
    assert_eq!(read.policies[0].checklist.len(), 1);
    assert_eq!(read.policies[0].unknown.len(), 1, "{:?}", read.policies[0].unknown);
}
