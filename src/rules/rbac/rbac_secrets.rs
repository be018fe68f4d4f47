//! Whoever reads every Secret has every password.

use super::powers::{self, Power, PowerParams};
use crate::rules::{Checked, Context, Findings, Rule, RuleDescription, Severity, Standard, Text};
use crate::subject::{Role, Roles};

#[doc = include_str!("rbac_secrets.md")]
pub(crate) struct RbacSecrets;

/// To list them, or to wait for their changes, shows what is in them.
const POWERS: &[Power] = &[Power::in_namespaces("", &["secrets"], &["get", "list", "watch"])];

impl Rule for RbacSecrets {
    type On = Roles;
    type Params = PowerParams;
    const DESCRIPTION: RuleDescription = RuleDescription {
        id: Text::Borrowed("rbac-secrets"),
        group: Text::Borrowed("rbac"),
        severity: Severity::High,
        checklist: Text::Borrowed("No role reads Secrets that it does not name."),
        rows: &["M30"],
        standards: &[
            Standard::NsaCisa("Role-based access control"),
            Standard::Cis("5.1.2"),
            Standard::Cwe(250),
        ],
        page: Text::Borrowed(include_str!("rbac_secrets.md")),
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
