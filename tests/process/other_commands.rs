//! The rest of the command line.

use plimsoll::cluster::objects::{EXCEPTIONS, POLICIES};
use plimsoll::rules::catalog::CATALOG;
use support::committed::assert_committed;
use support::scratch::Scratch;

use crate::check_command::run;
use crate::program;

#[test]
fn explain_shows_the_page_and_names_the_nearest_rule_for_a_misspelt_one() {
    for meta in CATALOG {
        let output = run(&["explain", &meta.id], "");
        assert_eq!(output.code, 0);
        assert!(
            output.stdout.contains(&*meta.checklist) && output.stdout.contains("## Fix"),
            "{}",
            meta.id
        );
    }
    let output = run(&["explain", "run-as-nonroot"], "");
    assert_eq!(output.code, 2);
    assert_eq!(
        output.stderr,
        "plimsoll: no rule is called `run-as-nonroot`; did you mean `run-as-non-root`?\n"
    );
}

#[test]
fn rules_lists_every_rule_with_its_severity() {
    let output = run(&["rules"], "");
    assert_eq!(output.stdout.lines().count(), CATALOG.len());
    for (line, meta) in output.stdout.lines().zip(CATALOG) {
        assert!(line.starts_with(&*meta.id) && line.ends_with(&*meta.checklist), "{line}");
    }
}

#[test]
fn crds_prints_the_definitions_of_both_kinds_and_the_manifest_holds_them() {
    let output = run(&["crds"], "");
    assert_eq!(output.code, 0, "{output:?}");
    let names: Vec<String> = plimsoll::yaml::documents(&output.stdout)
        .into_iter()
        .map(|node| node.expect("YAML").to_value()["metadata"]["name"].to_string())
        .collect();
    let expected = [POLICIES, EXCEPTIONS].map(|kind| format!("{:?}", kind.definition()));
    assert_eq!(names, expected);
    let head = "# Made by `make bless`: what `plimsoll crds` prints; do not edit.\n";
    assert_committed("manifests/crds.yaml", &format!("{head}{}", output.stdout));
}

#[test]
fn there_are_completions_for_the_common_shells_and_a_version() {
    for shell in ["bash", "zsh", "fish"] {
        let output = run(&["completions", shell], "");
        assert!(output.stdout.contains("explain") && output.code == 0, "{shell}");
    }
    assert_eq!(run(&["--version"], "").stdout, format!("plimsoll {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn a_wrong_start_says_what_to_do_and_serves_nothing() {
    let cases: [(&[&str], &str); 5] = [
        (&["serve"], "give `--tls-cert` and `--tls-key`, or `--self-signed`"),
        (&["serve", "--self-signed", "--policy", "no.yaml"], "cannot read `no.yaml`: No such file"),
        (&["serve", "--self-signed", "--log", "a=b=c"], "is no log filter"),
        (&["serve", "--self-signed", "--memory-budget", "1"], "`--memory-budget` is smaller"),
        (&["serve", "--tls-cert", "a"], "--tls-key"),
    ];
    for (arguments, says) in cases {
        let output = run(arguments, "");
        assert_eq!(output.code, 2, "{arguments:?}");
        assert!(output.stderr.contains(says), "{arguments:?}: {}", output.stderr);
    }
}

/// F-85, F-114.
#[test]
fn the_printed_configuration_is_one_object_that_lists_what_is_reviewed() {
    let output = run(&["serve", "--print-webhook-configuration", "https://a.example/validate"], "");
    assert_eq!(output.code, 0, "{output:?}");
    let node = plimsoll::yaml::documents(&output.stdout).remove(0).expect("YAML");
    let object: serde_json::Value = serde_json::from_str(&node.to_json()).unwrap();
    assert_eq!(object["kind"], "ValidatingWebhookConfiguration");
    let webhook = &object["webhooks"][0];
    assert_eq!(webhook["name"], "validate.plimsoll.dev");
    assert_eq!(webhook["sideEffects"], "None");
    assert_eq!(webhook["matchPolicy"], "Equivalent");
    assert_eq!(webhook["failurePolicy"], "Fail");
    assert!(webhook["timeoutSeconds"].as_i64().unwrap() <= 5);
    let text = webhook["rules"].to_string();
    for resource in [
        "pods",
        "pods/ephemeralcontainers",
        "pods/resize",
        "deployments",
        "cronjobs",
        "podtemplates",
    ] {
        assert!(text.contains(&format!("\"{resource}\"")), "{resource}");
    }
    assert!(!text.contains("leases") && !text.contains("\"pods/*\""), "{text}");
    assert!(!webhook["rules"].to_string().contains("\"resources\":[\"*"), "{text}");
}

#[test]
fn f125_the_printed_configuration_leaves_out_the_namespace_that_is_named_and_no_other() {
    let left_out = |arguments: &[&str]| {
        let print = ["serve", "--print-webhook-configuration", "https://a.example/validate"];
        let output = run(&[&print[..], arguments].concat(), "");
        assert_eq!(output.code, 0, "{output:?}");
        let node = plimsoll::yaml::documents(&output.stdout).remove(0).expect("YAML");
        let webhook = node.to_value()["webhooks"][0].take();
        webhook["namespaceSelector"]["matchExpressions"][0]["values"].to_string()
    };
    assert_eq!(left_out(&[]), r#"["kube-system","kube-node-lease"]"#);
    assert_eq!(left_out(&["--namespace", "gate"]), r#"["kube-system","kube-node-lease","gate"]"#);
    assert_eq!(left_out(&["--namespace", "kube-system"]), r#"["kube-system","kube-node-lease"]"#);
    let output = run(&["serve", "--self-signed", "--namespace", "No_Name"], "");
    assert!(
        output.code == 2 && output.stderr.contains("no namespace has such a name"),
        "{output:?}"
    );
}

#[test]
fn what_only_advises_is_registered_so_that_it_never_stands_in_the_way_of_a_write() {
    let folder = Scratch::new();
    let registered = |spec: &str, arguments: &[&str]| {
        let text = format!(
            "apiVersion: plimsoll.dev/v1alpha1\nkind: DeployPolicy\nmetadata: {{name: p}}\nspec: {spec}\n"
        );
        let policy = folder.write("p.yaml", &text);
        let print = ["serve", "--print-webhook-configuration", "https://a.example/validate"];
        let policy = ["--policy", policy.to_str().unwrap()];
        let output = run(&[&print[..], &policy, arguments].concat(), "");
        assert_eq!(output.code, 0, "{output:?}");
        let object = plimsoll::yaml::documents(&output.stdout).remove(0).unwrap().to_value();
        let webhook = &object["webhooks"][0];
        assert_eq!(object["webhooks"].as_array().unwrap().len(), 1);
        (webhook["name"].as_str().unwrap().to_owned(), webhook["failurePolicy"].clone())
    };
    let advises = ("advise.plimsoll.dev".to_owned(), "Ignore".into());
    let refuses = ("validate.plimsoll.dev".to_owned(), "Fail".into());
    assert_eq!(registered("{mode: warn, rules: {privileged: {}}}", &[]), advises);
    assert_eq!(registered("{mode: audit, rules: {privileged: {mode: warn}}}", &[]), advises);
    assert_eq!(registered("{mode: warn, rules: {privileged: {mode: deny}}}", &[]), refuses);
    let announced = "{mode: warn, rules: {privileged: {denyFrom: '2100-01-01T00:00:00Z'}}}";
    assert_eq!(registered(announced, &[]), refuses, "it will refuse");
    // The ceiling is a thing of the server, and changes nothing about what it is asked.
    assert_eq!(registered("{rules: {privileged: {}}}", &["--enforcement", "audit"]), refuses);
}

#[test]
fn the_throw_away_configuration_goes_to_standard_output_and_the_log_does_not() {
    let server = support::self_signed::serve(program());
    let configuration = support::self_signed::configuration(&server.0);
    assert!(configuration.contains("caBundle: ") && configuration.contains("https://127.0.0.1:"));
    assert!(server.1.starts_with("-----BEGIN CERTIFICATE-----"));
}
