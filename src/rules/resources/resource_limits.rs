//! Limits: what a container may use at most.

use super::{LIMITS, ResourceParams, missing};
use crate::rules::{Checked, Context, Findings, Rule, RuleDescription, Severity, Standard, Text};
use crate::subject::{Pod, Pods};

#[doc = include_str!("resource_limits.md")]
pub(crate) struct ResourceLimits;

impl Rule for ResourceLimits {
    type On = Pods;
    type Params = ResourceParams;
    const DESCRIPTION: RuleDescription = RuleDescription {
        id: Text::Borrowed("resource-limits"),
        group: Text::Borrowed("resources"),
        severity: Severity::High,
        checklist: Text::Borrowed("Every container has resource limits."),
        rows: &["M25"],
        standards: &[Standard::NsaCisa("Resource policies"), Standard::Cwe(770)],
        page: Text::Borrowed(include_str!("resource_limits.md")),
    };

    fn check(
        pod: &Pod<'_, '_>,
        params: &ResourceParams,
        _: &Context<'_>,
        found: &mut Findings<'_>,
    ) -> Checked {
        missing(pod, params, LIMITS, found)
    }
}
