//! Whom a binding gives its role to, told as the API server tells it.

use std::fmt;

use crate::path::FieldPath;
use crate::rules::{Checked, Context, Evidence, Fact, Finding, Findings, Reach, Remedy};
use crate::subject::{Binding, RoleRef};
use crate::text::Quoted;

/// Whom a role is given to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bound<'s> {
    User(&'s str),
    Group(&'s str),
    Account { namespace: &'s str, name: &'s str },
}

impl fmt::Display for Bound<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User(name) => write!(f, "user {}", Quoted(name)),
            Self::Group(name) => write!(f, "group {}", Quoted(name)),
            Self::Account { namespace, name } => {
                write!(f, "service account {} of namespace {}", Quoted(name), Quoted(namespace))
            }
        }
    }
}

impl<'s> Bound<'s> {
    /// A service account has a user's name as well, and is bound by it just the same.
    fn user(name: &'s str) -> Self {
        let account = name.strip_prefix("system:serviceaccount:");
        match account.and_then(|account| account.split_once(':')) {
            Some((namespace, name)) => Self::Account { namespace, name },
            None => Self::User(name),
        }
    }

    fn parts(self) -> [&'s str; 3] {
        match self {
            Self::User(name) => ["user", "", name],
            Self::Group(name) => ["group", "", name],
            Self::Account { namespace, name } => ["account", namespace, name],
        }
    }
}

/// The name of the `ClusterRole` that is bound; none where it is a Role.
pub(super) fn cluster_role<'s>(binding: &'s Binding<'_>) -> Option<&'s str> {
    let role = binding.role_ref.as_deref()?;
    let is_cluster_role = role.kind.as_deref() == Some("ClusterRole");
    role.name.as_deref().filter(|_| is_cluster_role)
}

/// Adds what `fault` says of each whom the role is given to: what is the case, and what to do, after
/// which comes the place.
pub(super) fn check(
    binding: &Binding<'_>,
    cx: &Context<'_>,
    found: &mut Findings<'_>,
    fault: impl Fn(Bound<'_>, &FieldPath) -> Option<(String, String)>,
) -> Checked {
    let role: Option<&RoleRef<'_>> = binding.role_ref.as_deref();
    for (index, subject) in binding.subjects.iter().enumerate() {
        found.visit(1)?;
        let name = subject.name.as_deref().unwrap_or_default();
        let bound = match subject.kind.as_deref() {
            Some("User") => Bound::user(name),
            Some("Group") => Bound::Group(name),
            Some("ServiceAccount") => {
                let namespace = subject.namespace.as_deref().filter(|text| !text.is_empty());
                let namespace = namespace.or(cx.namespace).unwrap_or_default();
                Bound::Account { namespace, name }
            }
            // The API server takes no other.
            _ => continue,
        };
        let at = FieldPath::root().key("subjects").index(index);
        let Some((message, advice)) = fault(bound, &at) else { continue };
        let evidence = || {
            let text = |text: Option<&'_ str>| text.unwrap_or_default().to_owned();
            let kind = text(role.and_then(|role| role.kind.as_deref()));
            let name = text(role.and_then(|role| role.name.as_deref()));
            let role = [kind.as_str(), name.as_str()];
            let parts = role.into_iter().chain(bound.parts());
            Evidence::new([Fact::new(Reach::object(), parts)])
        };
        found.add(Finding::new(at, message, Remedy::Advice(advice)), evidence)?;
    }
    Ok(())
}
