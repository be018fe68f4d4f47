//! Who requests what he may use gets it, whatever the neighbours do.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{LIMITS, REQUESTS, problems_of_resources, shares};
use crate::rules::{
    BadValue, Checked, Context, Evidence, Fact, Findings, Params, Rule, RuleDescription, Severity,
    Standard, Text,
};
use crate::subject::{Pod, Pods};
use crate::text::Quoted;

#[doc = include_str!("requests_equal_limits.md")]
pub(crate) struct RequestsEqualLimits;

/// Of which resources all that may be used is requested.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct RequestsEqualLimitsParams {
    /// The resources, such as `cpu`, `memory` and `ephemeral-storage`.
    #[schemars(length(min = 1, max = 50), inner(length(min = 1, max = 317)))]
    pub resources: Vec<String>,
}

impl Default for RequestsEqualLimitsParams {
    fn default() -> Self {
        Self { resources: vec!["memory".to_owned()] }
    }
}

impl Params for RequestsEqualLimitsParams {
    fn problems(&self) -> Vec<BadValue> {
        problems_of_resources(&self.resources)
    }
}

impl Rule for RequestsEqualLimits {
    type On = Pods;
    type Params = RequestsEqualLimitsParams;
    const DESCRIPTION: RuleDescription = RuleDescription {
        id: Text::Borrowed("requests-equal-limits"),
        group: Text::Borrowed("resources"),
        severity: Severity::Low,
        checklist: Text::Borrowed("Every container requests all the memory that it may use."),
        rows: &["M25"],
        standards: &[Standard::NsaCisa("Resource policies")],
        page: Text::Borrowed(include_str!("requests_equal_limits.md")),
    };

    fn check(
        pod: &Pod<'_, '_>,
        params: &RequestsEqualLimitsParams,
        _: &Context<'_>,
        found: &mut Findings<'_>,
    ) -> Checked {
        for resource in &params.resources {
            let shares = shares(pod, resource, found)?;
            let is_limited = shares.iter().any(|s| s.container.is_none() && s.limit.is_some());
            for share in &shares {
                let message = match (share.limit, share.request) {
                    (Some((limit, most)), Some((request, least))) if most != least => {
                        let (limit, request) = (Quoted(limit), Quoted(request));
                        format!("requests {request} of {resource} and may use {limit}")
                    }
                    // What the pod limits as a whole holds for each of its containers.
                    (None, Some((request, least))) if least.is_positive() && !is_limited => {
                        format!("requests {} of {resource} and has no limit", Quoted(request))
                    }
                    _ => continue,
                };
                let (limit, request) = (share.at(LIMITS, resource), share.at(REQUESTS, resource));
                let advice = format!("set {request} and {limit} to the same");
                let fact = || Fact::new(share.reach(), [&**resource]).degree(share.times());
                found.add(share.finding(request, &message, advice), || Evidence::new([fact()]))?;
            }
        }
        Ok(())
    }
}
