//! The chart, as it is installed on a Friday: it warns; and one value later it enforces.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use crate::api::Answer;
use crate::cluster::Cluster;
use crate::scenario::report::{self, Report};
use crate::scenario::{load, release, workloads};
use crate::wait;

/// `helm install` and nothing else.
pub fn with_defaults(report: &mut Report, cluster: &Cluster) {
    let begun = Instant::now();
    let installed = release::helm(cluster, "install", &[]);
    report.claim("helm install succeeds", installed.success, &installed.stderr);
    assert!(installed.success, "{installed}");
    let pods = release::wait_until_settled(cluster);
    let nodes: BTreeSet<&str> = pods.iter().map(|pod| pod.node.as_str()).collect();
    let seen: Vec<&str> = nodes.iter().copied().collect();
    report.claim("the replicas are on different nodes", nodes.len() == 2, &seen.join(", "));
    let appeared = wait::within(Duration::from_mins(1), || release::configuration(cluster));
    let seen = format!("{:.1} s after the beginning", begun.elapsed().as_secs_f64());
    report.claim("the webhook configuration appears by itself", appeared.is_some(), &seen);
    let policy = release::failure_policy(cluster).unwrap_or_default();
    report.claim("it begins with failurePolicy Ignore", policy == "Ignore", &policy);
    let mut api = cluster.api();
    let warned = wait::within(Duration::from_secs(30), || {
        let answer = release::try_bad(&mut api).ok().filter(Answer::success)?;
        (!answer.warnings.is_empty()).then_some(answer)
    });
    let warnings = warned.map(|answer| answer.warnings).unwrap_or_default();
    let first = warnings.first().cloned().unwrap_or_default();
    let seen = format!("{} warnings, such as {first}", warnings.len());
    report.claim("a bad Deployment is let in with warnings", !warnings.is_empty(), &seen);
    let good = release::try_good(&mut api).expect("an answer");
    let claim = "a good one is let in without any";
    report.claim(claim, good.success() && good.warnings.is_empty(), &good.warnings.join("; "));
    // Whoever has it in the log finds the line that enforces there.
    for line in installed.stdout.lines().skip_while(|line| !line.starts_with("NOTES")) {
        report::say(line);
    }
}

/// One value later.
pub fn enforced(report: &mut Report, cluster: &Cluster) {
    let begun = Instant::now();
    let upgraded = release::helm(cluster, "upgrade", &["enforcement=deny"]);
    report.claim("helm upgrade succeeds", upgraded.success, &upgraded.stderr);
    release::wait_until_settled(cluster);
    release::wait_until_enforced(cluster);
    let mut api = cluster.api();
    let bad = api.create(workloads::PATH, &workloads::bad()).expect("an answer");
    let message = bad.message().lines().next().unwrap_or_default();
    let seen = format!("{:.0} s after the beginning: {message}", begun.elapsed().as_secs_f64());
    report.claim("a bad Deployment is refused through the Service", load::is_refusal(&bad), &seen);
    let image = format!("{}:{}", release::REPOSITORY, release::TAG);
    let good = api.create(workloads::PATH, &workloads::running(&image)).expect("an answer");
    report.claim(
        "a good one is let in",
        good.success() && good.warnings.is_empty(),
        good.message(),
    );
    let path = format!("{}/runs", workloads::PATH);
    let ready = wait::within(Duration::from_mins(1), || {
        let object = api.get(&path).ok()?.body;
        object["status"]["readyReplicas"].as_u64().filter(|ready| *ready == 2)
    });
    report.claim("and runs", ready.is_some(), "2 Pods are ready");
    let _ = api.delete(&path);
}
