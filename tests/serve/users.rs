//! Who and what a policy binds: users, namespaces, labels.

use serde_json::{Value, json};
use support::review::{Review, create};

use crate::fixture::{PRODUCTION_POLICY, allowed, bad, spec};

/// A review of creating the bad Deployment by `user` in `namespace`.
fn by(user: &str, namespace: &str) -> String {
    Review::create(&bad_in(namespace)).user(user).to_string()
}

/// The bad Deployment in this namespace.
fn bad_in(namespace: &str) -> Value {
    let mut object = bad();
    object["metadata"]["namespace"] = namespace.into();
    object
}

#[test]
fn f45_a_user_is_excluded_by_the_whole_name_and_by_nothing_like_it() {
    let policy = spec("{match: {excludeUsers: ['deployer']}, rules: {resource-limits: {}}}");
    assert!(allowed(&policy, &by("deployer", "shop")));
    for user in [
        "",
        "Deployer",
        "deployer ",
        " deployer",
        "deployer2",
        "deploye",
        "deployer*",
        "dеployer",
        "x:deployer",
    ] {
        assert!(!allowed(&policy, &by(user, "shop")), "{user:?}");
    }
}

#[test]
fn f45_a_user_is_excluded_by_the_beginning_that_a_star_ends() {
    let policy = spec(
        "{match: {excludeUsers: ['system:serviceaccount:kube-system:*']}, rules: {resource-limits: {}}}",
    );
    for user in
        ["system:serviceaccount:kube-system:job-controller", "system:serviceaccount:kube-system:"]
    {
        assert!(allowed(&policy, &by(user, "shop")), "{user:?}");
    }
    for user in [
        "system:serviceaccount:kube-system",
        "system:serviceaccount:kube-system2:x",
        "system:serviceaccount:shop:kube-system:x",
        "xsystem:serviceaccount:kube-system:x",
        "system:serviceaccount:kube‐system:x",
        "SYSTEM:serviceaccount:kube-system:x",
        "system:node:kube-system",
    ] {
        assert!(!allowed(&policy, &by(user, "shop")), "{user:?}");
    }
}

#[test]
fn f48_nobody_is_excluded_without_being_named() {
    for user in [
        "system:serviceaccount:plimsoll:plimsoll",
        "system:serviceaccount:kube-system:generic-garbage-collector",
        "system:node:node-1",
        "system:admin",
        "kubernetes-admin",
        "",
    ] {
        assert!(!allowed(&PRODUCTION_POLICY, &by(user, "shop")), "{user:?}");
    }
    let review = Review::create(&bad());
    let master = json!({"username": "x", "groups": ["system:masters"]});
    for review in [review.clone().with("userInfo", master), review.without("userInfo")] {
        assert!(!allowed(&PRODUCTION_POLICY, &review.to_string()), "{review}");
    }
}

#[test]
fn f45_groups_and_extras_without_end_change_nothing() {
    let groups: Vec<String> = (0..10_000).map(|i| format!("group-{i}")).collect();
    let extra = json!({"scopes": ["x".repeat(1 << 20)]});
    let user = json!({"username": "developer", "groups": groups, "extra": extra});
    let review = Review::create(&bad()).with("userInfo", user);
    assert!(!allowed(&PRODUCTION_POLICY, &review.to_string()));
}

#[test]
fn a_namespace_is_let_off_by_its_own_name_only() {
    assert!(allowed(&PRODUCTION_POLICY, &by("developer", "kube-system")));
    for namespace in ["kube-systems", "kube-syste", "Kube-system", "kube-system ", "shop"] {
        assert!(!allowed(&PRODUCTION_POLICY, &by("developer", namespace)), "{namespace:?}");
    }
}

#[test]
fn the_requests_namespace_counts_and_not_the_objects() {
    let hiding = Review::create(&bad_in("kube-system")).namespace("shop");
    assert!(!allowed(&PRODUCTION_POLICY, &hiding.to_string()));
    let excused = Review::create(&bad_in("shop")).namespace("kube-system");
    assert!(allowed(&PRODUCTION_POLICY, &excused.to_string()));
}

#[test]
fn a_forged_label_does_not_move_an_object_to_another_namespace() {
    let mut object = bad();
    let forged = json!({"kubernetes.io/metadata.name": "kube-system"});
    object["metadata"]["labels"] = forged.clone();
    object["metadata"]["annotations"] = forged.clone();
    object["spec"]["template"]["metadata"]["labels"] = forged;
    assert!(!allowed(&PRODUCTION_POLICY, &create(&object)));
}

#[test]
fn f40_a_namespace_label_that_nobody_knows_lets_nobody_off() {
    for expression in [
        "{key: exempt, operator: DoesNotExist}",
        "{key: exempt, operator: Exists}",
        "{key: exempt, operator: In, values: ['true']}",
        "{key: exempt, operator: NotIn, values: ['true']}",
    ] {
        let policy = spec(&format!(
            "{{match: {{namespaceSelector: {{matchExpressions: [{expression}]}}}}, rules: {{resource-limits: {{}}}}}}"
        ));
        assert!(!allowed(&policy, &by("developer", "shop")), "{expression}");
    }
}

#[test]
fn an_object_selector_looks_at_the_labels_of_the_object() {
    let policy = spec(
        "{match: {objectSelector: {matchLabels: {tier: prod}}}, rules: {resource-limits: {}}}",
    );
    let mut object = bad();
    assert!(allowed(&policy, &create(&object)));
    object["spec"]["template"]["metadata"]["labels"]["tier"] = "prod".into();
    assert!(allowed(&policy, &create(&object)));
    object["metadata"]["labels"]["tier"] = "prod".into();
    assert!(!allowed(&policy, &create(&object)));
}

#[test]
fn a_custom_kind_is_reviewed_by_its_template_and_held_against_its_resource() {
    let policy = spec(
        "{match: {kinds: [{group: argoproj.io, kind: Rollout, podTemplate: spec.template}]}, rules: {resource-limits: {}}}",
    );
    let mut object = bad();
    object["apiVersion"] = "argoproj.io/v1alpha1".into();
    object["kind"] = "Rollout".into();
    let body = create(&object);
    assert!(!allowed(&policy, &body));
    assert!(allowed(&PRODUCTION_POLICY, &body), "no policy knows the kind");
    // The plural is a guess, so another one does not let the object off.
    for resource in ["rollouts", "rolloutses"] {
        let of = json!({"group": "argoproj.io", "version": "v1alpha1", "resource": resource});
        let review = Review::create(&object).with("resource", of);
        assert!(!allowed(&policy, &review.to_string()), "{resource}");
    }
}
