//! What is written down beside findings.

use std::fmt;

/// A policy that was in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyInForce {
    /// Its name.
    pub name: String,
    /// What names all that it says.
    pub hash: String,
}

/// A rule that was in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleInForce {
    /// The rule.
    pub id: String,
    /// What it is about, such as `pod-security`.
    pub group: String,
}

/// Which objects were asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scope {
    /// The namespaces; all where none is named.
    pub namespaces: Vec<String>,
    /// The labels.
    pub selector: Option<String>,
}

/// Something that whoever asked may not look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotLookedAt {
    /// What it is, such as `roles.rbac.authorization.k8s.io`.
    pub what: String,
    /// The kind.
    pub kind: String,
    /// Where; everywhere if no namespace is named.
    pub namespace: Option<String>,
    /// Why.
    pub why: String,
}

/// Something that could not be done.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Failure {
    /// The kind of the object, or of the objects.
    pub kind: Option<String>,
    /// Its namespace.
    pub namespace: Option<String>,
    /// Its name; none where it is about all objects of the kind.
    pub name: Option<String>,
    /// What happened.
    pub message: String,
}

/// `Pod shop/api: what happened`.
impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, namespace, name, message } = self;
        if let Some(kind) = kind {
            f.write_str(kind)?;
        }
        match (namespace, name) {
            (Some(namespace), Some(name)) => write!(f, " {namespace}/{name}")?,
            (Some(namespace), None) => write!(f, " in {namespace}")?,
            (None, Some(name)) => write!(f, " {name}")?,
            (None, None) => {}
        }
        let gap = if kind.is_some() { ": " } else { "" };
        write!(f, "{gap}{message}")
    }
}

/// An audit in numbers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sums {
    /// What was counted: an object, or what is alike of what one made.
    pub subjects: usize,
    /// How many of them make pods.
    pub workloads: usize,
    /// How many would be refused.
    pub refused: usize,
    /// Checks passed.
    pub passed: usize,
    /// Checks made.
    pub total: usize,
    /// Those of the passed ones that could not say.
    pub open: usize,
    /// Objects that were looked at.
    pub objects: usize,
}
