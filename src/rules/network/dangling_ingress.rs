//! An Ingress hands requests to Services that are there.

use super::gateway;
use crate::inventory::Neighbour;
use crate::path::FieldPath;
use crate::rules::{
    Checked, Context, Evidence, Fact, Finding, Findings, NoParams, Reach, Remedy, Rule,
    RuleDescription, Severity, Text,
};
use crate::subject::{
    Entrance, Entrances, Ingress, IngressBackend, IngressServiceBackend, Mapping,
};
use crate::text::Quoted;

#[doc = include_str!("dangling_ingress.md")]
pub(crate) struct DanglingIngress;

/// The name of a port by which the load balancer of AWS is told that there is no Service: what is to be
/// done says an annotation.
const NO_SERVICE: &str = "use-annotation";

impl Rule for DanglingIngress {
    type On = Entrances;
    type Params = NoParams;
    const DESCRIPTION: RuleDescription = RuleDescription {
        id: Text::Borrowed("dangling-ingress"),
        group: Text::Borrowed("network"),
        severity: Severity::Medium,
        checklist: Text::Borrowed("Every Service that an Ingress hands requests to is there."),
        rows: &[],
        standards: &[],
        page: Text::Borrowed(include_str!("dangling_ingress.md")),
    };
    const NEEDS: &'static [Neighbour] = &[Neighbour::Service];

    fn applies(entrance: Entrance<'_>, _: &NoParams, _: &Context<'_>) -> bool {
        match entrance {
            Entrance::Ingress(ingress) => backends(ingress).next().is_some(),
            Entrance::Gateway(_) => false,
            Entrance::HttpRoute(route) => gateway::backends(route).next().is_some(),
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
            Entrance::Gateway(_) => Ok(()),
            Entrance::HttpRoute(route) => gateway::dangling(route, cx, found),
        }
    }
}

fn of_ingress(ingress: &Ingress<'_>, cx: &Context<'_>, found: &mut Findings<'_>) -> Checked {
    found.visit(ingress.spec.as_deref().map_or(0, |spec| spec.rules.len()))?;
    for (at, service) in backends(ingress) {
        found.visit(1)?;
        let (name, port) = parts(service);
        found.spend(2 * name.len() + port.name.len())?;
        let Some(served) = cx.neighbours.service(cx.namespace, name)? else {
            let at = at.key("name");
            let message = format!("there is no Service {}", Quoted(name));
            let advice = format!("create it, or name one that is there at {at}");
            add(Finding::new(at, message, Remedy::Advice(advice)), [name, "", ""], cx, found)?;
            continue;
        };
        let ports = &served.ports;
        found.visit(ports.count())?;
        found.spend(ports.count() * port.name.len().min(16))?;
        let number = port.number.map(|number| number.to_string()).unwrap_or_default();
        let (is_there, shown) = match port.number {
            Some(wanted) => (ports.may_have_number(wanted), number.clone()),
            None => (ports.may_have_name(port.name), Quoted(port.name).to_string()),
        };
        if !is_there {
            let at = at.key("port");
            let message = format!("Service {} has no port {shown}", Quoted(name));
            let advice = format!("name one of its ports (`port`, not `targetPort`) at {at}");
            let finding = Finding::new(at, message, Remedy::Advice(advice));
            add(finding, [name, port.name, &number], cx, found)?;
        }
    }
    Ok(())
}

fn add(finding: Finding, what: [&str; 3], cx: &Context<'_>, found: &mut Findings<'_>) -> Checked {
    let finding = if cx.is_write { finding.only_warns() } else { finding };
    found.add(finding, || Evidence::new([Fact::new(Reach::object(), what)]))
}

/// The port that an Ingress asks for: a number, or else a name.
struct Port<'s> {
    name: &'s str,
    number: Option<i32>,
}

fn parts<'s>(service: &'s IngressServiceBackend<'_>) -> (&'s str, Port<'s>) {
    let port = service.port.as_deref();
    let name = port.and_then(|port| port.name.as_deref()).unwrap_or_default();
    let number = port.and_then(|port| port.number).filter(|_| name.is_empty());
    (service.name.as_deref().unwrap_or_default(), Port { name, number })
}

/// The Services that are named, and where: what is none is not there.
fn backends<'s>(
    ingress: &'s Ingress<'_>,
) -> impl Iterator<Item = (FieldPath, &'s IngressServiceBackend<'s>)> {
    let spec = ingress.spec.as_deref();
    let rules = spec.into_iter().flat_map(|spec| spec.rules.iter().enumerate());
    let paths = rules.flat_map(|(index, rule)| {
        let http = rule.http.as_deref();
        let paths = http.into_iter().flat_map(|http| http.paths.iter().enumerate());
        paths.map(move |(path, of)| (Some((index, path)), of.backend.as_ref()))
    });
    let otherwise = spec.map(|spec| (None, spec.default_backend.as_ref()));
    otherwise.into_iter().chain(paths).filter_map(|(place, backend)| {
        let service = service_of(backend?)?;
        let spec = FieldPath::root().key("spec");
        let at = match place {
            None => spec.key("defaultBackend"),
            Some((rule, path)) => {
                spec.key("rules").index(rule).keys(&["http", "paths"]).index(path).key("backend")
            }
        };
        Some((at.key("service"), service))
    })
}

/// The Service of a backend, where it has one and is to have one.
fn service_of<'s>(
    backend: &'s Mapping<IngressBackend<'_>>,
) -> Option<&'s IngressServiceBackend<'s>> {
    let service = backend.service.as_deref()?;
    let (name, port) = parts(service);
    (!name.is_empty() && port.name != NO_SERVICE).then_some(service)
}
