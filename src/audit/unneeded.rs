//! What nothing that runs needs: exceptions that excuse nothing, rules that nothing fails.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::Serialize;

use super::book::Book;
use super::plan::in_order;
use super::record::{RuleInForce, Scope};
use crate::policy::{Exception, Snapshot, Standing};

/// What nothing that was looked at needs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Unneeded {
    /// Exceptions in force that nothing needs any more, by namespace and name.
    pub unneeded_exceptions: Vec<String>,
    /// Rules that nothing fails.
    pub unfailed_rules: Vec<String>,
}

/// The rules of all policies, each once, in the order of their names.
pub fn rules_in_force(snapshot: &Snapshot) -> Vec<RuleInForce> {
    let rules = snapshot.policies().iter().flat_map(|policy| &policy.rules).map(|rule| rule.rule());
    let named: BTreeSet<(String, String)> =
        rules.map(|rule| (rule.id.to_string(), rule.group.to_string())).collect();
    named.into_iter().map(|(id, group)| RuleInForce { id, group }).collect()
}

impl Unneeded {
    /// What nothing in a finished book needs.
    ///
    /// Nothing is said of what was not looked at, nor of rules that could not say.
    pub fn of(book: &Book, snapshot: &Snapshot, scope: &Scope, now: Timestamp) -> Self {
        if scope.selector.is_some() {
            return Self::default();
        }
        let is_known = |kind: &str, namespace: Option<&str>| {
            let is_it = |of: Option<&String>, there: Option<&String>| {
                of.is_none_or(|of| *of == kind)
                    && there.is_none_or(|there| Some(there.as_str()) == namespace)
            };
            let left_out = book.left_out().iter().map(|m| (Some(&m.kind), m.namespace.as_ref()));
            let failed = book.failures().iter().map(|f| (f.kind.as_ref(), f.namespace.as_ref()));
            !left_out.chain(failed).any(|(kind, namespace)| is_it(kind, namespace))
        };
        let max_days = snapshot.exceptions().terms().max_days;
        let is_idle = |exception: &Exception| {
            let namespace = &*exception.namespace;
            let is_asked = scope.namespaces.is_empty()
                || scope.namespaces.iter().any(|name| name == namespace);
            exception.standing(now, max_days) == Standing::InForce
                && is_asked
                && is_known(&exception.spec.select.kind, Some(namespace))
                && !book.excuses.contains(&**exception.title())
        };
        let exceptions = snapshot.exceptions().shared().filter(|exception| is_idle(exception));
        let unneeded_exceptions =
            exceptions.map(|exception| exception.title().to_string()).collect();
        let unsaid: BTreeSet<&str> =
            book.undetermined.keys().map(|(rule, _)| rule.as_str()).collect();
        let holds = |rule: &RuleInForce| {
            !book.failing.contains(&rule.id) && !unsaid.contains(rule.id.as_str())
        };
        let rules = rules_in_force(snapshot).into_iter().filter(holds);
        let policies = snapshot.policies().iter();
        let armed: Vec<_> = policies.flat_map(|policy| &policy.rules).collect();
        let kinds = in_order(snapshot);
        let passed_over: Vec<_> = kinds.iter().filter(|kind| book.passes_over(kind)).collect();
        let is_seen = |rule: &RuleInForce| {
            let covers = |kind| armed.iter().any(|of| of.rule().id == *rule.id && of.covers(kind));
            !passed_over.iter().any(|kind| covers(kind))
        };
        let rules = rules.filter(is_seen);
        // A kind that was not looked at may fail any of them.
        let is_whole = book.left_out().is_empty() && book.failures().is_empty();
        let unfailed_rules = rules.filter(|_| is_whole).map(|rule| rule.id).collect();
        Self { unneeded_exceptions, unfailed_rules }
    }
}
