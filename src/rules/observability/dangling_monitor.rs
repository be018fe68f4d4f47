//! A monitor takes metrics from something that is there.

use crate::inventory::Neighbour;
use crate::path::FieldPath;
use crate::rules::{
    Checked, Context, Evidence, Fact, Finding, Findings, Halt, NoParams, Reach, Remedy, Rule,
    RuleDescription, Severity, Text,
};
use crate::subject::{LabelSelector, Monitor, MonitorEndpoint, MonitorSpec, Monitors, Shape, Str};
use crate::text::Quoted;

#[doc = include_str!("dangling_monitor.md")]
pub(crate) struct DanglingMonitor;

impl Rule for DanglingMonitor {
    type On = Monitors;
    type Params = NoParams;
    const DESCRIPTION: RuleDescription = RuleDescription {
        id: Text::Borrowed("dangling-monitor"),
        group: Text::Borrowed("observability"),
        severity: Severity::Medium,
        checklist: Text::Borrowed("Every monitor takes metrics from a port that is there."),
        rows: &["M31"],
        standards: &[],
        page: Text::Borrowed(include_str!("dangling_monitor.md")),
    };
    const NEEDS: &'static [Neighbour] =
        &[Neighbour::Service, Neighbour::Workload, Neighbour::OtherWorkload, Neighbour::Pod];

    fn check(
        monitor: &Monitor<'_>,
        _: &NoParams,
        cx: &Context<'_>,
        found: &mut Findings<'_>,
    ) -> Checked {
        let Some(spec) = monitor.spec.as_deref() else { return Ok(()) };
        let of_pods = cx.kind.shape == Shape::PodMonitor;
        let mut looking = Looking::at(spec, of_pods);
        for namespace in namespaces(spec, cx) {
            found.visit(1)?;
            if of_pods {
                looking.through_pods(namespace, cx, found)?;
            } else {
                looking.through_services(namespace, cx, found)?;
            }
        }
        looking.tell(of_pods, cx, found)
    }
}

/// The namespaces in which a monitor looks; none of them for all.
fn namespaces<'c>(spec: &'c MonitorSpec<'_>, cx: &Context<'c>) -> Vec<Option<&'c str>> {
    let Some(choice) = spec.namespace_selector.as_deref() else { return vec![cx.namespace] };
    match (choice.any, choice.match_names.is_empty()) {
        (Some(true), _) => vec![None],
        (_, true) => vec![cx.namespace],
        (_, false) => choice.match_names.iter().map(|name| Some(name.as_str())).collect(),
    }
}

/// What a monitor asks for, and what of it was found.
struct Looking<'s> {
    spec: &'s MonitorSpec<'s>,
    /// How many elements its selector has.
    elements: usize,
    /// The names of the ports, each with where it stands and whether something has it.
    ports: Vec<(usize, &'s str, bool)>,
    is_selecting: bool,
}

impl<'s> Looking<'s> {
    fn at(spec: &'s MonitorSpec<'s>, of_pods: bool) -> Self {
        let endpoints: &[_] = if of_pods { &spec.pod_metrics_endpoints } else { &spec.endpoints };
        let port = |endpoint: &'s MonitorEndpoint<'_>| endpoint.port.as_ref().map(Str::as_str);
        let ports = endpoints.iter().enumerate().filter_map(|(index, endpoint)| {
            Some((index, port(endpoint).filter(|port| !port.is_empty())?, false))
        });
        let elements = spec.selector.as_deref().map_or(0, LabelSelector::elements);
        Self { spec, elements, ports: ports.collect(), is_selecting: false }
    }

    fn selects<'l>(&self, label: impl Fn(&str) -> Option<&'l str>) -> bool {
        self.spec.selector.as_deref().is_none_or(|selector| selector.selects(label))
    }

    fn through_services<'c>(
        &mut self,
        namespace: Option<&'c str>,
        cx: &Context<'c>,
        found: &mut Findings<'_>,
    ) -> Result<(), Halt> {
        for service in cx.neighbours.services(namespace)? {
            found.visit(1 + self.elements)?;
            if !self.selects(|key| service.label(key)) {
                continue;
            }
            found.visit(self.ports.len() * (1 + service.ports.count()))?;
            self.is_selecting = true;
            for (_, port, is_there) in &mut self.ports {
                *is_there |= service.ports.may_have_name(port);
            }
        }
        Ok(())
    }

    fn through_pods<'c>(
        &mut self,
        namespace: Option<&'c str>,
        cx: &Context<'c>,
        found: &mut Findings<'_>,
    ) -> Result<(), Halt> {
        for running in cx.neighbours.all_running(namespace)? {
            found.visit(1 + self.elements)?;
            if !self.selects(|key| running.label(key)) {
                continue;
            }
            found.visit(self.ports.len() * (1 + running.ports.count()))?;
            self.is_selecting = true;
            for (_, port, is_there) in &mut self.ports {
                *is_there |= running.ports.may_have_name(port);
            }
        }
        Ok(())
    }

    fn tell(&self, of_pods: bool, cx: &Context<'_>, found: &mut Findings<'_>) -> Checked {
        let spec = FieldPath::root().key("spec");
        if !self.is_selecting {
            let at = spec.key("selector");
            let (message, advice) = if of_pods {
                let advice = format!("set {at} as the pod template of a workload has it");
                ("nothing where the monitor looks runs pods that it selects", advice)
            } else {
                let advice = format!(
                    "set {at} as the labels of a Service are, which are not those of its pods"
                );
                ("no Service where the monitor looks is one that it selects", advice)
            };
            let finding = Finding::new(at, message, Remedy::Advice(advice));
            return add(finding, "selects nothing", cx, found);
        }
        let (list, of) = if of_pods {
            ("podMetricsEndpoints", "no container of the pods")
        } else {
            ("endpoints", "no Service that the monitor selects")
        };
        for (index, port, _) in self.ports.iter().filter(|(_, _, is_there)| !is_there) {
            found.spend(2 * port.len())?;
            let at = spec.clone().key(list).index(*index).key("port");
            let message = format!("{of} has a port called {}", Quoted(port));
            let advice = format!("set {at} to the name of a port that is there");
            add(Finding::new(at, message, Remedy::Advice(advice)), port, cx, found)?;
        }
        Ok(())
    }
}

fn add(finding: Finding, what: &str, cx: &Context<'_>, found: &mut Findings<'_>) -> Checked {
    let finding = if cx.is_write { finding.only_warns() } else { finding };
    found.add(finding, || Evidence::new([Fact::new(Reach::object(), [what])]))
}
