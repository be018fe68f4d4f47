//! Whoever writes Endpoints says where a Service leads (CVE-2021-25740).

use super::powers::{self, Power, PowerParams};
use crate::rules::{Checked, Context, Findings, Rule, RuleDescription, Severity, Standard, Text};
use crate::subject::{Role, Roles};

#[doc = include_str!("rbac_endpoints.md")]
pub(crate) struct RbacEndpoints;

const WRITE: &[&str] = &["create", "update", "patch"];

const POWERS: &[Power] = &[
    Power::in_namespaces("", &["endpoints"], WRITE),
    Power::in_namespaces("discovery.k8s.io", &["endpointslices"], WRITE),
];

impl Rule for RbacEndpoints {
    type On = Roles;
    type Params = PowerParams;
    const DESCRIPTION: RuleDescription = RuleDescription {
        id: Text::Borrowed("rbac-endpoints"),
        group: Text::Borrowed("rbac"),
        severity: Severity::Medium,
        checklist: Text::Borrowed("No role says by hand where Services lead."),
        rows: &["M30"],
        standards: &[Standard::NsaCisa("Role-based access control"), Standard::Cwe(441)],
        page: Text::Borrowed(include_str!("rbac_endpoints.md")),
    };

    fn applies(_: &Role<'_>, _: &PowerParams, cx: &Context<'_>) -> bool {
        powers::apply(POWERS, cx)
    }

    fn check(
        role: &Role<'_>,
        params: &PowerParams,
        cx: &Context<'_>,
        found: &mut Findings<'_>,
    ) -> Checked {
        powers::check(role, POWERS, params, cx, found)
    }
}
