//! Somebody is told when a workload fails.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::inventory::Neighbour;
use crate::path::FieldPath;
use crate::rules::{
    BadValue, Checked, Context, Evidence, Fact, Finding, Findings, Params, Reach, Remedy, Rule,
    RuleDescription, Severity, Text,
};
use crate::subject::{ObjectMeta, Workloads, is_dns_label};
use crate::text::{QUOTE_LIMIT, clipped};

#[doc = include_str!("alert_rules.md")]
pub(crate) struct AlertRules;

/// Where alerts may be.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct AlertRulesParams {
    /// Namespaces whose alerts are about every other as well, such as `monitoring`.
    #[schemars(length(max = 50), inner(length(min = 1, max = 63)))]
    pub namespaces: Vec<String>,
}

impl Params for AlertRulesParams {
    fn problems(&self) -> Vec<BadValue> {
        BadValue::in_list("namespaces", &self.namespaces, None, |name| {
            let shown = clipped(name, QUOTE_LIMIT);
            (!is_dns_label(name)).then(|| format!("`{shown}` is no name of a namespace"))
        })
    }
}

impl Rule for AlertRules {
    type On = Workloads;
    type Params = AlertRulesParams;
    const DESCRIPTION: RuleDescription = RuleDescription {
        id: Text::Borrowed("alert-rules"),
        group: Text::Borrowed("observability"),
        severity: Severity::Medium,
        checklist: Text::Borrowed("Somebody is told when something in the namespace fails."),
        rows: &["M31", "M39"],
        standards: &[],
        page: Text::Borrowed(include_str!("alert_rules.md")),
    };
    const NEEDS: &'static [Neighbour] = &[Neighbour::Alert];

    fn check(
        _: &ObjectMeta<'_>,
        params: &AlertRulesParams,
        cx: &Context<'_>,
        found: &mut Findings<'_>,
    ) -> Checked {
        let others = params.namespaces.iter().map(|name| Some(name.as_str()));
        for namespace in std::iter::once(cx.namespace).chain(others) {
            found.visit(1)?;
            if cx.neighbours.has_any(Neighbour::Alert, namespace)? {
                return Ok(());
            }
        }
        let message = "no PrometheusRule here has an alert, so nobody is told when it fails";
        let advice = "apply a PrometheusRule with an alert for it";
        let at = FieldPath::root().keys(&["metadata", "namespace"]);
        let finding = Finding::new(at, message, Remedy::Advice(advice.to_owned()));
        let finding = if cx.is_write { finding.only_warns() } else { finding };
        found.add(finding, || Evidence::new([Fact::new(Reach::object(), ["no alert"])]))
    }
}
