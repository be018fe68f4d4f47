//! Not ready means wait, not alive means kill: one question cannot mean both.

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::rules::{
    Checked, Context, Evidence, Fact, Finding, Findings, Halt, Params, Reach, Remedy, Rule,
    RuleDescription, Severity, Standard, Text,
};
use crate::subject::{ContainerRef, HttpGetAction, IntOrString, Pod, Pods, Probe};

#[doc = include_str!("identical_probes.md")]
pub(crate) struct IdenticalProbes;

/// Which probes count as the same.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct IdenticalProbesParams {
    /// Also those that ask the same, where the liveness probe waits longer than the other one.
    pub always: bool,
}

impl Params for IdenticalProbesParams {}

impl Rule for IdenticalProbes {
    type On = Pods;
    type Params = IdenticalProbesParams;
    const DESCRIPTION: RuleDescription = RuleDescription {
        id: Text::Borrowed("identical-probes"),
        group: Text::Borrowed("health"),
        severity: Severity::Medium,
        checklist: Text::Borrowed("No container is restarted as soon as it is not ready."),
        rows: &["R14", "R16", "M27"],
        standards: &[Standard::Cwe(703)],
        page: Text::Borrowed(include_str!("identical_probes.md")),
    };

    fn applies(pod: &Pod<'_, '_>, _: &IdenticalProbesParams, _: &Context<'_>) -> bool {
        pod.containers().any(|c| both(&c).is_some())
    }

    fn check(
        pod: &Pod<'_, '_>,
        params: &IdenticalProbesParams,
        _: &Context<'_>,
        found: &mut Findings<'_>,
    ) -> Checked {
        for c in pod.containers() {
            found.visit(1)?;
            let Some((liveness, readiness)) = both(&c) else { continue };
            let asked = asked(&c, liveness, found)?;
            if asked.is_empty() || asked != self::asked(&c, readiness, found)? {
                continue;
            }
            let haste = patience(readiness) - patience(liveness);
            if haste < 0 && !params.always {
                continue;
            }
            let at = c.at(&["livenessProbe"]);
            let message = format!("the liveness and the readiness probe of {c} ask the same");
            let or = if params.always { "remove it" } else { "give it a higher failureThreshold" };
            let advice = format!("let {at} ask for the process alone, or {or}");
            let finding = Finding::of(&c, at, message, Remedy::Advice(advice));
            let how_hard = haste.max(0).unsigned_abs();
            let fact = || Fact::new(Reach::one(&c), []).degree(how_hard);
            found.add(finding, || Evidence::new([fact()]))?;
        }
        Ok(())
    }
}

/// The liveness and the readiness probe of a container that has both.
fn both<'s, 'a>(c: &ContainerRef<'s, 'a>) -> Option<(&'s Probe<'a>, &'s Probe<'a>)> {
    let spec = &c.spec.0;
    spec.liveness_probe.as_deref().zip(spec.readiness_probe.as_deref())
}

/// For how many seconds a probe has to fail until something is done; what is left out is what the
/// API server fills in.
fn patience(probe: &Probe<'_>) -> i64 {
    let filled_in = |number: Option<i32>, default| match number {
        None | Some(0) => default,
        Some(number) => i64::from(number),
    };
    filled_in(probe.failure_threshold, 3) * filled_in(probe.period_seconds, 10)
}

/// All that a probe asks and of whom; nothing where it asks nothing.
fn asked<'s>(
    c: &ContainerRef<'s, '_>,
    probe: &'s Probe<'_>,
    found: &mut Findings<'_>,
) -> Result<Vec<Cow<'s, str>>, Halt> {
    found.visit(c.spec.ports.len())?;
    let mut asked: Vec<Cow<'s, str>> = Vec::new();
    if let Some(exec) = &probe.exec {
        found.visit(exec.command.len())?;
        asked.push("exec".into());
        asked.extend(exec.command.iter().map(|part| Cow::Borrowed(part.as_str())));
    }
    if let Some(get) = &probe.http_get {
        found.visit(2 * get.http_headers.len())?;
        http(c, get, &mut asked);
    }
    if let Some(socket) = &probe.tcp_socket {
        let host = socket.host.as_deref().unwrap_or_default();
        asked.extend(["tcpSocket".into(), host.into(), port(c, socket.port.as_ref())]);
    }
    if let Some(grpc) = &probe.grpc {
        let mode = grpc.mode.as_deref().unwrap_or("Plaintext");
        let service = grpc.service.as_deref().unwrap_or_default();
        let port = grpc.port.unwrap_or_default().to_string();
        asked.extend(["grpc".into(), port.into(), service.into(), mode.into()]);
    }
    found.spend(asked.iter().map(|part| part.len()).sum())?;
    Ok(asked)
}

/// What is left out is what the API server fills in (`SetDefaults_HTTPGetAction`).
fn http<'s>(c: &ContainerRef<'s, '_>, get: &'s HttpGetAction<'_>, asked: &mut Vec<Cow<'s, str>>) {
    let or =
        |text: Option<&'s str>, default| text.filter(|text| !text.is_empty()).unwrap_or(default);
    let host = get.host.as_deref().unwrap_or_default();
    let path = or(get.path.as_deref(), "/");
    let scheme = or(get.scheme.as_deref(), "HTTP");
    let protocol = or(get.protocol.as_deref(), "HTTP/1.1");
    asked.extend(["httpGet", host, path, scheme, protocol].map(Cow::Borrowed));
    asked.push(port(c, get.port.as_ref()));
    for header in &get.http_headers {
        let (name, value) = (header.name.as_deref(), header.value.as_deref());
        asked.extend([name, value].map(|text| Cow::Borrowed(text.unwrap_or_default())));
    }
}

/// The port's number, where it or the container's list of ports says it; else its name.
fn port<'s>(c: &ContainerRef<'s, '_>, port: Option<&'s IntOrString<'_>>) -> Cow<'s, str> {
    match port {
        None => Cow::Borrowed(""),
        Some(IntOrString::Int(number)) => Cow::Owned(number.to_string()),
        Some(IntOrString::String(name)) => {
            let mut ports = c.spec.0.ports.iter();
            let listed = ports.find(|port| port.name.as_deref() == Some(name.as_str()));
            let number = listed.and_then(|port| port.container_port);
            number.map_or(Cow::Borrowed(name.as_str()), |number| Cow::Owned(number.to_string()))
        }
    }
}
