//! A Service hands requests to a port on which its pods listen.

use super::behind::{Behind, RUNNING, behind, selector};
use crate::inventory::{Neighbour, Running};
use crate::path::FieldPath;
use crate::rules::{
    Checked, Context, Evidence, Fact, Finding, Findings, NoParams, Reach, Remedy, Rule,
    RuleDescription, Severity, Text,
};
use crate::subject::{IntOrString, Service, ServicePort, Services};
use crate::text::Quoted;

#[doc = include_str!("service_target_port.md")]
pub(crate) struct ServiceTargetPort;

/// A port of the pods, as a Service names it.
enum Target<'s> {
    Number(i64),
    Name(&'s str),
}

impl<'s> Target<'s> {
    /// Where it is left out, or nothing, it is the port of the Service.
    fn of(port: &'s ServicePort<'_>) -> Option<Self> {
        match &port.target_port {
            Some(IntOrString::String(name)) if !name.as_str().is_empty() => {
                Some(Self::Name(name.as_str()))
            }
            Some(IntOrString::Int(number)) if *number != 0 => Some(Self::Number(*number)),
            _ => port.port.map(|number| Self::Number(i64::from(number))),
        }
    }

    /// Whether one of them may listen on it. A number is open also where no container names it, so that
    /// those count of which no port is known.
    fn is_served(&self, behind: &[&Running]) -> bool {
        behind.iter().any(|running| match self {
            Self::Number(number) => {
                running.ports.is_empty() || running.ports.may_have_number(*number)
            }
            Self::Name(name) => running.ports.may_have_name(name),
        })
    }
}

impl Rule for ServiceTargetPort {
    type On = Services;
    type Params = NoParams;
    const DESCRIPTION: RuleDescription = RuleDescription {
        id: Text::Borrowed("service-target-port"),
        group: Text::Borrowed("network"),
        severity: Severity::Medium,
        checklist: Text::Borrowed("Every port of a Service is one on which its pods listen."),
        rows: &[],
        standards: &[],
        page: Text::Borrowed(include_str!("service_target_port.md")),
    };
    const NEEDS: &'static [Neighbour] = &RUNNING;

    fn applies(service: &Service<'_>, _: &NoParams, _: &Context<'_>) -> bool {
        selector(service).is_some()
    }

    fn check(
        service: &Service<'_>,
        _: &NoParams,
        cx: &Context<'_>,
        found: &mut Findings<'_>,
    ) -> Checked {
        let Some(selector) = selector(service) else { return Ok(()) };
        let Behind::Found(behind) = behind(selector, cx, found)? else { return Ok(()) };
        let declared: usize = behind.iter().map(|running| 1 + running.ports.count()).sum();
        let ports = service.spec.as_deref().map_or(&[][..], |spec| &spec.ports);
        for (index, port) in ports.iter().enumerate() {
            let Some(target) = Target::of(port) else { continue };
            found.visit(declared)?;
            if target.is_served(&behind) {
                continue;
            }
            let (message, what) = match target {
                Target::Number(number) => (
                    format!("no container behind the Service says that it listens on {number}"),
                    number.to_string(),
                ),
                Target::Name(name) => {
                    found.spend(declared * name.len().min(16))?;
                    let message =
                        format!("no container behind the Service has a port {}", Quoted(name));
                    (message, name.to_owned())
                }
            };
            let at = FieldPath::root().keys(&["spec", "ports"]).index(index).key("targetPort");
            let advice = format!("set {at} to a port of its containers, or add that port there");
            let finding = Finding::new(at, message, Remedy::Advice(advice));
            let finding = if cx.is_write { finding.only_warns() } else { finding };
            let protocol = port.protocol.as_deref().unwrap_or("TCP");
            let fact = || Evidence::new([Fact::new(Reach::object(), [protocol, &what])]);
            found.add(finding, fact)?;
        }
        Ok(())
    }
}
