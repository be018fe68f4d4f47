//! Away with it, in every way there is: what stays behind under `Fail` would stop all writes.

use std::time::{Duration, Instant};

use support::committed::repository;

use crate::cluster::Cluster;
use crate::scenario::report::Report;
use crate::scenario::{losses, release, workloads};
use crate::settings::folder;
use crate::wait;

/// `helm uninstall`.
pub fn by_helm(report: &mut Report, cluster: &Cluster) {
    install(cluster);
    let begun = Instant::now();
    let words = ["uninstall", "plimsoll", "--namespace", release::NAMESPACE, "--wait"];
    let removed = cluster.helm(&words);
    report.claim("helm uninstall succeeds", removed.success, &removed.stderr);
    gone(report, cluster, begun);
    wait_for_pods_to_go(cluster);
    // What an emergency deletion is remembered by must not outlive the installation.
    losses::ensure(cluster, &["enforcement=deny"]);
    let again = wait::within(Duration::from_mins(1), || release::configuration(cluster));
    report.claim("installed again, it registers again", again.is_some(), "");
    let _ = cluster.helm(&words);
    cluster.kubectl(&["delete", "namespace", release::NAMESPACE]).expect();
    release::make_namespaces(cluster);
}

/// `kubectl delete -f` of what was installed with `kubectl apply -f`.
pub fn by_manifest(report: &mut Report, cluster: &Cluster) {
    let path = repository().join("manifests/install.yaml");
    let text = std::fs::read_to_string(&path)
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let file = folder().join("install.yaml");
    std::fs::write(&file, adapted(&text)).expect("a file");
    let file = file.display().to_string();
    let applied = cluster.kubectl(&["apply", "-f", &file]);
    report.claim("kubectl apply -f succeeds", applied.success, &applied.stderr);
    release::wait_until_settled(cluster);
    release::wait_until_fail_closed(cluster);
    report.claim("and enforces under failurePolicy Fail", true, "");
    let begun = Instant::now();
    let removed = cluster.kubectl(&["delete", "-f", &file]);
    report.claim("kubectl delete -f succeeds", removed.success, &removed.stderr);
    gone(report, cluster, begun);
    release::make_namespaces(cluster);
}

/// `kubectl delete namespace`, which knows nothing of what was in it.
pub fn by_namespace(report: &mut Report, cluster: &Cluster) {
    install(cluster);
    let begun = Instant::now();
    let removed = cluster.kubectl(&["delete", "namespace", release::NAMESPACE]);
    report.claim("kubectl delete namespace succeeds", removed.success, &removed.stderr);
    gone(report, cluster, begun);
}

fn install(cluster: &Cluster) {
    losses::ensure(cluster, &["enforcement=deny", "failurePolicy=Fail"]);
    release::wait_until_fail_closed(cluster);
}

/// The image of this run, and the values of this part, in place of the manifest's.
fn adapted(text: &str) -> String {
    let image = format!("{}:{}", release::REPOSITORY, release::TAG);
    let line = |line: &str| {
        let indent = &line[..line.len() - line.trim_start().len()];
        match line.trim_start().split_once(": ") {
            Some(("image", _)) => format!("{indent}image: {image}\n"),
            Some(("imagePullPolicy", _)) => format!("{indent}imagePullPolicy: Never\n"),
            _ => format!("{line}\n"),
        }
    };
    let text: String = text.lines().map(line).collect();
    let changed = text
        .replace("--enforcement=warn", "--enforcement=deny")
        .replace("--failure-policy=Ignore", "--failure-policy=Fail");
    assert_ne!(text, changed, "the manifest names the values otherwise");
    changed
}

/// Nothing stays behind that could be in the way of a write.
fn gone(report: &mut Report, cluster: &Cluster, begun: Instant) {
    let gone = wait::within(Duration::from_mins(1), || {
        release::configuration(cluster).is_none().then_some(())
    });
    // A replica that still runs must not put it back.
    std::thread::sleep(Duration::from_secs(15));
    let gone = gone.is_some() && release::configuration(cluster).is_none();
    let seen = format!("{:.0} s after the beginning", begun.elapsed().as_secs_f64());
    report.claim("no webhook configuration stays behind", gone, &seen);
    let mut api = cluster.api();
    for (what, object) in [("good", workloads::good()), ("bad", workloads::bad())] {
        let path = format!("{}?dryRun=All", workloads::PATH);
        let answer = api.create(&path, &object).expect("an answer");
        report.claim(
            &format!("a {what} Deployment is written"),
            answer.success(),
            answer.message(),
        );
    }
    if !gone {
        // Or nothing that follows could be told from this.
        let words = ["delete", "validatingwebhookconfiguration", "plimsoll", "--ignore-not-found"];
        let _ = cluster.kubectl(&words);
    }
}

fn wait_for_pods_to_go(cluster: &Cluster) {
    wait::until("all Pods are gone", Duration::from_mins(1), || {
        release::pods(cluster).is_empty().then_some(())
    });
}
