//! Events tell what an intruder did.

use super::powers::{self, Power, PowerParams};
use crate::rules::{Checked, Context, Findings, Rule, RuleDescription, Severity, Standard, Text};
use crate::subject::{Role, Roles};

#[doc = include_str!("rbac_events.md")]
pub(crate) struct RbacEvents;

/// Without `patch`, by which every program that records events counts one that happens again.
const REWRITE: &[&str] = &["update", "delete", "deletecollection"];

const POWERS: &[Power] = &[
    Power::in_namespaces("", &["events"], REWRITE),
    Power::in_namespaces("events.k8s.io", &["events"], REWRITE),
];

impl Rule for RbacEvents {
    type On = Roles;
    type Params = PowerParams;
    const DESCRIPTION: RuleDescription = RuleDescription {
        id: Text::Borrowed("rbac-events"),
        group: Text::Borrowed("rbac"),
        severity: Severity::Low,
        checklist: Text::Borrowed("No role rewrites or deletes events."),
        rows: &["M30"],
        standards: &[Standard::NsaCisa("Role-based access control"), Standard::Cwe(778)],
        page: Text::Borrowed(include_str!("rbac_events.md")),
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
