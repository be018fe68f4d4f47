//! Requests: what the scheduler sets aside for a container.

use super::{Kind, ResourceParams, missing};
use crate::rules::{Case, Checked, Findings, Meta, Rule, Severity};

#[doc = include_str!("resource_requests.md")]
pub struct ResourceRequests;

impl Rule for ResourceRequests {
    type Params = ResourceParams;
    const META: Meta = Meta {
        id: "resource-requests",
        severity: Severity::Medium,
        checklist: "Every container requests the resources it needs.",
        rows: &["M25"],
        page: include_str!("resource_requests.md"),
    };

    /// A limit without a request is a request as well: the API server copies it
    /// (`SetDefaults_Pod`).
    fn check(case: &Case<'_, '_>, params: &ResourceParams, found: &mut Findings<'_>) -> Checked {
        let kind = Kind {
            key: "requests",
            word: "request",
            read: |r| [Some(&r.requests), Some(&r.limits)],
        };
        missing(case, params, kind, found)
    }
}
