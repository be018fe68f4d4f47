//! A Service that the outside world can reach says for whom it is, or speaks TLS.

use super::at_each_port;
use crate::path::FieldPath;
use crate::rules::{
    Checked, Context, Evidence, Finding, Findings, NoParams, Remedy, Rule, RuleDescription,
    Severity, Standard, Text,
};
use crate::subject::{Service, ServiceSpec, Services};

#[doc = include_str!("service_exposure.md")]
pub(crate) struct ServiceExposure;

/// The annotation that was there before `loadBalancerSourceRanges`.
const SOURCES: &str = "service.beta.kubernetes.io/load-balancer-source-ranges";

/// Annotations by which the load balancers of the large providers are given a certificate.
const CERTIFICATES: [&str; 6] = [
    "service.beta.kubernetes.io/aws-load-balancer-ssl-cert",
    "service.beta.kubernetes.io/do-loadbalancer-certificate-id",
    "service.beta.kubernetes.io/do-loadbalancer-certificate-name",
    "service.beta.kubernetes.io/oci-load-balancer-tls-secret",
    "service.kubernetes.io/ibm-load-balancer-cloud-provider-tls-secret",
    "load-balancer.hetzner.cloud/http-certificates",
];

/// Annotations by which a load balancer gets an address of the private network only.
const INTERNAL: [(&str, &str); 8] = [
    ("networking.gke.io/load-balancer-type", "internal"),
    ("cloud.google.com/load-balancer-type", "internal"),
    ("service.beta.kubernetes.io/aws-load-balancer-internal", "true"),
    ("service.beta.kubernetes.io/aws-load-balancer-scheme", "internal"),
    ("service.beta.kubernetes.io/azure-load-balancer-internal", "true"),
    ("service.beta.kubernetes.io/openstack-internal-load-balancer", "true"),
    ("service.beta.kubernetes.io/oci-load-balancer-internal", "true"),
    ("service.kubernetes.io/ibm-load-balancer-cloud-provider-ip-type", "private"),
];

/// Protocols of a port that are spoken over TLS.
const OVER_TLS: [&str; 3] = ["https", "kubernetes.io/wss", "tls"];

impl Rule for ServiceExposure {
    type On = Services;
    type Params = NoParams;
    const DESCRIPTION: RuleDescription = RuleDescription {
        id: Text::Borrowed("service-exposure"),
        group: Text::Borrowed("network"),
        severity: Severity::Medium,
        checklist: Text::Borrowed(
            "No Service is open to the whole world, unless it declares its sources or TLS.",
        ),
        rows: &["R10", "R21", "M16"],
        standards: &[Standard::NsaCisa("Network separation and hardening"), Standard::Cwe(668)],
        page: Text::Borrowed(include_str!("service_exposure.md")),
    };

    fn check(
        service: &Service<'_>,
        _: &NoParams,
        cx: &Context<'_>,
        found: &mut Findings<'_>,
    ) -> Checked {
        let Some(spec) = service.spec.as_deref() else { return Ok(()) };
        found.visit(spec.load_balancer_source_ranges.len() + spec.ports.len())?;
        let at = FieldPath::root().keys(&["spec", "type"]);
        let (message, remedy) = match spec.kind.as_deref() {
            Some("NodePort") => (
                "the Service is open at a port of every node",
                Remedy::set(at.clone(), "ClusterIP"),
            ),
            Some("LoadBalancer") if is_open(spec, cx) => (
                "the Service is open to the whole world, and declares no TLS",
                Remedy::Advice(
                    "set spec.loadBalancerSourceRanges to those who may come, or end TLS there"
                        .to_owned(),
                ),
            ),
            _ => return Ok(()),
        };
        let evidence = || Evidence::new(at_each_port(message, spec));
        found.add(Finding::new(at, message, remedy), evidence)
    }
}

fn is_open(spec: &ServiceSpec<'_>, cx: &Context<'_>) -> bool {
    let annotation = |key: &str| cx.metadata.annotations.get(key).map(|value| value.trim());
    let is_set = |key: &&str| annotation(key).is_some_and(|value| !value.is_empty());
    let is_internal = INTERNAL
        .iter()
        .any(|(key, word)| annotation(key).is_some_and(|value| value.eq_ignore_ascii_case(word)));
    let mut listed = spec.load_balancer_source_ranges.iter().map(|range| range.trim()).peekable();
    let declares_sources = match listed.peek() {
        Some(_) => !listed.any(is_everybody),
        None => annotation(SOURCES).is_some_and(|ranges| {
            !ranges.is_empty() && !ranges.split(',').map(str::trim).any(is_everybody)
        }),
    };
    let is_over_tls = |protocol: Option<&str>| protocol.is_some_and(|p| OVER_TLS.contains(&p));
    let speaks_tls = !spec.ports.is_empty()
        && spec.ports.iter().all(|port| is_over_tls(port.app_protocol.as_deref()));
    !is_internal && !declares_sources && !speaks_tls && !CERTIFICATES.iter().any(is_set)
}

/// Whether a range of addresses holds so many that a few such ranges are all that there are: wider
/// than any network of its own (RFC 1918, RFC 4193).
fn is_everybody(range: &str) -> bool {
    let widest = if range.contains(':') { 7 } else { 8 };
    match range.split_once('/').map(|(_, length)| length.parse::<u8>()) {
        Some(Ok(length)) => length < widest,
        // The API server takes no such range.
        Some(Err(_)) | None => true,
    }
}
