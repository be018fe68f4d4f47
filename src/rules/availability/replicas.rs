//! One replica is none while its node restarts.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::inventory::Neighbour;
use crate::path::FieldPath;
use crate::rules::{
    BadValue, Checked, Context, Evidence, Fact, Finding, Findings, Params, Reach, Remedy, Rule,
    RuleDescription, Severity, Standard, Text,
};
use crate::subject::{self, Kind, Replicated};
use crate::text::plural;

#[doc = include_str!("replicas.md")]
pub(crate) struct Replicas;

/// How many replicas there must be.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ReplicasParams {
    /// The least number of replicas, 2 to 1000.
    #[schemars(range(min = 2, max = 1000))]
    pub min: i32,
    /// The most, where there is one: a single typing error can fill a cluster.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 2))]
    pub max: Option<i32>,
}

impl Default for ReplicasParams {
    fn default() -> Self {
        Self { min: 2, max: None }
    }
}

impl Params for ReplicasParams {
    fn problems(&self) -> Vec<BadValue> {
        let is_sensible = (2..=1_000).contains(&self.min);
        let reason = "must be from 2 to 1000; fewer demands nothing".to_owned();
        let problem = BadValue { parameter: "min", element: None, reason };
        let mut wrong = if is_sensible { Vec::new() } else { vec![problem] };
        if self.max.is_some_and(|max| max < self.min) {
            let reason = "is below `min`".to_owned();
            wrong.push(BadValue { parameter: "max", element: None, reason });
        }
        wrong
    }
}

impl Rule for Replicas {
    type On = Replicated;
    type Params = ReplicasParams;
    const DESCRIPTION: RuleDescription = RuleDescription {
        id: Text::Borrowed("replicas"),
        group: Text::Borrowed("availability"),
        severity: Severity::Medium,
        checklist: Text::Borrowed("Every workload runs enough replicas to lose one."),
        rows: &["M10", "M11"],
        standards: &[Standard::Cwe(654)],
        page: Text::Borrowed(include_str!("replicas.md")),
    };
    const NEEDS: &'static [Neighbour] = &[Neighbour::Autoscaler];

    fn check(
        replicas: subject::Replicas<'_>,
        params: &ReplicasParams,
        cx: &Context<'_>,
        found: &mut Findings<'_>,
    ) -> Checked {
        let count = replicas.count.unwrap_or(1);
        if let Some(max) = params.max.filter(|max| count > *max) {
            return too_many(count, max, found);
        }
        if count >= params.min {
            return Ok(());
        }
        let at = FieldPath::root().keys(&["spec", "replicas"]);
        let number = plural(usize::try_from(count).unwrap_or(0), "replica");
        let message = match count {
            1 => "the workload runs one replica, and no autoscaler sees to it".to_owned(),
            _ => format!("the workload runs {number}"),
        };
        let finding = Finding::new(at.clone(), message, Remedy::set(at, params.min));
        let fewer = |than: i32| Fact::new(Reach::object(), ["fewer than", &than.to_string()]);
        let evidence = || Evidence::new((count.max(0) + 1..=params.min).map(fewer));
        if count != 1 {
            return found.add(finding, evidence);
        }
        // Whoever leaves the number to an autoscaler writes none, which the API server makes one.
        let Kind { group, kind, .. } = cx.kind;
        match cx.neighbours.is_scaled(group, kind, cx.namespace, cx.name) {
            Ok(true) => Ok(()),
            Ok(false) => found.add(finding.only_warns(), evidence),
            Err(unseen) => {
                // To go from one to two is no worse, whoever decided about the one.
                found.add(finding.for_comparison(), evidence)?;
                Err(unseen.into())
            }
        }
    }
}

fn too_many(count: i32, max: i32, found: &mut Findings<'_>) -> Checked {
    let at = FieldPath::root().keys(&["spec", "replicas"]);
    let message = format!("the workload runs {count} replicas, above {max}");
    let evidence = || {
        let above = count.abs_diff(max);
        Evidence::new([Fact::new(Reach::object(), ["more than", &max.to_string()]).degree(above)])
    };
    found.add(Finding::new(at.clone(), message, Remedy::set(at, max)), evidence)
}
