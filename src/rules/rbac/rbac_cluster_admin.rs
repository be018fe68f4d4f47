//! `cluster-admin` is everything, and `system:masters` is more.

use super::bound::{self, Bound};
use crate::rules::{
    Checked, Context, Findings, NoParams, Rule, RuleDescription, Severity, Standard, Text,
};
use crate::subject::{Binding, Bindings, Scope};

#[doc = include_str!("rbac_cluster_admin.md")]
pub(crate) struct RbacClusterAdmin;

/// The group whose members no rule of any role is asked about.
const MASTERS: Bound<'static> = Bound::Group("system:masters");

impl Rule for RbacClusterAdmin {
    type On = Bindings;
    type Params = NoParams;
    const DESCRIPTION: RuleDescription = RuleDescription {
        id: Text::Borrowed("rbac-cluster-admin"),
        group: Text::Borrowed("rbac"),
        severity: Severity::Critical,
        checklist: Text::Borrowed(
            "Nobody is bound to cluster-admin, and nothing to system:masters.",
        ),
        rows: &["R17", "M30"],
        standards: &[
            Standard::NsaCisa("Role-based access control"),
            Standard::Cis("5.1.1"),
            Standard::Cis("5.1.7"),
            Standard::Cwe(250),
        ],
        page: Text::Borrowed(include_str!("rbac_cluster_admin.md")),
    };

    fn check(
        binding: &Binding<'_>,
        _: &NoParams,
        cx: &Context<'_>,
        found: &mut Findings<'_>,
    ) -> Checked {
        let is_admin = bound::cluster_role(binding) == Some("cluster-admin");
        let of = if cx.kind.scope == Scope::Cluster { "the cluster" } else { "the namespace" };
        bound::check(binding, cx, found, |who, at| match (is_admin, who == MASTERS) {
            (true, false) => {
                let message = format!("the binding gives every right in {of} to {who}");
                let advice = format!("bind {at} to a role with what it needs, by a new binding");
                Some((message, advice))
            }
            // To whom everything is allowed nothing is given.
            (true, true) | (false, false) => None,
            (false, true) => {
                let message =
                    format!("the binding counts on {who}, from whom nothing can be taken");
                Some((message, format!("name a group of your own at {at}")))
            }
        })
    }
}
