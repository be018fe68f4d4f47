//! What the chart holds of other parts of the repository is what they say.

use std::collections::BTreeSet;
use std::process::Command;

use plimsoll::cluster::registration::{Registration, Target, configuration};
use plimsoll::policy::{BUILT_IN_POLICIES, PRODUCTION, Snapshot, load};
use plimsoll::rules::catalog::CATALOG;
use serde_json::Value;
use support::committed::assert_committed;

use crate::helm::rendered;

#[test]
fn the_policies_of_the_chart_are_the_shipped_ones() {
    for (name, text) in BUILT_IN_POLICIES {
        assert_committed(&format!("charts/plimsoll/files/policies/{name}.yaml"), text);
    }
}

/// Everything that some built-in rule reads, where the shipped policy `production` says which of it
/// may be refused.
fn superset() -> Snapshot {
    let production = BUILT_IN_POLICIES.iter().find(|(name, _)| *name == PRODUCTION).unwrap();
    let mut policies = load(production.0, production.1).expect("it loads");
    for rule in CATALOG {
        let id = &rule.id;
        let policy = format!(
            "apiVersion: plimsoll.dev/v1alpha1\nkind: DeployPolicy\nmetadata: {{name: {id}}}\n\
             spec: {{mode: warn, rules: {{{id}: {{}}}}}}\n"
        );
        // A rule that needs parameters is about what others are about as well.
        policies.extend(load(id, &policy).unwrap_or_default());
    }
    Snapshot::new(policies)
}

#[test]
fn the_rules_of_the_chart_are_all_that_built_in_rules_read() {
    let target = Target::url("https://plimsoll.example").unwrap();
    let made = configuration(&Registration::at(target).with_own_objects(), None, &superset());
    let made = serde_json::to_value(made).unwrap();
    let mut text = String::from(
        "# Made by `make bless` from the rules themselves; do not edit.\n\
         # What `registration.mode: chart` registers: all that built-in rules read.\nwebhooks:\n",
    );
    let mut resources = BTreeSet::new();
    for webhook in made["webhooks"].as_array().unwrap() {
        text += &format!("  - name: {}\n", webhook["name"].as_str().unwrap());
        if let Some(conditions) = webhook["matchConditions"].as_array() {
            text += "    matchConditions:\n";
            for condition in conditions {
                text += &format!("      - {}\n", ordered(condition, &["name", "expression"]));
            }
        }
        text += "    rules:\n";
        for rule in webhook["rules"].as_array().unwrap() {
            text += &format!("      - {}\n", ordered(rule, RULE));
            for resource in rule["resources"].as_array().unwrap() {
                assert!(resources.insert(format!("{} {resource}", rule["apiGroups"])), "twice");
            }
        }
    }
    assert!(resources.len() > 10, "{resources:?}");
    assert_committed("charts/plimsoll/files/webhook-rules.yaml", &text);
}

/// The members of a rule, in the order in which people write them.
const RULE: &[&str] = &["apiGroups", "apiVersions", "operations", "resources", "scope"];

/// An object in one line, with its members in this order.
fn ordered(object: &Value, members: &[&str]) -> String {
    let part =
        |name: &&str| (!object[*name].is_null()).then(|| format!("{name}: {}", object[*name]));
    format!("{{{}}}", members.iter().filter_map(part).collect::<Vec<_>>().join(", "))
}

#[test]
fn the_definitions_of_the_chart_are_those_that_the_command_prints() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_plimsoll"));
    let printed = command.arg("crds").output().expect("plimsoll runs").stdout;
    let printed = String::from_utf8(printed).unwrap();
    assert!(!printed.contains("{{"), "Helm would take it for its own");
    let mut text = String::from(
        "{{- /* Made by `make bless` from what `plimsoll crds` prints; do not edit. */}}\n\
         {{- if .Values.crds.install }}\n",
    );
    let mut count = 0;
    for line in printed.lines() {
        text += &format!("{line}\n");
        if line.starts_with("  name: ") {
            count += 1;
            text += "  labels:\n    {{- include \"plimsoll.labels\" . | nindent 4 }}\n  \
                     # With them every policy and exception would go.\n  \
                     annotations: {helm.sh/resource-policy: keep}\n";
        }
    }
    assert_eq!(count, 2, "the names of the two definitions");
    text += "{{- end }}\n";
    assert_committed("charts/plimsoll/templates/crds.yaml", &text);
}

#[test]
fn the_manifest_is_what_the_chart_renders() {
    let namespace = "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: plimsoll\n  labels:\n    \
                     app.kubernetes.io/name: plimsoll\n    \
                     pod-security.kubernetes.io/enforce: restricted\n    \
                     pod-security.kubernetes.io/warn: restricted\n";
    let head = "# Made by `make bless` from charts/plimsoll; do not edit. `kubectl apply -f` installs it.\n";
    let body = without_helm(&rendered(&["--no-hooks"]));
    assert_committed("manifests/install.yaml", &format!("{head}{namespace}{body}"));
}

#[test]
fn the_example_of_an_audit_is_what_the_chart_renders() {
    let head = "# Made by `make bless` from charts/plimsoll; do not edit. `kubectl apply -f` adds it to what\n\
                # manifests/install.yaml has installed.\n";
    let body =
        without_helm(&rendered(&["--set=audit.enabled=true", "--show-only", AUDIT_TEMPLATE]));
    assert_committed("manifests/audit-cronjob.yaml", &format!("{head}{body}"));
}

const AUDIT_TEMPLATE: &str = "templates/audit.yaml";

/// What the chart renders, for those who have no Helm.
fn without_helm(text: &str) -> String {
    // Nothing of it is Helm's, or would have to be taken over by it.
    let is_helms = |line: &str| {
        let line = line.trim_start();
        let helms = ["app.kubernetes.io/managed-by:", "helm.sh/chart:", "annotations: {helm.sh/"];
        helms.iter().any(|start| line.starts_with(start))
    };
    let lines = text.lines().filter(|line| !is_helms(line) && !line.starts_with("# Source:"));
    lines.map(|line| format!("{line}\n")).collect()
}
