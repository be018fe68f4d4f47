//! Upstream's check `hostProbesAndHostLifecycle` (baseline, 1.34).

use crate::rules::{Case, Finding, Meta, NoParams, Outcome, Remedy, Rule, Severity};
use crate::subject::{ContainerRef, Probe};
use crate::text::Quoted;

#[doc = include_str!("host_probes.md")]
pub struct HostProbes;

impl Rule for HostProbes {
    type Params = NoParams;
    const META: Meta = Meta {
        id: "host-probes",
        severity: Severity::Medium,
        checklist: "No probe or lifecycle hook makes the kubelet connect to another host.",
        rows: &["M26"],
        page: include_str!("host_probes.md"),
    };

    fn check(case: &Case<'_, '_>, _: &NoParams) -> Outcome {
        let mut findings = Vec::new();
        if !case.version.at_least(34) {
            return Ok(findings);
        }
        for c in case.pod.containers() {
            let spec = c.spec;
            hosts(&c, &["livenessProbe"], spec.liveness_probe.as_deref(), &mut findings);
            hosts(&c, &["readinessProbe"], spec.readiness_probe.as_deref(), &mut findings);
            hosts(&c, &["startupProbe"], spec.startup_probe.as_deref(), &mut findings);
            if let Some(lifecycle) = &spec.lifecycle {
                hosts(
                    &c,
                    &["lifecycle", "postStart"],
                    lifecycle.post_start.as_deref(),
                    &mut findings,
                );
                hosts(&c, &["lifecycle", "preStop"], lifecycle.pre_stop.as_deref(), &mut findings);
            }
        }
        Ok(findings)
    }
}

fn hosts(
    c: &ContainerRef<'_, '_>,
    keys: &[&'static str],
    handler: Option<&Probe<'_>>,
    findings: &mut Vec<Finding>,
) {
    let Some(handler) = handler else { return };
    for (action, key) in [(&handler.http_get, "httpGet"), (&handler.tcp_socket, "tcpSocket")] {
        let host = action.as_ref().and_then(|a| a.host.as_deref()).filter(|h| !h.is_empty());
        if let Some(host) = host {
            let at = c.at(keys).keys(&[key, "host"]);
            let hook = keys.last().copied().unwrap_or_default();
            let message = format!("{hook} of {c} connects to host {}", Quoted(host));
            findings.push(Finding::of(c, at.clone(), message, Remedy::remove(at)));
        }
    }
}
