//! Whom a policy and its binding are about.

use std::collections::BTreeSet;

use k8s_openapi::api::admissionregistration::v1::{MatchResources, NamedRuleWithOperations};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use serde_json::{Value, json};

use super::documents::Documents;
use super::kinds::{Named, of_rule};

/// Whom it is about, as far as that can be carried over.
#[derive(Debug, Default)]
pub(super) struct Matching {
    pub(super) kinds: Vec<Named>,
    pub(super) operations: BTreeSet<&'static str>,
    pub(super) namespace_selector: Value,
    pub(super) object_selector: Value,
    pub(super) lost: Vec<String>,
}

/// What a policy says, narrowed by its binding.
pub(super) fn matching(
    policy: Option<&MatchResources>,
    binding: Option<&MatchResources>,
    documents: &Documents,
) -> Matching {
    let mut lost = Vec::new();
    let rules = |of: Option<&MatchResources>| -> Vec<NamedRuleWithOperations> {
        of.and_then(|of| of.resource_rules.clone()).unwrap_or_default()
    };
    let (mut kinds, mut operations) = about(&rules(policy), documents, &mut lost);
    let narrowing = rules(binding);
    if !narrowing.is_empty() {
        let (of_binding, also) = about(&narrowing, documents, &mut lost);
        kinds.retain(|kind| of_binding.contains(kind));
        operations.retain(|operation| also.contains(operation));
    }
    let both: Vec<&MatchResources> = policy.into_iter().chain(binding).collect();
    for of in &both {
        if of.exclude_resource_rules.iter().flatten().next().is_some() {
            lost.push("`excludeResourceRules`: it is about what they leave out as well".to_owned());
        }
        if of.match_policy.as_deref() == Some("Exact") {
            lost.push("`matchPolicy: Exact`: it is about every version of a kind".to_owned());
        }
    }
    let selectors = |read: fn(&MatchResources) -> Option<&LabelSelector>| {
        merged(both.iter().filter_map(|of| read(of)))
    };
    Matching {
        kinds,
        operations,
        namespace_selector: selectors(|of| of.namespace_selector.as_ref()),
        object_selector: selectors(|of| of.object_selector.as_ref()),
        lost,
    }
}

/// The kinds and operations that rules are about.
fn about(
    rules: &[NamedRuleWithOperations],
    documents: &Documents,
    lost: &mut Vec<String>,
) -> (Vec<Named>, BTreeSet<&'static str>) {
    let (mut kinds, mut operations) = (Vec::new(), BTreeSet::new());
    let mut each = Vec::new();
    for rule in rules {
        let (of_rule, unknown) = of_rule(rule, documents);
        kinds.extend(of_rule);
        lost.extend(unknown);
        let mut own = BTreeSet::new();
        for operation in rule.operations.iter().flatten() {
            match operation.as_str() {
                "CREATE" => own.extend(["CREATE"]),
                "UPDATE" => own.extend(["UPDATE"]),
                "*" => {
                    own.extend(["CREATE", "UPDATE"]);
                    lost.push("the operations DELETE and CONNECT".to_owned());
                }
                other => lost.push(format!("the operation {other}")),
            }
        }
        if rule.resource_names.iter().flatten().next().is_some() {
            lost.push("`resourceNames`: it is about objects of every name".to_owned());
        }
        if rule.scope.as_deref().is_some_and(|scope| scope != "*") {
            lost.push("`scope`: it is about objects in and out of namespaces".to_owned());
        }
        operations.extend(own.iter().copied());
        each.push(own);
    }
    if each.iter().any(|own| *own != operations) {
        lost.push("operations by resource: all of them are judged for each".to_owned());
    }
    kinds.sort();
    kinds.dedup();
    (kinds, operations)
}

/// A selector that fits what all of these fit.
fn merged<'s>(selectors: impl Iterator<Item = &'s LabelSelector>) -> Value {
    let mut expressions: Vec<Value> = Vec::new();
    for selector in selectors {
        for (key, value) in selector.match_labels.iter().flatten() {
            expressions.push(json!({"key": key, "operator": "In", "values": [value]}));
        }
        for wanted in selector.match_expressions.iter().flatten() {
            let values = wanted.values.clone().unwrap_or_default();
            let mut one = json!({"key": wanted.key, "operator": wanted.operator});
            if let (false, Some(one)) = (values.is_empty(), one.as_object_mut()) {
                one.insert("values".to_owned(), values.into());
            }
            expressions.push(one);
        }
    }
    if expressions.is_empty() { Value::Null } else { json!({"matchExpressions": expressions}) }
}
