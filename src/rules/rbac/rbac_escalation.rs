//! The verbs that make any role the role of an administrator.

use super::powers::{self, Power, PowerParams};
use crate::rules::{Checked, Context, Findings, Rule, RuleDescription, Severity, Standard, Text};
use crate::subject::{Role, Roles};

#[doc = include_str!("rbac_escalation.md")]
pub(crate) struct RbacEscalation;

const RBAC: &str = "rbac.authorization.k8s.io";
const CERTIFICATES: &str = "certificates.k8s.io";

const POWERS: &[Power] = &[
    // One role is enough: that which they have.
    Power::in_namespaces(RBAC, &["roles"], &["escalate"]).even_by_name(|_| true),
    Power::of_the_cluster(RBAC, &["clusterroles"], &["escalate"]).even_by_name(|_| true),
    Power::in_namespaces(RBAC, &["roles"], &["bind"]),
    // A RoleBinding to a ClusterRole is in a namespace.
    Power::in_namespaces(RBAC, &["clusterroles"], &["bind"])
        .even_by_name(|name| name == "cluster-admin"),
    Power::in_namespaces("", &["serviceaccounts"], &["impersonate"]),
    // Those of the cluster itself, such as the group `system:masters`.
    Power::of_the_cluster("", &["users", "groups"], &["impersonate"])
        .even_by_name(|name| name.starts_with("system:")),
    Power::of_the_cluster(
        CERTIFICATES,
        &["certificatesigningrequests/approval"],
        &["update", "patch"],
    )
    .even_by_name(|_| true),
];

impl Rule for RbacEscalation {
    type On = Roles;
    type Params = PowerParams;
    const DESCRIPTION: RuleDescription = RuleDescription {
        id: Text::Borrowed("rbac-escalation"),
        group: Text::Borrowed("rbac"),
        severity: Severity::Critical,
        checklist: Text::Borrowed("No role lets its holders give themselves more rights."),
        rows: &["R17", "M30"],
        standards: &[
            Standard::NsaCisa("Role-based access control"),
            Standard::Cis("5.1.8"),
            Standard::Cis("5.1.11"),
            Standard::Cwe(269),
        ],
        page: Text::Borrowed(include_str!("rbac_escalation.md")),
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
