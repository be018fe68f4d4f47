//! What is registered is what the policies in force read, each kind once.

use std::collections::BTreeSet;

use k8s_openapi::api::admissionregistration::v1::ValidatingWebhook;
use plimsoll::cluster::registration::{Registration, Target, configuration};
use plimsoll::policy::{BUILT_IN_POLICIES, PRODUCTION, Snapshot, load};
use plimsoll::subject::BUILT_IN;

use crate::fixture::document;

fn entries(policies: &[(&str, &str)]) -> Vec<ValidatingWebhook> {
    let policies = policies.iter().flat_map(|(name, text)| load(name, text).expect("it loads"));
    let snapshot = Snapshot::new(policies.collect());
    let target = Target::url("https://a.example").expect("a URL");
    configuration(&Registration::at(target), None, &snapshot).webhooks.expect("a list")
}

/// `scope group resource`, of all rules of an entry.
fn resources(entry: &ValidatingWebhook) -> Vec<String> {
    let mut found = Vec::new();
    for rule in entry.rules.iter().flatten() {
        let scope = rule.scope.as_deref().expect("a scope");
        for group in rule.api_groups.iter().flatten() {
            for resource in rule.resources.iter().flatten() {
                found.push(format!("{scope} {group} {resource}"));
            }
        }
    }
    found
}

fn of(name: &str) -> Vec<ValidatingWebhook> {
    let found = BUILT_IN_POLICIES.iter().find(|(known, _)| *known == name).expect(name);
    entries(&[*found])
}

#[test]
fn the_production_policy_is_asked_about_what_it_reads_and_nothing_else() {
    let entries = of(PRODUCTION);
    let names: Vec<_> = entries.iter().map(|e| (&*e.name, e.failure_policy.as_deref())).collect();
    assert_eq!(
        names,
        [("validate.plimsoll.dev", Some("Fail")), ("advise.plimsoll.dev", Some("Ignore"))]
    );
    assert_eq!(
        resources(&entries[0]),
        [
            "Namespaced  pods",
            "Namespaced  pods/ephemeralcontainers",
            "Namespaced  pods/resize",
            "Namespaced  replicationcontrollers",
            "Namespaced  podtemplates",
            "Namespaced  services",
            "Namespaced apps deployments",
            "Namespaced apps replicasets",
            "Namespaced apps statefulsets",
            "Namespaced apps daemonsets",
            "Namespaced apps controllerrevisions",
            "Namespaced batch jobs",
            "Namespaced batch cronjobs",
            "Namespaced networking.k8s.io ingresses",
            "Namespaced rbac.authorization.k8s.io rolebindings",
            "Cluster rbac.authorization.k8s.io clusterrolebindings",
        ]
    );
    let rbac = "rbac.authorization.k8s.io";
    assert_eq!(
        resources(&entries[1]),
        [
            "Namespaced  secrets".to_owned(),
            "Namespaced  configmaps".to_owned(),
            "Namespaced autoscaling horizontalpodautoscalers".to_owned(),
            "Namespaced gateway.networking.k8s.io gateways".to_owned(),
            "Namespaced gateway.networking.k8s.io httproutes".to_owned(),
            "Namespaced policy poddisruptionbudgets".to_owned(),
            format!("Namespaced {rbac} roles"),
            format!("Cluster {rbac} clusterroles"),
        ]
    );
    for entry in &entries {
        let conditions = entry.match_conditions.as_ref().expect("roles and bindings");
        for user in ["system:apiserver", "kube-system:clusterrole-aggregation-controller"] {
            assert!(conditions[0].expression.contains(user));
        }
    }
}

#[test]
fn policies_about_pods_alone_are_asked_about_nothing_else() {
    for name in ["baseline", "restricted"] {
        let entries = of(name);
        assert_eq!(entries.len(), 1, "{name}");
        let workloads = BUILT_IN.iter().filter(|kind| kind.is_workload()).count();
        assert_eq!(resources(&entries[0]).len(), workloads + 2, "{name}");
    }
}

#[test]
fn no_resource_is_in_two_entries_and_none_is_a_wildcard() {
    let warns = document(
        "warns",
        "{mode: warn, rules: {privileged: {}, external-ips: {}, rbac-wildcard: {}}}",
    );
    let denies = document("denies", "{rules: {replicas: {}, rbac-wildcard: {mode: warn}}}");
    let entries = entries(&[("warns", &warns), ("denies", &denies)]);
    let [validate, advise] = &entries[..] else { panic!("{entries:?}") };
    let (refusing, advising) = (resources(validate), resources(advise));
    assert_eq!(
        refusing,
        [
            "Namespaced  replicationcontrollers",
            "Namespaced apps deployments",
            "Namespaced apps statefulsets"
        ]
    );
    let all: BTreeSet<_> = refusing.iter().chain(&advising).collect();
    assert_eq!(all.len(), refusing.len() + advising.len());
    assert!(advising.contains(&"Namespaced  pods".to_owned()), "{advising:?}");
    assert!(all.iter().all(|resource| !resource.ends_with('*')));
}

#[test]
fn without_a_policy_nothing_is_registered() {
    assert!(entries(&[]).is_empty());
}
