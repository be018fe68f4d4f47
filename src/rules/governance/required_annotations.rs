//! Annotations that say what a person needs to know at night: who answers for it, and what to do.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::required::{Asked, Of, Required, asks_anything, bearers, problems};
use crate::rules::{
    BadValue, Checked, Context, Findings, Params, Rule, RuleDescription, Severity, Text,
};
use crate::subject::{PodOrObject, PodsAndObjects};

#[doc = include_str!("required_annotations.md")]
pub(crate) struct RequiredAnnotations;

/// Which annotations there must be.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct RequiredAnnotationsParams {
    /// The annotations: each a `key`, and `values` where it may not say anything.
    #[schemars(length(min = 1, max = 100))]
    pub annotations: Vec<Required>,
    /// Of what they are asked: of the `Workload`, of its `Pods`, or of other objects.
    #[schemars(length(min = 1, max = 5))]
    pub of: Vec<Of>,
}

impl Default for RequiredAnnotationsParams {
    fn default() -> Self {
        let keys = ["a8r.io/owner", "a8r.io/support", "a8r.io/runbook"];
        let required = |key: &str| Required { key: key.to_owned(), values: Vec::new() };
        Self { annotations: keys.map(required).to_vec(), of: vec![Of::Workload] }
    }
}

impl Params for RequiredAnnotationsParams {
    fn problems(&self) -> Vec<BadValue> {
        let can_be = |pattern: &str| !pattern.trim().is_empty() && pattern.trim() == pattern;
        problems("annotations", &self.annotations, &self.of, can_be)
    }
}

impl Rule for RequiredAnnotations {
    type On = PodsAndObjects;
    type Params = RequiredAnnotationsParams;
    const DESCRIPTION: RuleDescription = RuleDescription {
        id: Text::Borrowed("required-annotations"),
        group: Text::Borrowed("governance"),
        severity: Severity::Low,
        checklist: Text::Borrowed("Every workload says who answers for it and what to do."),
        rows: &["R33", "M33", "M42", "M43"],
        standards: &[],
        page: Text::Borrowed(include_str!("required_annotations.md")),
    };

    fn applies(on: PodOrObject<'_>, params: &RequiredAnnotationsParams, cx: &Context<'_>) -> bool {
        asks_anything(&params.of, on, cx)
    }

    fn check(
        on: PodOrObject<'_>,
        params: &RequiredAnnotationsParams,
        cx: &Context<'_>,
        found: &mut Findings<'_>,
    ) -> Checked {
        for bearer in bearers(&params.of, on, cx) {
            for required in &params.annotations {
                let (at, value) = bearer.annotation(&required.key, cx);
                Asked { word: "annotation", required, bearer, at, value }.check(found)?;
            }
        }
        Ok(())
    }
}
