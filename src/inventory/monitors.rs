//! What takes metrics from pods: `ServiceMonitor` and `PodMonitor` (monitoring.coreos.com).

use super::fields::{Endpoint, Spec};
use super::selecting::Selecting;
use super::trimmed::Trimmed;

/// The most names of ports that are kept of one monitor.
const PORT_LIMIT: usize = 64;

/// A monitor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Monitor {
    /// What of a Service, or of a pod, it goes by.
    pub selecting: Selecting,
    /// Whether it is pods that it selects, and not Services.
    pub of_pods: bool,
    namespaces: Namespaces,
    ports: Box<[Box<str>]>,
}

/// Where a monitor looks.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Namespaces {
    Any,
    /// Where it is itself; none where that is not said yet.
    Own(Option<Box<str>>),
    These(Box<[Box<str>]>),
}

impl Monitor {
    pub(super) fn of(object: &Trimmed, of_pods: bool) -> Self {
        let spec: &Spec = object.spec();
        let endpoints = if of_pods { &spec.pod_metrics_endpoints } else { &spec.endpoints };
        let port = |endpoint: &Endpoint| endpoint.port.as_deref().map(Into::into);
        let choice = &spec.namespace_selector;
        let names: Box<[Box<str>]> =
            choice.match_names.iter().flatten().map(|name| name.as_str().into()).collect();
        let namespaces = match (choice.any, names.is_empty()) {
            (Some(true), _) => Namespaces::Any,
            (_, false) => Namespaces::These(names),
            _ => Namespaces::Own(object.identity().namespace.as_deref().map(Into::into)),
        };
        let ports = endpoints.iter().filter_map(port).take(PORT_LIMIT).collect();
        let selecting = Selecting::by(spec.selector.labelled.clone().unwrap_or_default());
        Self { selecting, of_pods, namespaces, ports }
    }

    /// Whether it looks into others than its own namespace, or may.
    pub(super) fn looks_elsewhere(&self) -> bool {
        !matches!(self.namespaces, Namespaces::Own(_))
    }

    /// Whether it looks into a namespace; into whichever where that is not known.
    pub fn looks_into(&self, namespace: Option<&str>) -> bool {
        let Some(namespace) = namespace else { return true };
        match &self.namespaces {
            Namespaces::Any | Namespaces::Own(None) => true,
            Namespaces::Own(Some(own)) => **own == *namespace,
            Namespaces::These(names) => names.iter().any(|name| **name == *namespace),
        }
    }

    /// The names of the ports that it asks; none of them where it goes by numbers.
    pub fn ports(&self) -> impl Iterator<Item = &str> {
        self.ports.iter().map(|name| &**name)
    }

    /// About how many bytes it takes.
    pub(super) fn weight(&self) -> usize {
        let names = match &self.namespaces {
            Namespaces::These(names) => names.iter().map(|name| 16 + name.len()).sum(),
            Namespaces::Any | Namespaces::Own(_) => 64,
        };
        let ports: usize = self.ports.iter().map(|name| 16 + name.len()).sum();
        128 + names + ports + self.selecting.weight()
    }
}
