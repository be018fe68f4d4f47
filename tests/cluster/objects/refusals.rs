//! What the API server itself refuses, in words that name the field, and what it takes out unasked.

use super::{apply, exception, exception_with, policy, stored};

/// The API server, asked with `flags`, refuses this and says all of that.
fn refused_with(flags: &[&str], text: &str, says: &[&str]) {
    let output = apply(&[&["--dry-run=server"], flags].concat(), text);
    assert!(!output.success(), "{text} is taken");
    for part in says {
        assert!(output.stderr.contains(part), "{part:?} is not in {}\n{text}", output.stderr);
    }
}

fn refused(text: &str, says: &[&str]) {
    refused_with(&[], text, says);
}

#[test]
fn a_misspelt_rule_key_or_parameter_is_refused_by_its_path() {
    let unknown = |path: &str| format!("strict decoding error: unknown field \"{path}\"");
    let cases = [
        ("{rules: {privileged: {}, run-as-nonroot: {}}}", "spec.rules.run-as-nonroot"),
        ("{rules: {resource-limits: {resource: [cpu]}}}", "spec.rules.resource-limits.resource"),
        ("{rules: {privileged: {mod: warn}}}", "spec.rules.privileged.mod"),
        ("{rules: {privileged: {}}, match: {namespaces: [a]}}", "spec.match.namespaces"),
        ("{rules: {privileged: {}}, modes: warn}", "spec.modes"),
    ];
    for (spec, path) in cases {
        refused(&policy("misspelt", spec), &[&unknown(path)]);
    }
    refused(&exception_with("misspelt", &[("ticked", "A-1")]), &[&unknown("spec.ticked")]);
}

const WRONG_VALUES: &[(&str, &str)] = &[
    (
        "{rules: {}}",
        "spec.rules: Invalid value: 0: spec.rules in body should have at least 1 properties",
    ),
    ("{mode: warn}", "names no rule: set one under `rules` or `custom`"),
    ("{custom: [{id: a-rule}]}", "spec.custom[0].expression: Required value"),
    ("{custom: [{id: A_rule, expression: 'true'}]}", "spec.custom[0].id: Invalid value"),
    (
        "{mode: denied, rules: {privileged: {}}}",
        "spec.mode: Unsupported value: \"denied\": supported values: ",
    ),
    ("{rules: {privileged: {mode: off}}}", "spec.rules.privileged.mode: "),
    (
        "{rules: {resource-limits: {resources: cpu}}}",
        "spec.rules.resource-limits.resources: Invalid value",
    ),
    ("{rules: {image-registry: {}}}", "spec.rules.image-registry.allowed: Required value"),
    ("{rules: {replicas: {min: 1}}}", "spec.rules.replicas.min: Invalid value: 1"),
    (
        "{rules: {privileged: {mode: warn, denyFrom: soon}}}",
        "spec.rules.privileged.denyFrom: Invalid value: \"soon\"",
    ),
    ("{rules: {privileged: {link: ftp://a}}}", "spec.rules.privileged.link: Invalid value"),
    ("{rules: {privileged: {severity: bad}}}", "spec.rules.privileged.severity: Unsupported value"),
    (
        "{rules: {privileged: {}}, podSecurityVersion: '1.30'}",
        "spec.podSecurityVersion: Invalid value",
    ),
    (
        "{rules: {privileged: {}}, match: {operations: [DELETE]}}",
        "spec.match.operations[0]: Unsupported value: \"DELETE\"",
    ),
    (
        "{rules: {privileged: {}}, match: {excludeUsers: ['*']}}",
        "spec.match.excludeUsers[0]: Invalid value",
    ),
    (
        "{rules: {privileged: {}}, match: {excludeGroups: ['system:auth*']}}",
        "spec.match.excludeGroups: Invalid value",
    ),
    (
        "{rules: {privileged: {}}, match: {objectSelector: {matchExpressions: [{key: a, operator: In}]}}}",
        "`In` and `NotIn` need values, `Exists` and `DoesNotExist` take none",
    ),
];

#[test]
fn a_wrong_value_is_refused_by_its_field() {
    for (spec, says) in WRONG_VALUES {
        refused(&policy("wrong", spec), &[says]);
    }
    let cases = [
        ("expires", "tomorrow", "spec.expires: Invalid value: \"tomorrow\""),
        ("expires", "\"2027-01-31\"", "spec.expires: Invalid value: \"2027-01-31\""),
        ("reason", "\" \"", "spec.reason: Invalid value"),
        ("rules", "[]", "spec.rules: Invalid value"),
        ("select", "{kind: statefulset, name: cache}", "spec.select.kind: Invalid value"),
        ("select", "{name: cache}", "spec.select.kind: Required value"),
    ];
    for (key, value, says) in cases {
        refused(&exception_with("wrong", &[(key, value)]), &[says]);
    }
    let says = ["spec.expires: Required value", "spec.reason: Required value"];
    refused(&exception("wrong", "{rules: [privileged], select: {kind: Pod, name: a}}"), &says);
}

#[test]
fn what_is_misspelt_is_taken_out_where_nobody_asks_for_strictness_and_nothing_that_demands_nothing_is_left()
 {
    let ignoring = ["--validate=ignore"];
    let text =
        policy("lenient", "{mode: warn, rules: {privileged: {mod: deny}, run-as-nonroot: {}}}");
    let output = apply(&ignoring, &text);
    assert!(output.success(), "{output}");
    let spec = stored(&["dpol", "lenient"])["spec"].clone();
    assert_eq!(spec["rules"], serde_json::json!({"privileged": {}}));
    let least = "spec.rules in body should have at least 1 properties";
    refused_with(&ignoring, &policy("nothing", "{rules: {run-as-nonroot: {}}}"), &[least]);
    // As is a rule with nothing behind its colon.
    refused(&policy("nothing", "{rules: {privileged: null}}"), &[least]);
    // It warns where it is asked to.
    let warned = apply(&["--validate=warn", "--dry-run=server"], &text);
    assert!(warned.success(), "{warned}");
    assert!(warned.stderr.contains("unknown field \"spec.rules.run-as-nonroot\""), "{warned}");
}
