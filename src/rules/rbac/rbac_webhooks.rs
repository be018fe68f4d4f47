//! Whoever writes webhooks reads every write, and changes it.

use super::powers::{self, Power, PowerParams};
use crate::rules::{Checked, Context, Findings, Rule, RuleDescription, Severity, Standard, Text};
use crate::subject::{Role, Roles};

#[doc = include_str!("rbac_webhooks.md")]
pub(crate) struct RbacWebhooks;

/// Plimsoll's own policies are such policies too.
const POWERS: &[Power] = &[
    Power::of_the_cluster(
        "admissionregistration.k8s.io",
        &[
            "validatingwebhookconfigurations",
            "mutatingwebhookconfigurations",
            "validatingadmissionpolicies",
            "validatingadmissionpolicybindings",
            "mutatingadmissionpolicies",
            "mutatingadmissionpolicybindings",
        ],
        WRITE,
    ),
    Power::of_the_cluster("plimsoll.dev", &["deploypolicies"], WRITE),
];

const WRITE: &[&str] = &["create", "update", "patch", "delete", "deletecollection"];

impl Rule for RbacWebhooks {
    type On = Roles;
    type Params = PowerParams;
    const DESCRIPTION: RuleDescription = RuleDescription {
        id: Text::Borrowed("rbac-webhooks"),
        group: Text::Borrowed("rbac"),
        severity: Severity::Critical,
        checklist: Text::Borrowed("No role changes what admission refuses."),
        rows: &["M30"],
        standards: &[
            Standard::NsaCisa("Role-based access control"),
            Standard::Cis("5.1.12"),
            Standard::Cwe(250),
        ],
        page: Text::Borrowed(include_str!("rbac_webhooks.md")),
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
