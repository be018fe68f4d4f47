//! Labels by which people and programs find what belongs together.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::required::{Asked, Of, Required, asks_anything, bearers, problems};
use crate::rules::{
    BadValue, Checked, Context, Findings, Params, Rule, RuleDescription, Severity, Text,
};
use crate::subject::{PodOrObject, PodsAndObjects, is_label_value};

#[doc = include_str!("required_labels.md")]
pub(crate) struct RequiredLabels;

/// Which labels there must be.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct RequiredLabelsParams {
    /// The labels: each a `key`, and `values` where it may not say anything.
    #[schemars(length(min = 1, max = 100))]
    pub labels: Vec<Required>,
    /// Of what they are asked: of the `Workload`, of its `Pods`, or of other objects.
    #[schemars(length(min = 1, max = 5))]
    pub of: Vec<Of>,
}

impl Default for RequiredLabelsParams {
    fn default() -> Self {
        let name = Required { key: "app.kubernetes.io/name".to_owned(), values: Vec::new() };
        Self { labels: vec![name], of: vec![Of::Pods] }
    }
}

impl Params for RequiredLabelsParams {
    fn problems(&self) -> Vec<BadValue> {
        let can_be = |pattern: &str| {
            let with = |text: &str| pattern.replace('*', text).replace('?', "a");
            ["", "a"].iter().any(|text| !with(text).is_empty() && is_label_value(&with(text)))
        };
        problems("labels", &self.labels, &self.of, can_be)
    }
}

impl Rule for RequiredLabels {
    type On = PodsAndObjects;
    type Params = RequiredLabelsParams;
    const DESCRIPTION: RuleDescription = RuleDescription {
        id: Text::Borrowed("required-labels"),
        group: Text::Borrowed("governance"),
        severity: Severity::Low,
        checklist: Text::Borrowed("Every workload has the labels that are asked for."),
        rows: &["M33"],
        standards: &[],
        page: Text::Borrowed(include_str!("required_labels.md")),
    };
    const READS_LABELS: bool = true;

    fn applies(on: PodOrObject<'_>, params: &RequiredLabelsParams, cx: &Context<'_>) -> bool {
        asks_anything(&params.of, on, cx)
    }

    fn check(
        on: PodOrObject<'_>,
        params: &RequiredLabelsParams,
        cx: &Context<'_>,
        found: &mut Findings<'_>,
    ) -> Checked {
        for bearer in bearers(&params.of, on, cx) {
            for required in &params.labels {
                let (at, value) = bearer.label(&required.key, cx);
                Asked { word: "label", required, bearer, at, value }.check(found)?;
            }
        }
        Ok(())
    }
}
