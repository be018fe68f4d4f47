//! What is given to everybody is given to whoever finds the API server.

use super::bound::{self, Bound};
use crate::rules::{
    Checked, Context, Findings, NoParams, Rule, RuleDescription, Severity, Standard, Text,
};
use crate::subject::{Binding, Bindings};

#[doc = include_str!("rbac_anonymous.md")]
pub(crate) struct RbacAnonymous;

impl Rule for RbacAnonymous {
    type On = Bindings;
    type Params = NoParams;
    const DESCRIPTION: RuleDescription = RuleDescription {
        id: Text::Borrowed("rbac-anonymous"),
        group: Text::Borrowed("rbac"),
        severity: Severity::High,
        checklist: Text::Borrowed("No role is bound to everybody."),
        rows: &["M30"],
        standards: &[Standard::NsaCisa("Role-based access control"), Standard::Cwe(306)],
        page: Text::Borrowed(include_str!("rbac_anonymous.md")),
    };

    fn check(
        binding: &Binding<'_>,
        _: &NoParams,
        cx: &Context<'_>,
        found: &mut Findings<'_>,
    ) -> Checked {
        let role = bound::cluster_role(binding);
        bound::check(binding, cx, found, |who, at| {
            let everybody = Everybody::of(who)?;
            if everybody.is_given_by_the_cluster(role) {
                return None;
            }
            let whom = match everybody {
                Everybody::Unknown => "whoever reaches the API server",
                Everybody::LoggedIn => "whoever has any account",
            };
            let message = format!("the binding gives its role to {whom}: {who}");
            Some((message, format!("name those who need it at {at}")))
        })
    }
}

/// Everybody.
#[derive(Clone, Copy)]
enum Everybody {
    /// Who need not say who they are.
    Unknown,
    /// Whoever is known, pods among them.
    LoggedIn,
}

impl Everybody {
    fn of(who: Bound<'_>) -> Option<Self> {
        match who {
            // There is no such group, but nobody who writes it means anything else.
            Bound::User("system:anonymous")
            | Bound::Group("system:anonymous" | "system:unauthenticated") => Some(Self::Unknown),
            Bound::Group("system:authenticated") => Some(Self::LoggedIn),
            _ => None,
        }
    }

    /// Whether it is a `ClusterRole` that Kubernetes binds so in every cluster: versions, health, and
    /// what somebody may do himself.
    fn is_given_by_the_cluster(self, role: Option<&str>) -> bool {
        match role {
            Some("system:public-info-viewer") => true,
            Some("system:basic-user" | "system:discovery") => matches!(self, Self::LoggedIn),
            _ => false,
        }
    }
}
