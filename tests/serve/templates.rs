//! Kinds that policies name, through the webhook: every template is judged, whoever names it.

use plimsoll::cluster::registration::{Registration, Target, configuration};
use plimsoll::policy::Snapshot;
use serde_json::{Value, json};
use std::sync::Arc;
use support::review::{Review, create, update};

use crate::fixture::{allowed, ask_under, bad, document, good, policies, spec};

/// Policies of one kind `Rollout`: the mode and the template's path of each.
fn rollouts(policies_of: &[(&str, &str)]) -> Arc<Snapshot> {
    let documents = policies_of.iter().enumerate().map(|(number, (mode, path))| {
        let kind = format!("{{group: argoproj.io, kind: Rollout, podTemplate: {path}}}");
        let spec = format!(
            "{{mode: {mode}, match: {{kinds: [{kind}]}}, rules: {{resource-limits: {{}}}}}}"
        );
        document(&format!("p{number}"), &spec)
    });
    policies(&documents.collect::<Vec<_>>().join("---\n"))
}

/// A Rollout with these templates, each good or bad.
fn rollout(templates: &[(&str, bool)]) -> Value {
    let mut object = json!({
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Rollout",
        "metadata": {"name": "api", "namespace": "shop"}
    });
    for (path, is_good) in templates {
        let mut of = if *is_good { good() } else { bad() };
        let place = path.split('.').fold(&mut object, |here, key| &mut here[key]);
        *place = of["spec"]["template"].take();
    }
    object
}

#[test]
fn an_audit_policy_with_a_wrong_path_switches_off_no_other_policys_deny() {
    let object = rollout(&[("spec.template", false)]);
    for wrong in [
        "spec",
        "template",
        "spec.podTemplate",
        "spec.template.spec",
        "spec.template.spec.template",
        "spec.template.metadata",
        "spec.jobTemplate.spec.template",
    ] {
        for order in [
            [("audit", wrong), ("deny", "spec.template")],
            [("deny", "spec.template"), ("audit", wrong)],
        ] {
            let policy = rollouts(&order);
            assert!(!allowed(&policy, &create(&object)), "{order:?}");
            assert!(
                !allowed(&policy, &Review::create(&object).sorted().to_string()),
                "{order:?}, read after"
            );
        }
    }
}

#[test]
fn every_template_of_a_kind_is_judged_and_named_by_its_path() {
    let kinds = ["spec.driver.template", "spec.executor.template"]
        .map(|path| format!("{{group: argoproj.io, kind: Rollout, podTemplate: {path}}}"));
    let one = spec(&format!(
        "{{match: {{kinds: [{}]}}, rules: {{resource-limits: {{}}}}}}",
        kinds.join(", ")
    ));
    let two = rollouts(&[("deny", "spec.driver.template"), ("audit", "spec.executor.template")]);
    for policy in [one, two] {
        for (driver, executor) in [(true, true), (true, false), (false, true), (false, false)] {
            let templates =
                [("spec.executor.template", executor), ("spec.driver.template", driver)];
            let answer = ask_under(&policy, create(&rollout(&templates))).unwrap();
            assert_eq!(answer.response.allowed, driver && executor);
            let status = answer.response.status.map(|status| status.details.unwrap().causes);
            let fields: Vec<String> =
                status.into_iter().flatten().map(|cause| cause.field).collect();
            for (path, is_good) in templates {
                assert_eq!(
                    !fields.iter().any(|field| field.starts_with(path)),
                    is_good,
                    "{fields:?}"
                );
            }
        }
    }
}

#[test]
fn kinds_whose_resource_is_guessed_alike_are_each_judged_as_themselves() {
    let kind = |kind: &str, path: &str| {
        format!("{{group: argoproj.io, kind: {kind}, podTemplate: {path}}}")
    };
    for (first, second) in [("Rollout", "ROLLOUT"), ("ROLLOUT", "Rollout")] {
        let path = |kind: &str| if kind == "Rollout" { "spec.template" } else { "spec.pod" };
        let kinds = [kind(first, path(first)), kind(second, path(second))].join(", ");
        let policy =
            spec(&format!("{{match: {{kinds: [{kinds}]}}, rules: {{resource-limits: {{}}}}}}"));
        assert!(allowed(&policy, &create(&rollout(&[("spec.template", true)]))));
        assert!(!allowed(&policy, &create(&rollout(&[("spec.template", false)]))));
    }
}

#[test]
fn a_flaw_that_moves_from_one_template_to_another_is_new() {
    let policy = rollouts(&[("deny", "spec.driver"), ("deny", "spec.executor")]);
    let with = |driver, executor| rollout(&[("spec.driver", driver), ("spec.executor", executor)]);
    assert!(!allowed(&policy, &update(&with(false, true), &with(true, false))));
    assert!(!allowed(&policy, &update(&with(false, true), &with(false, false))));
    assert!(allowed(&policy, &update(&with(false, true), &with(false, true))));
    assert!(allowed(&policy, &update(&with(false, false), &with(true, false))));
}

#[test]
fn a_path_without_a_template_is_warned_about_beside_what_is_found() {
    let policy = rollouts(&[("deny", "spec.template"), ("deny", "spec.pod")]);
    let warnings = |object: &Value| ask_under(&policy, create(object)).unwrap().response.warnings;
    assert_eq!(
        warnings(&rollout(&[("spec.template", true)])),
        ["Rollout has no pod template at spec.pod, so nothing is checked there"]
    );
    assert_eq!(
        warnings(&rollout(&[])),
        ["Rollout has no pod template at spec.pod or spec.template, so nothing of it is checked"]
    );
    assert!(warnings(&rollout(&[("spec.template", true), ("spec.pod", true)])).is_empty());
}

#[test]
fn a_custom_kind_is_registered_whether_or_not_its_objects_are_in_a_namespace() {
    let policy = spec(
        "{match: {kinds: [{group: argoproj.io, kind: Rollout, podTemplate: spec.template}, \
         {group: apps, kind: Deployment, podTemplate: spec.template}]}, rules: {resource-limits: {}}}",
    );
    let target = Target::url("https://plimsoll.example").expect("a URL");
    let made = configuration(&Registration::at(target), None, &policy);
    let rules = made.webhooks.unwrap().remove(0).rules.unwrap();
    let of = |group: &str| {
        let groups = |groups: &Option<Vec<String>>| groups.iter().flatten().any(|g| g == group);
        let found = rules.iter().filter(|rule| groups(&rule.api_groups));
        found
            .map(|rule| (rule.scope.clone().unwrap(), rule.resources.clone().unwrap()))
            .collect::<Vec<_>>()
    };
    assert_eq!(of("argoproj.io"), [("*".to_owned(), vec!["rollouts".to_owned()])]);
    let apps = ["deployments", "replicasets", "statefulsets", "daemonsets"].map(str::to_owned);
    assert_eq!(of("apps"), [("Namespaced".to_owned(), apps.to_vec())]);

    let mut object = rollout(&[("spec.template", false)]);
    object["metadata"].as_object_mut().unwrap().remove("namespace");
    let review = Review::create(&object).without("namespace");
    assert!(!allowed(&policy, &review.to_string()), "an object that is in no namespace");
}
