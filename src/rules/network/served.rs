//! What an Ingress serves: the paths of a host, or of every host.

use std::fmt;

use crate::path::FieldPath;
use crate::rules::{Checked, Fact, Findings, Reach};
use crate::subject::{HttpIngressPath, Ingress, Mapping};
use crate::text::{Quoted, clipped};

/// The longest name of a host that there is.
const HOST_LIMIT: usize = 253;

/// Where those who make out certificates look whether a host is whose it is said to be: in plain text,
/// as there is no certificate yet.
const CHALLENGE: &str = "/.well-known/acme-challenge/";

/// What is served of one host, or of every host.
#[derive(Clone, Copy)]
pub(super) struct Served<'s, 'a> {
    /// Which rule it is; none where it is the default backend.
    rule: Option<usize>,
    /// The host as it is written; none where it is every host.
    pub(super) host: Option<&'s str>,
    paths: &'s [Mapping<HttpIngressPath<'a>>],
}

/// All that an Ingress serves, rule by rule, and by its default backend.
pub(super) fn served<'s, 'a>(ingress: &'s Ingress<'a>) -> impl Iterator<Item = Served<'s, 'a>> {
    let spec = ingress.spec.as_deref();
    let rules = spec.into_iter().flat_map(|spec| spec.rules.iter().enumerate());
    let rules = rules.map(|(index, rule)| Served {
        rule: Some(index),
        host: rule.host.as_deref().filter(|host| !host.is_empty()),
        paths: rule.http.as_deref().map_or(&[], |http| &http.paths),
    });
    let otherwise = spec.filter(|spec| spec.default_backend.is_some());
    rules.chain(otherwise.map(|_| Served { rule: None, host: None, paths: &[] }))
}

/// Whether an Ingress serves anything beside the proof for a certificate.
pub(super) fn serves(ingress: &Ingress<'_>) -> bool {
    served(ingress).any(|served| !served.is_challenge())
}

impl<'s> Served<'s, '_> {
    /// Where it stands.
    pub(super) fn at(&self) -> FieldPath {
        let spec = FieldPath::root().key("spec");
        match (self.rule, self.host) {
            (None, _) => spec.key("defaultBackend"),
            (Some(index), None) => spec.key("rules").index(index),
            (Some(index), Some(_)) => spec.key("rules").index(index).key("host"),
        }
    }

    /// Whether it is the default backend, which takes what no rule does.
    pub(super) fn is_otherwise(&self) -> bool {
        self.rule.is_none()
    }

    /// Whether nothing is served but the proof for a certificate.
    pub(super) fn is_challenge(&self) -> bool {
        let is_one = |path: &Mapping<HttpIngressPath<'_>>| {
            path.path.as_deref().is_some_and(|path| path.starts_with(CHALLENGE))
        };
        !self.paths.is_empty() && self.paths.iter().all(is_one)
    }

    /// Counts what it takes to look at it.
    pub(super) fn spend(&self, found: &mut Findings<'_>) -> Checked {
        found.visit(1 + self.paths.len())?;
        found.spend(2 * self.host.map_or(0, str::len))
    }

    /// That `what` holds of the host, path by path: to serve one more is more of it.
    pub(super) fn facts(self, what: &'static str) -> impl Iterator<Item = Fact> + use<'s> {
        // No host is longer, and every fact takes it.
        let host = clipped(self.host.unwrap_or_default(), HOST_LIMIT);
        let paths: Vec<&str> =
            self.paths.iter().map(|path| path.path.as_deref().unwrap_or_default()).collect();
        let itself = Fact::new(Reach::object(), [what, &host]);
        let of = move |path| Fact::new(Reach::object(), [what, &host, path]);
        std::iter::once(itself).chain(paths.into_iter().map(of))
    }
}

/// As messages name it: `host "shop.example"`.
impl fmt::Display for Served<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.host {
            Some(host) => write!(f, "host {}", Quoted(host)),
            None if self.is_otherwise() => f.write_str("the default backend"),
            None => f.write_str("a rule without a host"),
        }
    }
}
