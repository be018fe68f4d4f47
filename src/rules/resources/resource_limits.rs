//! Limits: what a container may use at most.

use super::{Kind, ResourceParams, missing};
use crate::rules::{Case, Checked, Findings, Meta, Rule, Severity};

#[doc = include_str!("resource_limits.md")]
pub struct ResourceLimits;

impl Rule for ResourceLimits {
    type Params = ResourceParams;
    const META: Meta = Meta {
        id: "resource-limits",
        severity: Severity::High,
        checklist: "Every container has resource limits.",
        rows: &["M25"],
        page: include_str!("resource_limits.md"),
    };

    fn check(case: &Case<'_, '_>, params: &ResourceParams, found: &mut Findings<'_>) -> Checked {
        let kind = Kind { key: "limits", word: "limit", read: |r| [Some(&r.limits), None] };
        missing(case, params, kind, found)
    }
}
