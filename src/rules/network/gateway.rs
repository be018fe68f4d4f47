//! What the rules about Ingresses demand of a Gateway and of its routes.

use crate::path::FieldPath;
use crate::rules::{Checked, Context, Evidence, Fact, Finding, Findings, Halt, Reach, Remedy};
use crate::subject::{Gateway, GatewayListener, HttpBackendRef, HttpRoute, Mapping, Str};
use crate::text::Quoted;

/// The listeners of a Gateway.
pub(super) fn listeners<'s>(gateway: &'s Gateway<'_>) -> &'s [Mapping<GatewayListener<'s>>] {
    gateway.spec.as_deref().map_or(&[], |spec| &spec.listeners)
}

fn host<'s>(listener: &'s GatewayListener<'_>) -> Option<&'s str> {
    listener.hostname.as_deref().filter(|host| !host.is_empty())
}

/// Whether requests for a host come to a listener for `of`.
fn takes(of: Option<&str>, host: Option<&str>) -> bool {
    let (Some(of), Some(host)) = (of, host) else { return of.is_none() };
    let domain = of.strip_prefix("*.").zip(host.split_once('.'));
    of == host || domain.is_some_and(|(domain, (_, rest))| domain == rest)
}

/// Finds listeners in plain text for whose host there is none with TLS: one beside may send requests on, which
/// its routes tell.
pub(super) fn plain(gateway: &Gateway<'_>, found: &mut Findings<'_>) -> Checked {
    let all = listeners(gateway);
    let secure = |listener: &&Mapping<GatewayListener<'_>>| {
        matches!(listener.protocol.as_deref(), Some("HTTPS" | "TLS"))
    };
    let secured: Vec<Option<&str>> = all.iter().filter(secure).map(|one| host(one)).collect();
    for (index, listener) in all.iter().enumerate() {
        found.visit(1 + secured.len())?;
        found.spend(2 * host(listener).map_or(0, str::len))?;
        let is_plain = listener.protocol.as_deref() == Some("HTTP");
        let is_secured = match host(listener) {
            None => !secured.is_empty(),
            host => secured.iter().any(|of| takes(*of, host)),
        };
        if !is_plain || is_secured {
            continue;
        }
        let name = listener.name.as_ref().map_or("", Str::as_str);
        let at = FieldPath::root().keys(&["spec", "listeners"]).index(index).key("protocol");
        let message =
            format!("listener {} is served in plain text: none has TLS for its host", Quoted(name));
        let advice = "add a listener with protocol: HTTPS and a certificate for the host";
        let finding = Finding::new(at, message, Remedy::Advice(advice.to_owned()));
        let of = host(listener).unwrap_or_default();
        found.add(finding, || Evidence::new([Fact::new(Reach::object(), ["plain", of])]))?;
    }
    Ok(())
}

/// Finds that a route takes requests for hosts that it does not name in full.
pub(super) fn wildcards(route: &HttpRoute<'_>, found: &mut Findings<'_>) -> Checked {
    let Some(spec) = route.spec.as_deref() else { return Ok(()) };
    let at = FieldPath::root().keys(&["spec", "hostnames"]);
    if spec.hostnames.is_empty() {
        let message = "the route takes requests for every host of its Gateway";
        let advice = format!("name its hosts at {at}");
        let finding = Finding::new(at, message, Remedy::Advice(advice));
        return found.add(finding, || Evidence::new([Fact::new(Reach::object(), ["every host"])]));
    }
    for (index, host) in spec.hostnames.iter().enumerate() {
        found.visit(1)?;
        found.spend(2 * host.len())?;
        if host.contains('*') {
            let at = at.clone().index(index);
            let message = format!("host {} is a wildcard", Quoted(host));
            let advice = format!("name each host in full at {at}");
            let finding = Finding::new(at, message, Remedy::Advice(advice));
            let fact = || Evidence::new([Fact::new(Reach::object(), ["every host", host])]);
            found.add(finding, fact)?;
        }
    }
    Ok(())
}

/// The Services that a route hands requests to, and where.
pub(super) fn backends<'s>(
    route: &'s HttpRoute<'_>,
) -> impl Iterator<Item = (FieldPath, &'s HttpBackendRef<'s>)> {
    let rules = route.spec.as_deref().map_or(&[][..], |spec| &spec.rules);
    let all = rules.iter().enumerate().flat_map(|(rule, of)| {
        of.backend_refs.iter().enumerate().map(move |(index, backend)| (rule, index, backend))
    });
    let is_service = |backend: &HttpBackendRef<'_>| {
        backend.group.as_deref().is_none_or(str::is_empty)
            && backend.kind.as_deref().is_none_or(|kind| kind == "Service")
    };
    let services = all.filter(move |(_, _, backend)| is_service(backend));
    services.map(|(rule, index, backend)| {
        let at = FieldPath::root().keys(&["spec", "rules"]).index(rule);
        let backend: &HttpBackendRef<'_> = backend;
        (at.key("backendRefs").index(index), backend)
    })
}

/// Finds Services and ports of a route that are not there.
pub(super) fn dangling(
    route: &HttpRoute<'_>,
    cx: &Context<'_>,
    found: &mut Findings<'_>,
) -> Result<(), Halt> {
    found.visit(route.spec.as_deref().map_or(0, |spec| spec.rules.len()))?;
    for (at, backend) in backends(route) {
        let name = backend.name.as_ref().map_or("", Str::as_str);
        let elsewhere = backend.namespace.as_ref().map(Str::as_str).filter(|name| !name.is_empty());
        found.visit(1)?;
        found.spend(2 * name.len())?;
        let number = backend.port.map(|port| port.to_string()).unwrap_or_default();
        let finding = match cx.neighbours.service(elsewhere.or(cx.namespace), name)? {
            None => {
                let at = at.key("name");
                let message = format!("there is no Service {}", Quoted(name));
                let advice = format!("create it, or name one that is there at {at}");
                Finding::new(at, message, Remedy::Advice(advice))
            }
            Some(service) => {
                found.visit(service.ports.count())?;
                let Some(port) = backend.port.filter(|port| !service.ports.may_have_number(*port))
                else {
                    continue;
                };
                let at = at.key("port");
                let message = format!("Service {} has no port {port}", Quoted(name));
                let advice = format!("name one of its ports (`port`, not `targetPort`) at {at}");
                Finding::new(at, message, Remedy::Advice(advice))
            }
        };
        let finding = if cx.is_write { finding.only_warns() } else { finding };
        let what = [elsewhere.unwrap_or_default(), name, &number];
        found.add(finding, || Evidence::new([Fact::new(Reach::object(), what)]))?;
    }
    Ok(())
}
