//! What the chart makes, held against its own policy and those of others.

use std::time::Duration;

use support::committed::repository;

use crate::cluster::Cluster;
use crate::command::{obtain, run_with};
use crate::scenario::release;
use crate::scenario::report::{self, Report};
use crate::settings::folder;

/// A namespace in which everything is judged: the product's own is left out by its registration.
const ELSEWHERE: &str = "elsewhere";

/// How soon a neighbour is known.
const KNOWN: Duration = Duration::from_secs(3);

/// The chart's objects pass the production policy, Pod Security and kube-score.
pub fn pass(report: &mut Report, cluster: &Cluster, program: &str) {
    let labels = "{pod-security.kubernetes.io/enforce: restricted, \
                  pod-security.kubernetes.io/warn: restricted}";
    let namespace = format!(
        "{{apiVersion: v1, kind: Namespace, metadata: {{name: {ELSEWHERE}, labels: {labels}}}}}"
    );
    cluster.kubectl_reading(&namespace, &["apply", "-f", "-"]).expect();
    // A dry run stores nothing, so that what its Pods mount would be missed there.
    let neighbour = format!(
        "{{apiVersion: v1, kind: ConfigMap, metadata: {{name: plimsoll-policies, namespace: {ELSEWHERE}}}}}"
    );
    cluster.kubectl_reading(&neighbour, &["create", "-f", "-"]).expect();
    std::thread::sleep(KNOWN);
    let text = rendered(cluster);
    let count = text.lines().filter(|line| line.starts_with("kind: ")).count();

    let words = ["apply", "--server-side", "--force-conflicts", "--dry-run=server", "-f", "-"];
    let applied = cluster.kubectl_reading(&text, &words);
    let seen = format!("{count} objects, {} warnings", applied.stderr.matches("Warning:").count());
    let claim =
        "all of them are let in by the production policy that is enforced, without a warning";
    report.claim(claim, applied.success && applied.stderr.is_empty(), &seen);
    if !applied.stderr.is_empty() {
        report::say(&applied.stderr);
    }
    let limit = Duration::from_mins(1);
    let file = folder().join("rendered.yaml");
    std::fs::write(&file, &text).expect("a file");
    let path = file.display().to_string();
    let checked = run_with(program.as_ref(), &["check", &path], &[], "", limit);
    report.claim(
        "`plimsoll check` passes them",
        checked.success,
        report::last_line(&checked.stdout),
    );

    let pods = release::pods(cluster);
    let labels = cluster.kubectl(&["get", "namespace", release::NAMESPACE, "-o", "json"]).json();
    let level = labels["metadata"]["labels"]["pod-security.kubernetes.io/enforce"].clone();
    let running = pods.iter().filter(|pod| pod.is_ready).count();
    let claim = "its Pods run where Pod Security enforces the restricted level";
    report.claim(claim, level == "restricted" && running == 2, &format!("{running} Pods"));

    // That a tag is pulled again each time it is asked for helps where tags move; these do not.
    let words = ["score", "--ignore-test", "container-image-pull-policy", "-o", "ci", &path];
    let scored = run_with(&obtain("install/kube-score"), &words, &[], "", limit);
    let critical: Vec<&str> =
        scored.stdout.lines().filter(|line| line.starts_with("[CRITICAL]")).collect();
    let seen = format!("{} remarks, {} critical", scored.stdout.lines().count(), critical.len());
    report.claim("kube-score finds nothing critical", scored.success && critical.is_empty(), &seen);
    for line in critical {
        report::say(line);
    }
}

/// The chart's defaults with the image of this run, for the other namespace.
fn rendered(cluster: &Cluster) -> String {
    let chart = repository().join("charts/plimsoll").display().to_string();
    let mut words: Vec<String> =
        ["template", "plimsoll", &chart, "--namespace", ELSEWHERE].map(str::to_owned).to_vec();
    // Without it helm asks no cluster, and takes it for a very old one.
    let version = cluster.kubectl(&["get", "--raw", "/version"]).json();
    let version = version["gitVersion"].as_str().unwrap_or_default().to_owned();
    words.extend(["--kube-version".to_owned(), version]);
    words.extend(release::image_values());
    cluster.helm(&words).expect()
}
