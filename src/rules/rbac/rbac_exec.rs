//! A shell in a pod is whatever that pod may do, without a review.

use super::powers::{self, Power, PowerParams};
use crate::rules::{Checked, Context, Findings, Rule, RuleDescription, Severity, Standard, Text};
use crate::subject::{Role, Roles};

#[doc = include_str!("rbac_exec.md")]
pub(crate) struct RbacExec;

/// The verb is that of the request: a connection is opened by GET or POST, and a proxy passes any on.
const POWERS: &[Power] = &[
    Power::in_namespaces("", &["pods/exec", "pods/attach", "pods/portforward"], &["create", "get"]),
    Power::in_namespaces("", &["pods/ephemeralcontainers"], &["update", "patch"]),
    Power::in_namespaces(
        "",
        &["pods/proxy", "services/proxy"],
        &["create", "get", "update", "patch", "delete"],
    ),
];

impl Rule for RbacExec {
    type On = Roles;
    type Params = PowerParams;
    const DESCRIPTION: RuleDescription = RuleDescription {
        id: Text::Borrowed("rbac-exec"),
        group: Text::Borrowed("rbac"),
        severity: Severity::High,
        checklist: Text::Borrowed("No role opens a way into running pods."),
        rows: &["M30"],
        standards: &[Standard::NsaCisa("Role-based access control"), Standard::Cwe(250)],
        page: Text::Borrowed(include_str!("rbac_exec.md")),
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
