//! Policies and exceptions as objects: what a real API server says of them by their definitions alone,
//! with no server of ours running.

mod agreement;
mod refusals;

use std::fs;
use std::process::Command;
use std::sync::LazyLock;

use plimsoll::cluster::objects::{EXCEPTIONS, OwnKind, POLICIES};
use support::committed::repository;
use support::control_plane::{ControlPlane, Output};

/// A control plane that knows the two kinds.
static CLUSTER: LazyLock<ControlPlane> = LazyLock::new(|| {
    let cluster = ControlPlane::start().unwrap();
    let manifest = repository().join("manifests/crds.yaml");
    let manifest = manifest.to_str().unwrap();
    for flags in [&[][..], &["--server-side"]] {
        let applied = cluster.kubectl(&[&["apply", "-f", manifest], flags].concat());
        assert!(applied.success() && applied.stderr.is_empty(), "{flags:?}: {applied}");
    }
    for definition in [POLICIES, EXCEPTIONS].map(OwnKind::definition) {
        let name = format!("crd/{definition}");
        let wait = ["wait", "--for=condition=Established", "--timeout=30s", &name];
        assert!(cluster.kubectl(&wait).success());
    }
    assert!(cluster.kubectl(&["create", "namespace", "shop"]).success());
    cluster
});

fn policy(name: &str, spec: &str) -> String {
    format!(
        "apiVersion: plimsoll.dev/v1alpha1\nkind: DeployPolicy\nmetadata: {{name: {name}}}\n\
         spec: {spec}\n"
    )
}

fn exception(name: &str, spec: &str) -> String {
    format!(
        "apiVersion: plimsoll.dev/v1alpha1\nkind: PolicyException\n\
         metadata: {{name: {name}, namespace: shop}}\nspec: {spec}\n"
    )
}

/// An exception that is as it should be but for what `other` puts in the place of a field.
fn exception_with(name: &str, other: &[(&str, &str)]) -> String {
    let usual = [
        ("rules", "[read-only-root-filesystem]"),
        ("select", "{kind: StatefulSet, name: cache, containers: [redis]}"),
        ("reason", "the vendor's image writes"),
        ("expires", "\"2027-01-31T00:00:00Z\""),
    ];
    let is_usual = |key: &str| !other.iter().any(|(name, _)| *name == key);
    let fields = usual.iter().filter(|(key, _)| is_usual(key)).chain(other);
    let fields: Vec<String> = fields.map(|(key, value)| format!("{key}: {value}")).collect();
    exception(name, &format!("{{{}}}", fields.join(", ")))
}

fn apply(flags: &[&str], text: &str) -> Output {
    CLUSTER.kubectl_stdin(&[&["apply", "-f", "-"], flags].concat(), text)
}

fn applied(text: &str) -> Output {
    let output = apply(&[], text);
    assert!(output.success() && output.stderr.is_empty(), "{output}\n{text}");
    output
}

fn stored(what: &[&str]) -> serde_json::Value {
    CLUSTER.kubectl(&[&["get", "-o", "json"], what].concat()).json()
}

#[test]
fn the_definitions_are_structural_and_all_their_names_are_accepted() {
    for definition in [POLICIES, EXCEPTIONS].map(OwnKind::definition) {
        let live = stored(&["crd", &definition]);
        for condition in live["status"]["conditions"].as_array().unwrap() {
            let (name, status) = (&condition["type"], &condition["status"]);
            let is_good = *status == (*name != "NonStructuralSchema").to_string().replace('t', "T");
            assert!(is_good, "{condition}");
        }
        let short = stored(&[live["spec"]["names"]["shortNames"][0].as_str().unwrap(), "-A"]);
        assert_eq!(short["kind"], "List");
    }
    assert!(CLUSTER.kubectl(&["get", "plimsoll", "-A"]).success(), "the category");
}

#[test]
fn every_shipped_policy_is_an_object() {
    for name in ["production", "baseline", "restricted"] {
        let file = repository().join(format!("policies/{name}.yaml"));
        applied(&fs::read_to_string(file).unwrap());
    }
}

#[test]
fn explain_tells_of_a_rule_and_of_its_parameters() {
    let explained = |path: &str| {
        let output = CLUSTER.kubectl(&["explain", path]);
        assert!(output.success(), "{output}");
        output.stdout.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let rule = explained("deploypolicy.spec.rules.run-as-non-root");
    assert!(rule.contains("Containers run as a user") || rule.contains("root"), "{rule}");
    assert!(
        rule.contains("denyFrom <string>") && rule.contains("enum: audit, warn, deny"),
        "{rule}"
    );
    let parameter = explained("deploypolicy.spec.rules.resource-limits.resources");
    assert!(parameter.contains("Where it is not set: `[\"cpu\",\"memory\"]`."), "{parameter}");
    let expires = explained("policyexception.spec.expires");
    assert!(expires.contains("From this moment on it excuses nothing."), "{expires}");
}

#[test]
fn a_list_shows_the_mode_of_a_policy_and_the_end_of_an_exception() {
    applied(&policy("listed", "{mode: warn, rules: {privileged: {}, replicas: {min: 3}}}"));
    applied(&exception_with("listed", &[]));
    let status = r#"{"status": {"observedGeneration": 1, "mode": "warn", "rulesInForce": 2,
        "rules": ["privileged", "replicas"], "notInForce": [],
        "conditions": [{"type": "Ready", "status": "True", "reason": "InForce", "message": "",
                        "lastTransitionTime": "2026-12-01T00:00:00Z"}]}}"#;
    let patch = ["--subresource=status", "--type=merge", "-p", status];
    let policies = [&["patch", "dpol", "listed"][..], &patch].concat();
    let patched = CLUSTER.kubectl(&policies);
    assert!(patched.success() && patched.stderr.is_empty(), "{patched}");
    let row = |arguments: &[&str]| {
        let output = CLUSTER.kubectl(&[&["get"], arguments].concat());
        let words = |line: &str| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        output.stdout.lines().map(words).collect::<Vec<_>>()
    };
    let rows = row(&["deploypolicy", "listed"]);
    assert_eq!(rows[0], ["NAME", "MODE", "READY", "RULES", "AGE"]);
    assert_eq!(rows[1][..4], ["listed", "warn", "True", "2"]);
    let rows = row(&["deploypolicy", "listed", "-o", "wide"]);
    assert_eq!(rows[1].last().unwrap(), "InForce");
    let rows = row(&["policyexception", "-n", "shop", "listed"]);
    assert_eq!(rows[0], ["NAME", "RULES", "KIND", "OBJECT", "EXPIRES", "READY", "AGE"]);
    let wanted = ["listed", "[\"read-only-root-filesystem\"]", "StatefulSet", "cache"];
    assert_eq!(rows[1][..4], wanted);
    assert_eq!(rows[1][4], "2027-01-31T00:00:00Z");
    // Whatever is written there, a status is of its own, and no part of the policy.
    let again = applied(&policy("listed", "{mode: deny, rules: {privileged: {}}}"));
    assert!(again.stdout.contains("configured"), "{again}");
    assert_eq!(stored(&["dpol", "listed"])["status"]["rulesInForce"], 2);
}

#[test]
fn what_is_stored_is_what_was_written_and_two_words_that_mean_the_same_for_ever() {
    applied(&policy("plain", "{rules: {resource-limits: {}, privileged: {note: as agreed}}}"));
    let spec = stored(&["dpol", "plain"])["spec"].clone();
    let expected = serde_json::json!({
        "mode": "deny", "podSecurityVersion": "latest",
        "rules": {"resource-limits": {}, "privileged": {"note": "as agreed"}}
    });
    assert_eq!(spec, expected);
}

#[test]
fn what_the_api_server_hands_out_is_a_policy_file() {
    applied(&policy("handed-out", "{rules: {privileged: {}}}"));
    applied(&exception_with("handed-out", &[]));
    let bad = repository().join("tests/workloads/bad.yaml");
    for what in ["deploypolicy", "deploypolicy,policyexception"] {
        let printed = CLUSTER.kubectl(&["get", what, "-A", "-o", "yaml"]);
        assert!(printed.stdout.contains("kind: List"), "{printed}");
        let file = CLUSTER.dir().join("handed-out.yaml");
        fs::write(&file, &printed.stdout).unwrap();
        let output = Command::new(env!("CARGO_BIN_EXE_plimsoll"))
            .args(["check", "--policy"])
            .args([&file, &bad])
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.code().is_some_and(|code| code < 2), "{said}\n{printed}");
    }
}
