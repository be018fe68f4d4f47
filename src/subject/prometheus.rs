//! The views of what Prometheus' operator reads (`monitoring.coreos.com/v1`): `ServiceMonitor`, `PodMonitor`
//! and `PrometheusRule`.

use serde::Deserialize;

use super::borrowed::{List, Map, Secretive, Str};
use super::mapping::Mapping;
use super::scalar::IntOrString;
use super::workload::LabelSelector;

/// What is read of a `ServiceMonitor` or `PodMonitor` beside its metadata.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the API's own field names")]
pub struct Monitor<'a> {
    #[serde(borrow)]
    pub spec: Option<Mapping<MonitorSpec<'a>>>,
}

/// `ServiceMonitorSpec` and `PodMonitorSpec`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct MonitorSpec<'a> {
    /// Which Services, or pods, it takes metrics from; all of them where it is empty.
    #[serde(borrow)]
    pub selector: Option<Mapping<LabelSelector<'a>>>,
    /// In which namespaces; its own where it says nothing.
    #[serde(borrow)]
    pub namespace_selector: Option<Mapping<NamespaceSelector<'a>>>,
    /// The ports of Services.
    #[serde(borrow)]
    pub endpoints: List<Mapping<MonitorEndpoint<'a>>>,
    /// The ports of pods.
    #[serde(borrow)]
    pub pod_metrics_endpoints: List<Mapping<MonitorEndpoint<'a>>>,
}

/// `NamespaceSelector`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(missing_docs, reason = "the API's own field names")]
pub struct NamespaceSelector<'a> {
    pub any: Option<bool>,
    #[serde(borrow)]
    pub match_names: List<Str<'a>>,
}

/// `Endpoint` and `PodMetricsEndpoint`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct MonitorEndpoint<'a> {
    /// The name of the port.
    #[serde(borrow)]
    pub port: Option<Str<'a>>,
}

/// What is read of a `PrometheusRule` beside its metadata.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the API's own field names")]
pub struct PrometheusRule<'a> {
    #[serde(borrow)]
    pub spec: Option<Mapping<PrometheusRuleSpec<'a>>>,
}

/// `PrometheusRuleSpec`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the API's own field names")]
pub struct PrometheusRuleSpec<'a> {
    #[serde(borrow)]
    pub groups: List<Mapping<RuleGroup<'a>>>,
}

/// `RuleGroup`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the API's own field names")]
pub struct RuleGroup<'a> {
    #[serde(borrow)]
    pub name: Option<Str<'a>>,
    #[serde(borrow)]
    pub rules: List<Mapping<AlertOrRecord<'a>>>,
}

/// `Rule`: an alert, or a series that is recorded.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the API's own field names")]
pub struct AlertOrRecord<'a> {
    #[serde(borrow)]
    pub alert: Option<Str<'a>>,
    #[serde(borrow)]
    pub record: Option<Str<'a>>,
    #[serde(borrow)]
    pub expr: Option<IntOrString<'a>>,
    #[serde(borrow, rename = "for")]
    pub lasting: Option<Str<'a>>,
    #[serde(borrow)]
    pub labels: Map<'a, Str<'a>>,
    #[serde(borrow)]
    pub annotations: Map<'a, Secretive<'a>>,
}
