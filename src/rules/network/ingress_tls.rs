//! What an Ingress serves goes over TLS.

use std::collections::HashSet;

use super::gateway;
use super::served::{Served, served, serves};
use crate::rules::annotations::{annotation, annotation_at, is_off, is_on};
use crate::rules::{
    Checked, Context, Evidence, Finding, Findings, NoParams, Remedy, Rule, RuleDescription,
    Severity, Standard, Text,
};
use crate::subject::{Entrance, Entrances, Ingress, IngressSpec};

#[doc = include_str!("ingress_tls.md")]
pub(crate) struct IngressTls;

/// Annotations by which a controller is given a certificate for all that the Ingress serves.
const CERTIFICATES: [&str; 7] = [
    "alb.ingress.kubernetes.io/certificate-arn",
    "appgw.ingress.kubernetes.io/appgw-ssl-certificate",
    "ingress.gcp.kubernetes.io/pre-shared-cert",
    "networking.gke.io/certmap",
    "networking.gke.io/managed-certificates",
    "route.openshift.io/termination",
    "traefik.ingress.kubernetes.io/router.tls.certresolver",
];

/// Annotations that say yes to TLS for all that the Ingress serves.
const SWITCHES: [&str; 5] = [
    "haproxy-ingress.github.io/ssl-passthrough",
    "haproxy.org/ssl-passthrough",
    "ingress.kubernetes.io/ssl-passthrough",
    "nginx.ingress.kubernetes.io/ssl-passthrough",
    "traefik.ingress.kubernetes.io/router.tls",
];

/// The ports of a load balancer of AWS, which has a certificate of these hosts wherever one is `HTTPS`.
const LISTEN_PORTS: &str = "alb.ingress.kubernetes.io/listen-ports";

/// The port to which that load balancer sends on who comes in plain text.
const LISTEN_REDIRECT: &str = "alb.ingress.kubernetes.io/ssl-redirect";

/// Annotations by which who comes in plain text is not sent on to TLS, and the one that overrules.
const REDIRECTS: [(&str, &str); 5] = [
    ("nginx.ingress.kubernetes.io/ssl-redirect", "nginx.ingress.kubernetes.io/force-ssl-redirect"),
    ("haproxy-ingress.github.io/ssl-redirect", ""),
    ("haproxy.org/ssl-redirect", ""),
    ("ingress.kubernetes.io/ssl-redirect", ""),
    ("nginx.org/ssl-redirect", ""),
];

impl Rule for IngressTls {
    type On = Entrances;
    type Params = NoParams;
    const DESCRIPTION: RuleDescription = RuleDescription {
        id: Text::Borrowed("ingress-tls"),
        group: Text::Borrowed("network"),
        severity: Severity::High,
        checklist: Text::Borrowed(
            "Every host of an Ingress has TLS, and plain text is sent there.",
        ),
        rows: &["R10", "R21", "M16"],
        standards: &[Standard::Cwe(319)],
        page: Text::Borrowed(include_str!("ingress_tls.md")),
    };

    fn applies(entrance: Entrance<'_>, _: &NoParams, _: &Context<'_>) -> bool {
        match entrance {
            Entrance::Ingress(ingress) => serves(ingress),
            Entrance::Gateway(gateway) => !gateway::listeners(gateway).is_empty(),
            // Whether what it takes in is in plain text, its Gateway says.
            Entrance::HttpRoute(_) => false,
        }
    }

    fn check(
        entrance: Entrance<'_>,
        _: &NoParams,
        cx: &Context<'_>,
        found: &mut Findings<'_>,
    ) -> Checked {
        match entrance {
            Entrance::Ingress(ingress) => of_ingress(ingress, cx, found),
            Entrance::Gateway(gateway) => gateway::plain(gateway, found),
            Entrance::HttpRoute(_) => Ok(()),
        }
    }
}

fn of_ingress(ingress: &Ingress<'_>, cx: &Context<'_>, found: &mut Findings<'_>) -> Checked {
    let Some(spec) = ingress.spec.as_deref() else { return Ok(()) };
    let secured = Secured::of(spec, cx, found)?;
    let mut is_any_secured = false;
    for served in served(ingress) {
        served.spend(found)?;
        if served.is_challenge() || served.is_otherwise() && !spec.rules.is_empty() {
            continue;
        }
        if secured.holds(&served) {
            is_any_secured = true;
            continue;
        }
        let remedy = Remedy::Advice(match served.host {
            Some(_) => {
                "name the host at spec.tls[].hosts, with the Secret of its certificate".to_owned()
            }
            None if served.is_otherwise() => {
                "give it a rule with a host, and name that at spec.tls[].hosts".to_owned()
            }
            None => "give it a host, and name that at spec.tls[].hosts".to_owned(),
        });
        let message = format!("{served} is served in plain text: it has no TLS");
        let evidence = || Evidence::new(served.facts("plain"));
        found.add(Finding::new(served.at(), message, remedy), evidence)?;
    }
    if is_any_secured { redirects(ingress, cx, found) } else { Ok(()) }
}

/// Finds what lets requests in plain text in beside those over TLS.
fn redirects(ingress: &Ingress<'_>, cx: &Context<'_>, found: &mut Findings<'_>) -> Checked {
    let is_plain = |(key, overruling): &&(&str, &str)| is_off(cx, key) && !is_on(cx, overruling);
    let listens = annotation(cx, LISTEN_PORTS).unwrap_or_default();
    let (key, remedy) = match REDIRECTS.iter().find(is_plain) {
        Some((key, _)) => (*key, Remedy::set(annotation_at(key), "true")),
        None if listens.contains("\"HTTP\"") && annotation(cx, LISTEN_REDIRECT).is_none() => {
            let advice = format!("set annotation {LISTEN_REDIRECT} to the port with TLS");
            (LISTEN_PORTS, Remedy::Advice(advice))
        }
        None => return Ok(()),
    };
    let message = format!("annotation {key} lets plain text in beside TLS");
    let evidence = || Evidence::new(served(ingress).flat_map(|s| s.facts("beside")));
    found.add(Finding::new(annotation_at(key), message, remedy), evidence)
}

/// Which hosts have TLS.
struct Secured<'s> {
    all: bool,
    hosts: HashSet<&'s str>,
    /// The domains whose direct subdomains have.
    domains: HashSet<&'s str>,
}

impl<'s> Secured<'s> {
    fn of(
        spec: &'s IngressSpec<'_>,
        cx: &Context<'_>,
        found: &mut Findings<'_>,
    ) -> Result<Self, crate::rules::Halt> {
        let is_given = |key: &&str| annotation(cx, key).is_some();
        let listens = annotation(cx, LISTEN_PORTS).unwrap_or_default();
        found.spend(listens.len())?;
        let all = CERTIFICATES.iter().any(is_given)
            || SWITCHES.iter().any(|key| is_on(cx, key))
            || listens.contains("HTTPS");
        let mut secured = Self { all, hosts: HashSet::new(), domains: HashSet::new() };
        for tls in &spec.tls {
            found.visit(1 + tls.hosts.len())?;
            secured.all |= tls.hosts.is_empty();
            for host in &tls.hosts {
                found.spend(2 * host.len())?;
                secured.hosts.insert(host);
                secured.domains.extend(host.strip_prefix("*."));
            }
        }
        Ok(secured)
    }

    fn holds(&self, served: &Served<'_, '_>) -> bool {
        let is_named = |host: &str| {
            let domain = host.split_once('.').map(|(_, domain)| domain);
            self.hosts.contains(host) || domain.is_some_and(|domain| self.domains.contains(domain))
        };
        self.all || served.host.is_some_and(is_named)
    }
}
