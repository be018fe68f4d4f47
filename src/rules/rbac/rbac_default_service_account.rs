//! What the default account may do, every pod may do that names no other.

use super::bound::{self, Bound};
use crate::rules::{
    Checked, Context, Findings, NoParams, Rule, RuleDescription, Severity, Standard, Text,
};
use crate::subject::{Binding, Bindings};

#[doc = include_str!("rbac_default_service_account.md")]
pub(crate) struct RbacDefaultServiceAccount;

impl Rule for RbacDefaultServiceAccount {
    type On = Bindings;
    type Params = NoParams;
    const DESCRIPTION: RuleDescription = RuleDescription {
        id: Text::Borrowed("rbac-default-service-account"),
        group: Text::Borrowed("rbac"),
        severity: Severity::Medium,
        checklist: Text::Borrowed("No role is bound to a default service account."),
        rows: &["M30"],
        standards: &[
            Standard::NsaCisa("Protecting Pod service account tokens"),
            Standard::Cis("5.1.5"),
            Standard::Cwe(250),
        ],
        page: Text::Borrowed(include_str!("rbac_default_service_account.md")),
    };

    fn check(
        binding: &Binding<'_>,
        _: &NoParams,
        cx: &Context<'_>,
        found: &mut Findings<'_>,
    ) -> Checked {
        // Kubernetes binds it so in every cluster: where the keys of tokens are to be had.
        let is_of_the_cluster =
            bound::cluster_role(binding) == Some("system:service-account-issuer-discovery");
        bound::check(binding, cx, found, |who, at| {
            let what = match who {
                Bound::Account { name: "default", .. } => "every pod without an account of its own",
                Bound::Group("system:serviceaccounts") if !is_of_the_cluster => {
                    "every pod of the cluster"
                }
                Bound::Group(name) if name.starts_with("system:serviceaccounts:") => {
                    "every pod of a namespace"
                }
                _ => return None,
            };
            let message = format!("the binding gives its role to {what}: {who}");
            let advice = format!("name the service account of the program that needs it at {at}");
            Some((message, advice))
        })
    }
}
