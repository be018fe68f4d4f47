//! A program that is killed at once breaks off what it is at.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::rules::{
    BadValue, Checked, Context, Evidence, Fact, Finding, Findings, Params, Reach, Remedy, Rule,
    RuleDescription, Severity, Text,
};
use crate::subject::{Pod, Pods};
use crate::text::plural;

#[doc = include_str!("termination_grace.md")]
pub(crate) struct TerminationGrace;

/// How long a pod may take to stop.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct TerminationGraceParams {
    /// The shortest time, in seconds.
    #[schemars(range(min = 1, max = 86_400))]
    pub min: i64,
    /// The longest time, in seconds.
    #[schemars(range(min = 1, max = 86_400))]
    pub max: i64,
}

impl Default for TerminationGraceParams {
    fn default() -> Self {
        Self { min: 10, max: 3_600 }
    }
}

impl Params for TerminationGraceParams {
    fn problems(&self) -> Vec<BadValue> {
        let range = 1..=86_400;
        let bad = |parameter, reason: &str| {
            let reason = reason.to_owned();
            BadValue { parameter, element: None, reason }
        };
        let min = (!range.contains(&self.min)).then(|| bad("min", "must be from 1 to 86400"));
        let max = (!range.contains(&self.max)).then(|| bad("max", "must be from 1 to 86400"));
        let order = (self.min > self.max).then(|| bad("max", "must not be less than `min`"));
        min.into_iter().chain(max.or(order)).collect()
    }
}

/// What Kubernetes takes where nothing is said.
const DEFAULT: i64 = 30;

impl Rule for TerminationGrace {
    type On = Pods;
    type Params = TerminationGraceParams;
    const DESCRIPTION: RuleDescription = RuleDescription {
        id: Text::Borrowed("termination-grace"),
        group: Text::Borrowed("availability"),
        severity: Severity::Medium,
        checklist: Text::Borrowed("Every pod has time to stop, and not too much."),
        rows: &[],
        standards: &[],
        page: Text::Borrowed(include_str!("termination_grace.md")),
    };

    fn check(
        pod: &Pod<'_, '_>,
        params: &TerminationGraceParams,
        _: &Context<'_>,
        found: &mut Findings<'_>,
    ) -> Checked {
        let seconds = pod.spec.termination_grace_period_seconds.unwrap_or(DEFAULT);
        let time = || plural(usize::try_from(seconds).unwrap_or(0), "second");
        let (message, most, what) = if seconds < params.min {
            let message = match seconds {
                ..=0 => "the pod is killed at once when it is to stop".to_owned(),
                _ => format!("the pod has only {} to stop", time()),
            };
            (message, params.min, "short")
        } else if seconds > params.max {
            (format!("the pod may take {} to stop", time()), params.max, "long")
        } else {
            return Ok(());
        };
        let at = pod.at(&["terminationGracePeriodSeconds"]);
        let long = u64::try_from(seconds).unwrap_or(0);
        let degree = if what == "short" { u64::MAX - long } else { long };
        let evidence =
            || Evidence::new([Fact::new(Reach::pod(pod), ["time to stop", what]).degree(degree)]);
        found.add(Finding::new(at.clone(), message, Remedy::set(at, most)), evidence)
    }
}
