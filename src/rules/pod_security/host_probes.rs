//! Upstream's check `hostProbesAndHostLifecycle` (baseline, 1.34).

use crate::rules::{
    Checked, Context, Evidence, Finding, Findings, NoParams, Remedy, Rule, RuleDescription,
    Severity, Standard, Text,
};
use crate::subject::{ContainerRef, Handler, IntOrString, Pod, Pods};
use crate::text::Quoted;

#[doc = include_str!("host_probes.md")]
pub(crate) struct HostProbes;

impl Rule for HostProbes {
    type On = Pods;
    type Params = NoParams;
    const DESCRIPTION: RuleDescription = RuleDescription {
        id: Text::Borrowed("host-probes"),
        group: Text::Borrowed("pod-security"),
        severity: Severity::Medium,
        checklist: Text::Borrowed(
            "No probe or lifecycle hook makes the kubelet connect to another host.",
        ),
        rows: &["M26"],
        standards: &[Standard::PodSecurity("baseline"), Standard::Cwe(918)],
        page: Text::Borrowed(include_str!("host_probes.md")),
    };

    fn applies(_: &Pod<'_, '_>, _: &NoParams, cx: &Context<'_>) -> bool {
        cx.version.at_least(34)
    }

    fn check(
        pod: &Pod<'_, '_>,
        _: &NoParams,
        _: &Context<'_>,
        found: &mut Findings<'_>,
    ) -> Checked {
        for c in pod.containers() {
            found.visit(1)?;
            for handler in c.handlers() {
                hosts(&c, &handler, found)?;
            }
        }
        Ok(())
    }
}

fn hosts(c: &ContainerRef<'_, '_>, handler: &Handler<'_, '_>, found: &mut Findings<'_>) -> Checked {
    let Handler { keys, http_get, tcp_socket, .. } = *handler;
    let hook = handler.name();
    let mut add = |action: &'static str, host: &str, target: Vec<&str>| {
        found.visit(target.len())?;
        let at = c.at(keys).keys(&[action, "host"]);
        let message = format!("{hook} of {c} connects to host {}", Quoted(host));
        let evidence = || Evidence::of(c, [hook, action, host].into_iter().chain(target));
        found.add(Finding::of(c, at.clone(), message, Remedy::remove(at)), evidence)
    };
    if let Some((get, host)) = http_get.and_then(|get| Some((get, named(get.host.as_deref())?))) {
        let port = port_text(c, get.port.as_ref());
        // What the API server fills in is no change (`SetDefaults_HTTPGetAction`).
        let path = named(get.path.as_deref()).unwrap_or("/");
        let scheme = named(get.scheme.as_deref()).unwrap_or("HTTP");
        let protocol = named(get.protocol.as_deref()).unwrap_or("HTTP/1.1");
        let headers = get.http_headers.iter().flat_map(|header| {
            [
                header.name.as_deref().unwrap_or_default(),
                header.value.as_deref().unwrap_or_default(),
            ]
        });
        add(
            "httpGet",
            host,
            [&*port, path, scheme, protocol].into_iter().chain(headers).collect(),
        )?;
    }
    if let Some((socket, host)) = tcp_socket.and_then(|s| Some((s, named(s.host.as_deref())?))) {
        add("tcpSocket", host, vec![&*port_text(c, socket.port.as_ref())])?;
    }
    Ok(())
}

fn named(text: Option<&str>) -> Option<&str> {
    text.filter(|text| !text.is_empty())
}

/// The port's number, where it or the container's list of ports says it; else its name, which is
/// no number whatever it looks like.
fn port_text(c: &ContainerRef<'_, '_>, port: Option<&IntOrString<'_>>) -> String {
    let name = match port {
        None => return String::new(),
        Some(IntOrString::Int(number)) => return format!("{number}"),
        Some(IntOrString::String(name)) => name,
    };
    let mut ports = c.spec.ports.iter();
    let listed = ports.find(|port| port.name.as_deref() == Some(name.as_str()));
    match listed.and_then(|port| port.container_port) {
        Some(number) => format!("{number}"),
        None => format!("port {}", name.as_str()),
    }
}
