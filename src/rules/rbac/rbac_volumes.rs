//! A volume can be any folder of the node.

use super::powers::{self, Power, PowerParams};
use crate::rules::{Checked, Context, Findings, Rule, RuleDescription, Severity, Standard, Text};
use crate::subject::{Role, Roles};

#[doc = include_str!("rbac_volumes.md")]
pub(crate) struct RbacVolumes;

const POWERS: &[Power] = &[Power::of_the_cluster("", &["persistentvolumes"], &["create"])];

impl Rule for RbacVolumes {
    type On = Roles;
    type Params = PowerParams;
    const DESCRIPTION: RuleDescription = RuleDescription {
        id: Text::Borrowed("rbac-volumes"),
        group: Text::Borrowed("rbac"),
        severity: Severity::High,
        checklist: Text::Borrowed("No role makes PersistentVolumes."),
        rows: &["M30"],
        standards: &[
            Standard::NsaCisa("Role-based access control"),
            Standard::Cis("5.1.9"),
            Standard::Cwe(250),
        ],
        page: Text::Borrowed(include_str!("rbac_volumes.md")),
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
