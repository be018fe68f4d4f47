//! The kubelet runs commands in every pod of its node, and asks nobody.

use super::powers::{self, Power, PowerParams};
use crate::rules::{Checked, Context, Findings, Rule, RuleDescription, Severity, Standard, Text};
use crate::subject::{Role, Roles};

#[doc = include_str!("rbac_nodes_proxy.md")]
pub(crate) struct RbacNodesProxy;

/// One node is enough. The verb is that of the request, and any does something.
const POWERS: &[Power] = &[Power::of_the_cluster(
    "",
    &["nodes/proxy", "nodes/checkpoint"],
    &["get", "create", "update", "patch", "delete"],
)
.even_by_name(|_| true)];

impl Rule for RbacNodesProxy {
    type On = Roles;
    type Params = PowerParams;
    const DESCRIPTION: RuleDescription = RuleDescription {
        id: Text::Borrowed("rbac-nodes-proxy"),
        group: Text::Borrowed("rbac"),
        severity: Severity::Critical,
        checklist: Text::Borrowed("No role reaches the kubelet past the API server."),
        rows: &["M30"],
        standards: &[
            Standard::NsaCisa("Role-based access control"),
            Standard::Cis("5.1.10"),
            Standard::Cwe(250),
        ],
        page: Text::Borrowed(include_str!("rbac_nodes_proxy.md")),
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
