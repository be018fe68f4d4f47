//! What of published standards a rule answers.

use std::fmt;

use serde::{Serialize, Serializer};

/// A part of a published standard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Standard {
    /// A level of the [Pod Security
    /// Standards](https://kubernetes.io/docs/concepts/security/pod-security-standards/), the lowest that
    /// asks for it.
    PodSecurity(&'static str),
    /// A section of the NSA/CISA Kubernetes Hardening Guide, version 1.2, by its heading.
    NsaCisa(&'static str),
    /// A recommendation of the CIS Kubernetes Benchmark, version 1.10, by its number.
    Cis(&'static str),
    /// A weakness of the [Common Weakness Enumeration](https://cwe.mitre.org), by its number.
    Cwe(u16),
}

impl fmt::Display for Standard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PodSecurity(level) => write!(f, "Pod Security Standards: {level}"),
            Self::NsaCisa(section) => write!(f, "NSA/CISA hardening guide: {section}"),
            Self::Cis(number) => write!(f, "CIS Kubernetes Benchmark {number}"),
            Self::Cwe(number) => write!(f, "CWE-{number}"),
        }
    }
}

impl Serialize for Standard {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
