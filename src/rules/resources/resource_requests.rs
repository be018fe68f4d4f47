//! Requests: what the scheduler sets aside for a container.

use super::bounded::bounded;
use super::{Kind, ResourceParams, missing};
use crate::rules::{Checked, Context, Findings, Rule, RuleDescription, Severity, Standard, Text};
use crate::subject::{Pod, Pods};

#[doc = include_str!("resource_requests.md")]
pub(crate) struct ResourceRequests;

impl Rule for ResourceRequests {
    type On = Pods;
    type Params = ResourceParams;
    const DESCRIPTION: RuleDescription = RuleDescription {
        id: Text::Borrowed("resource-requests"),
        group: Text::Borrowed("resources"),
        severity: Severity::Medium,
        checklist: Text::Borrowed("Every container requests the resources it needs."),
        rows: &["M25"],
        standards: &[Standard::NsaCisa("Resource policies"), Standard::Cwe(770)],
        page: Text::Borrowed(include_str!("resource_requests.md")),
    };

    /// A limit without a request is a request as well: the API server copies it
    /// (`SetDefaults_Pod`).
    fn check(
        pod: &Pod<'_, '_>,
        params: &ResourceParams,
        _: &Context<'_>,
        found: &mut Findings<'_>,
    ) -> Checked {
        let kind = Kind {
            key: "requests",
            word: "request",
            read: |r| [Some(&r.requests), Some(&r.limits)],
        };
        missing(pod, &params.resources, kind, found)?;
        bounded(pod, [&params.min, &params.max], kind, found)
    }
}
