//! A policy in force: whom it binds.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;

use super::checklist::ChecklistLine;
use super::digest::Digest;
use super::requester::{Controllers, Making, Requester, is_by_controller};
use super::spec::{MatchSpec, Selector};
use crate::custom::Conditions;
use crate::inventory::{Inventory, Label, Neighbour};
use crate::rules::{Armed, Mode, PodSecurityVersion};
use crate::subject::{Kind, Map, Str, Subject};

/// The label that every namespace bears and nobody can change.
pub(super) const NAME_LABEL: &str = "kubernetes.io/metadata.name";

/// A policy in force.
#[derive(Clone)]
pub struct BoundPolicy {
    /// The policy's name.
    pub name: Arc<str>,
    /// Whether it is an object of the cluster, and not of a file.
    pub is_object: bool,
    /// What tells this edit of it from another.
    pub digest: Digest,
    /// The mode of rules that set none.
    pub mode: Mode,
    /// The Kubernetes minor whose Pod Security Standards hold.
    pub version: PodSecurityVersion,
    /// The rules, in the order of the catalog.
    pub rules: Vec<Arc<dyn Armed>>,
    /// The lines of the checklist that it stands for.
    pub checklist: Vec<ChecklistLine>,
    /// Kinds that the policy adds to the built-in ones.
    pub kinds: Vec<Kind>,
    pub(super) matches: MatchSpec,
    /// What must hold of a write so that it is about it.
    pub conditions: Arc<Conditions>,
    /// What it says of rules that this version does not know.
    pub unknown: Vec<String>,
}

/// The labels that an object had before it is written.
#[derive(Debug, Clone, Copy)]
pub enum OldLabels<'s> {
    /// There was no object, or it was this one.
    None,
    /// There was one, and its labels cannot be read.
    Unknown,
    /// These.
    Known(&'s Map<'s, Str<'s>>),
}

impl BoundPolicy {
    /// Whether the policy binds `subject`, whose write `requester` asks for.
    ///
    /// As in Kubernetes, the object selector fits where it fits the object as it is written or as
    /// it was before: no write steps out of a policy.
    pub fn binds(
        &self,
        subject: &Subject<'_>,
        before: OldLabels<'_>,
        requester: Option<&Requester<'_>>,
        inventory: &Inventory,
    ) -> bool {
        !requester.is_some_and(|requester| self.excludes(requester, subject.kind))
            && self.binds_namespace(subject, before, inventory)
            && (self.selects(&subject.object.metadata.labels)
                || match before {
                    OldLabels::None => false,
                    OldLabels::Unknown => self.matches.object_selector.fits(|_| Label::Unknown),
                    OldLabels::Known(labels) => self.selects(labels),
                })
    }

    /// Whether this rule of it refuses, or will from a moment on that is announced.
    pub(super) fn may_deny_by(&self, rule: &dyn Armed) -> bool {
        rule.deny_from().is_some() || rule.mode(self.mode, Timestamp::MIN) == Mode::Deny
    }

    /// The same with another rule, which may be made at run time.
    #[must_use]
    pub fn with_rule(mut self, rule: Arc<dyn Armed>) -> Self {
        self.rules.push(rule);
        self
    }

    /// The same in another mode: that of the rules that set none.
    #[must_use]
    pub fn in_mode(&self, mode: Mode) -> Self {
        Self { mode, ..self.clone() }
    }

    /// Whether it refuses anything at `now`, whatever the ceiling is.
    pub fn refuses(&self, now: Timestamp) -> bool {
        self.rules.iter().any(|rule| rule.mode(self.mode, now) == Mode::Deny)
    }

    /// Whether it judges what `requester` writes of this kind.
    pub fn judges(&self, requester: &Requester<'_>, kind: &Kind) -> bool {
        !self.excludes(requester, kind)
    }

    /// What of the policy is not in force, beside its name.
    pub fn not_in_force(&self) -> impl Iterator<Item = (Arc<str>, String)> + '_ {
        self.unknown.iter().map(|what| (Arc::clone(&self.name), what.clone()))
    }

    /// The neighbours that the policy or some rule of it asks for.
    pub fn needs(&self) -> BTreeSet<Neighbour> {
        let of_rules = self.rules.iter().flat_map(|rule| rule.needs().iter().copied());
        of_rules.chain(self.asks_for_owners().then_some(Neighbour::Owner)).collect()
    }

    /// Whether it holds what controllers make against what they make it from.
    pub fn asks_for_owners(&self) -> bool {
        self.matches.controllers == Controllers::Owner
    }

    /// Whether it depends on the labels of an object of this kind whether the policy binds it.
    pub fn selects_by_labels_of(&self, kind: &Kind) -> bool {
        let MatchSpec { object_selector, namespace_selector, .. } = &self.matches;
        let none = Selector::default();
        *object_selector != none || kind.is_namespace() && *namespace_selector != none
    }

    fn selects(&self, labels: &Map<'_, Str<'_>>) -> bool {
        let known = |key: &str| labels.get(key).map_or(Label::Absent, |value| Label::Value(value));
        self.matches.object_selector.fits(known)
    }

    fn excludes(&self, requester: &Requester<'_>, kind: &Kind) -> bool {
        let Requester { user, groups, operation, making } = requester;
        let matches = &self.matches;
        let is_let_off = match matches.controllers {
            Controllers::Judge => false,
            Controllers::Owner => *making == Making::FromUnknown,
            Controllers::Ignore => is_by_controller(*user, kind),
        };
        if is_let_off {
            return true;
        }
        if !matches.operations.is_empty() && !matches.operations.contains(operation) {
            return true;
        }
        let fits = |pattern: &str, name: &str| match pattern.strip_suffix('*') {
            Some(start) => name.starts_with(start),
            None => name == pattern,
        };
        let account = user.and_then(|user| user.strip_prefix("system:serviceaccount:"));
        let account = account.and_then(|account| account.split_once(':'));
        let is_account = |pattern: &String| match (account, pattern.split_once('/')) {
            (Some((namespace, name)), Some((wanted, pattern))) => {
                namespace == wanted && fits(pattern, name)
            }
            _ => false,
        };
        matches.exclude_users.iter().any(|pattern| user.is_some_and(|user| fits(pattern, user)))
            || matches
                .exclude_groups
                .iter()
                .any(|pattern| groups.iter().any(|group| fits(pattern, group)))
            || matches.exclude_service_accounts.iter().any(is_account)
    }

    /// As in Kubernetes, a Namespace is in itself.
    fn binds_namespace(
        &self,
        subject: &Subject<'_>,
        before: OldLabels<'_>,
        inventory: &Inventory,
    ) -> bool {
        let namespace = subject.namespace.as_deref();
        if subject.kind.is_namespace() {
            let fits = |labels: Option<&Map<'_, Str<'_>>>| {
                self.matches.namespace_selector.fits(|key| match labels {
                    _ if key == NAME_LABEL => Label::Value(&subject.name),
                    Some(labels) => labels.get(key).map_or(Label::Absent, |v| Label::Value(v)),
                    None => Label::Unknown,
                })
            };
            return fits(Some(&subject.object.metadata.labels))
                || match before {
                    OldLabels::None => false,
                    OldLabels::Unknown => fits(None),
                    OldLabels::Known(labels) => fits(Some(labels)),
                };
        }
        let labels = namespace.and_then(|name| inventory.namespace_labels(name));
        self.matches.namespace_selector.fits(|key| match (namespace, labels) {
            (Some(name), _) if key == NAME_LABEL => Label::Value(name),
            (_, Some(labels)) => labels.get(key),
            _ => Label::Unknown,
        })
    }
}
