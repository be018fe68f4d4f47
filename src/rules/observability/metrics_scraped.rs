//! What a program measures, somebody takes.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::inventory::{Monitor, Neighbour, Served};
use crate::rules::{
    BadValue, Checked, Context, Evidence, Fact, Finding, Findings, Halt, Params, Reach, Remedy,
    Rule, RuleDescription, Severity, Text,
};
use crate::subject::{Pod, Pods, Str};
use crate::text::{Quoted, Wildcard};

#[doc = include_str!("metrics_scraped.md")]
pub(crate) struct MetricsScraped;

/// By which a port for metrics is known.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct MetricsScrapedParams {
    /// Names of ports for metrics; `*` stands for any characters and `?` for one.
    #[schemars(length(min = 1, max = 50), inner(length(min = 1, max = 63)))]
    pub ports: Vec<String>,
    /// Whether every workload that runs on has such a port.
    pub required: bool,
}

impl Default for MetricsScrapedParams {
    fn default() -> Self {
        let ports = ["metrics", "*-metrics", "metrics-*", "prometheus"].map(str::to_owned);
        Self { ports: ports.to_vec(), required: false }
    }
}

impl Params for MetricsScrapedParams {
    fn problems(&self) -> Vec<BadValue> {
        BadValue::in_list("ports", &self.ports, Some("names no port"), |name| {
            name.is_empty().then(|| "is no name".to_owned())
        })
    }
}

/// The annotation by which many a Prometheus finds pods.
const SCRAPE: &str = "prometheus.io/scrape";

impl Rule for MetricsScraped {
    type On = Pods;
    type Params = MetricsScrapedParams;
    const DESCRIPTION: RuleDescription = RuleDescription {
        id: Text::Borrowed("metrics-scraped"),
        group: Text::Borrowed("observability"),
        severity: Severity::Medium,
        checklist: Text::Borrowed("Somebody takes the metrics of every workload that has some."),
        rows: &["R14", "M12", "M31"],
        standards: &[],
        page: Text::Borrowed(include_str!("metrics_scraped.md")),
    };
    const NEEDS: &'static [Neighbour] = &[Neighbour::Monitor, Neighbour::Service];

    fn applies(_: &Pod<'_, '_>, _: &MetricsScrapedParams, cx: &Context<'_>) -> bool {
        !cx.kind.runs_to_completion() && !cx.kind.is_made_from_others()
    }

    fn check(
        pod: &Pod<'_, '_>,
        params: &MetricsScrapedParams,
        cx: &Context<'_>,
        found: &mut Findings<'_>,
    ) -> Checked {
        if pod.annotation(SCRAPE) == Some("true") {
            return Ok(());
        }
        let named = ports(pod, params, found)?;
        let at = pod.at(&["containers"]);
        let Some(port) = named.first() else {
            if !params.required {
                return Ok(());
            }
            let message = "no container has a port for metrics";
            let advice = format!("add a port called {} to one of {at}", sample(params));
            let finding = Finding::new(at, message, Remedy::Advice(advice));
            return found.add(finding, || fact(pod, "no port"));
        };
        if is_scraped(pod, &named, cx, found)? {
            return Ok(());
        }
        let message = format!("nothing takes the metrics of port {}", Quoted(port));
        let advice = "apply a ServiceMonitor for a Service of its pods, or a PodMonitor";
        let finding = Finding::new(at, message, Remedy::Advice(advice.to_owned()));
        let finding = if cx.is_write { finding.only_warns() } else { finding };
        found.add(finding, || fact(pod, "not taken"))
    }
}

fn fact(pod: &Pod<'_, '_>, what: &str) -> Evidence {
    Evidence::new([Fact::new(Reach::pod(pod), [what])])
}

fn sample(params: &MetricsScrapedParams) -> String {
    params.ports.first().map_or_else(String::new, |name| Quoted(name).to_string())
}

/// The names of the ports that are for metrics.
fn ports<'s>(
    pod: &'s Pod<'s, '_>,
    params: &MetricsScrapedParams,
    found: &mut Findings<'_>,
) -> Result<Vec<&'s str>, Halt> {
    let mut wildcards: Option<Vec<Wildcard>> = None;
    let mut named = Vec::new();
    for c in pod.containers() {
        for port in &c.spec.ports {
            let name = port.name.as_ref().map_or("", Str::as_str);
            found.visit(1)?;
            // No name of a port is longer.
            if name.is_empty() || name.len() > 63 {
                continue;
            }
            found.visit(params.ports.len())?;
            found.spend(4 * name.len())?;
            let wildcards = wildcards.get_or_insert_with(|| {
                params.ports.iter().map(|name| Wildcard::new(name)).collect()
            });
            if wildcards.iter().any(|wildcard| wildcard.fits(name)) {
                named.push(name);
            }
        }
    }
    Ok(named)
}

/// Whether a monitor takes the metrics of one of these ports.
fn is_scraped<'c>(
    pod: &Pod<'_, '_>,
    named: &[&str],
    cx: &Context<'c>,
    found: &mut Findings<'_>,
) -> Result<bool, Halt> {
    let mut services: Vec<&'c Served> = Vec::new();
    for service in cx.neighbours.services(cx.namespace)? {
        found.visit(1 + service.selector_len())?;
        if service.selects(|key| pod.label(key)) {
            services.push(service);
        }
    }
    for monitor in cx.neighbours.monitors(cx.namespace)? {
        found.visit(1 + services.len())?;
        let is_one = if monitor.of_pods {
            monitor.selecting.selects(|key| pod.label(key)) && asks_for(monitor, named)
        } else {
            services.iter().any(|service| monitor.selecting.selects(|key| service.label(key)))
        };
        if is_one {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether a monitor of pods asks for one of these ports; one that names none goes by numbers.
fn asks_for(monitor: &Monitor, named: &[&str]) -> bool {
    let mut ports = monitor.ports().peekable();
    ports.peek().is_none() || ports.any(|port| named.contains(&port))
}
