//! A real API server takes every render, and Helm's notes are three lines.

use std::path::PathBuf;
use std::sync::LazyLock;

use support::control_plane::ControlPlane;

use crate::helm::{Objects, chart, helm, rendered};
use crate::sets::SETS;

/// Nothing runs in it, and nothing is registered.
pub static CLUSTER: LazyLock<ControlPlane> = LazyLock::new(|| {
    let cluster = ControlPlane::start().expect("a control plane");
    let restricted = r#"{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"plimsoll",
        "labels":{"pod-security.kubernetes.io/warn":"restricted"}}}"#;
    let made = cluster.kubectl_stdin(&["apply", "-f", "-"], restricted);
    assert!(made.success(), "{made}");
    cluster
});

fn kubeconfig() -> PathBuf {
    CLUSTER.dir().join("admin.kubeconfig")
}

const DRY: &[&str] = &["apply", "--dry-run=server", "--validate=strict", "-f", "-"];

#[test]
fn every_object_of_every_render_is_one_that_the_api_server_takes() {
    for set in SETS.iter().filter(|set| set.is_plain) {
        let output = CLUSTER.kubectl_stdin(DRY, &rendered(set.arguments));
        assert!(output.success(), "{}: {output}", set.name);
        // Pod Security's restricted level warns about what it would refuse.
        let is_silent = !set.is_fit || !output.stderr.contains("Warning");
        assert!(is_silent, "{}: {}", set.name, output.stderr);
        let count = output.stdout.lines().count();
        assert_eq!(count, Objects::of(set.arguments).0.len(), "{}: {output}", set.name);
    }
}

#[test]
fn the_manifests_are_ones_that_the_api_server_takes() {
    for name in ["install.yaml", "audit-cronjob.yaml"] {
        let manifest = support::committed::repository().join("manifests").join(name);
        let text = std::fs::read_to_string(manifest).expect("the manifest");
        let output = CLUSTER.kubectl_stdin(DRY, &text);
        assert!(output.success(), "{output}");
        assert!(!output.stderr.contains("Warning"), "{output}");
    }
}

#[test]
fn helm_lints_every_combination_without_a_warning() {
    let chart = chart();
    let path = chart.to_str().unwrap();
    for set in SETS {
        let arguments: Vec<&str> =
            set.arguments.iter().copied().filter(|a| !a.starts_with("--api-versions")).collect();
        let fixed = ["lint", path, "--strict", "--kube-version", "1.36.0"];
        helm(&[&fixed, &arguments[..]].concat(), None)
            .unwrap_or_else(|error| panic!("{}: {error}", set.name));
    }
}

/// What Helm prints at the end of an installation with these arguments.
fn notes(arguments: &[&str]) -> Vec<String> {
    let chart = chart();
    let path = chart.to_str().unwrap();
    let fixed = ["install", "plimsoll", path, "--namespace", "plimsoll", "--dry-run=server"];
    let printed = helm(&[&fixed, arguments].concat(), Some(&kubeconfig()))
        .unwrap_or_else(|error| panic!("{arguments:?}: {error}"));
    let (_, notes) = printed.split_once("NOTES:\n").expect("notes");
    notes.lines().map(str::to_owned).collect()
}

#[test]
fn the_notes_say_in_four_lines_what_holds_what_was_found_what_enforces_and_what_that_does() {
    let [holds, found, enforces, does] = &notes(&[])[..] else { panic!("{:?}", notes(&[])) };
    assert!(holds.contains("production, with enforcement warn"), "{holds}");
    assert!(
        found.contains("kubectl logs -n plimsoll") && found.contains("\"held_back\""),
        "{found}"
    );
    assert!(enforces.contains("helm upgrade plimsoll "), "{enforces}");
    assert!(enforces.ends_with("--reuse-values --set enforcement=deny"), "{enforces}");
    assert!(does.ends_with("plimsoll preview"), "{does}");
    let lines = notes(&["--set=enforcement=deny,policies={baseline,restricted}"]);
    assert!(lines[0].contains("baseline, restricted, with enforcement deny"), "{lines:?}");
    assert!(lines[1].contains("\"denied\""), "{lines:?}");
    assert!(lines.len() == 3 && lines[2].ends_with("enforcement=warn"), "{lines:?}");
}
