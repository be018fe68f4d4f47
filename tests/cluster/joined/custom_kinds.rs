//! Kinds of others, named by policies that are objects: Argo's `Rollout`, and Knative's `Service`,
//! which has the name of a kind of Kubernetes' own.

use serde_json::{Value, json};

use super::World;
use super::objects::policy;
use crate::kubectl::wait_until;

/// The definition of a kind, with the names, scope and subresources that its makers give it.
fn definition(group: &str, version: &str, kind: &str, plural: &str) -> String {
    json!({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": format!("{plural}.{group}")},
        "spec": {"group": group, "scope": "Namespaced",
                 "names": {"kind": kind, "plural": plural, "singular": kind.to_lowercase()},
                 "versions": [{"name": version, "served": true, "storage": true,
                               "subresources": {"status": {}},
                               "schema": {"openAPIV3Schema": {
                                   "type": "object",
                                   "x-kubernetes-preserve-unknown-fields": true}}}]}
    })
    .to_string()
}

fn object(version: &str, kind: &str, is_privileged: bool) -> Value {
    let context = json!({"privileged": is_privileged});
    let container = json!({"name": "a", "image": "a.example/a:1", "securityContext": context});
    json!({"apiVersion": version, "kind": kind, "metadata": {"name": "a", "namespace": "shop"},
           "spec": {"template": {"spec": {"containers": [container]}}}})
}

/// The plural of a kind is a guess, and a wrong one must not pass for a registration.
#[test]
fn a_kind_whose_plural_is_another_than_was_guessed_is_said_not_to_be_registered_until_it_is_named()
{
    let world = World::with_objects(&[], 1);
    assert!(world.apply(&definition("sea.example", "v1", "Octopus", "octopi")).success());
    world.kubectl(&["wait", "--for=condition=Established", "crd/octopi.sea.example"]);
    let spec = |more: &str| {
        format!(
            "{{match: {{kinds: [{{group: sea.example, kind: Octopus, podTemplate: spec.template{more}}}]}}, \
             rules: {{privileged: {{}}}}}}"
        )
    };
    assert!(world.apply(&policy("p", &spec(""))).success());
    world.wait_for_ready(&["deploypolicy", "p"], "False NotRegistered 1");
    assert!(world.apply(&policy("p", &spec(", plural: octopi"))).success());
    world.wait_for_ready(&["deploypolicy", "p"], "True InForce 2");
    let bad = object("sea.example/v1", "Octopus", true).to_string();
    wait_until("it is refused", || world.try_out(&bad).stderr.contains("privileged"));
}

#[test]
fn rollouts_and_knative_services_are_judged_as_soon_as_a_policy_names_them() {
    let world = World::with_objects(&[], 1);
    let kinds = [
        ("argoproj.io", "v1alpha1", "Rollout", "rollouts"),
        ("serving.knative.dev", "v1", "Service", "services"),
    ];
    for (group, version, kind, plural) in kinds {
        assert!(world.apply(&definition(group, version, kind, plural)).success());
        let name = format!("crd/{plural}.{group}");
        world.kubectl(&["wait", "--for=condition=Established", &name]);
    }
    let versions = ["argoproj.io/v1alpha1", "serving.knative.dev/v1"];
    let [bad, good] = [true, false].map(|is_privileged| {
        [("Rollout", versions[0]), ("Service", versions[1])]
            .map(|(kind, version)| object(version, kind, is_privileged).to_string())
    });
    wait_until("the API server knows both", || {
        bad.iter().all(|object| world.try_out(object).success())
    });
    let spec = "{match: {kinds: [\
                {group: argoproj.io, kind: Rollout, podTemplate: spec.template},\
                {group: serving.knative.dev, kind: Service, podTemplate: spec.template}]},\
                rules: {privileged: {}, external-ips: {}}}";
    assert!(world.apply(&policy("p", spec)).success());
    for object in &bad {
        wait_until("it is refused", || {
            let refused = world.try_out(object).stderr;
            refused.contains("privileged")
                && refused.contains("spec.template.spec.containers[0].securityContext.privileged")
        });
    }
    for object in &good {
        let applied = world.try_out(object);
        assert!(applied.success(), "{applied}");
    }
    world.wait_for_ready(&["deploypolicy", "p"], "True InForce 1");
    // The two kinds called Service are two.
    let service = "apiVersion: v1\nkind: Service\nmetadata: {name: a, namespace: shop}\n\
                   spec: {externalIPs: [192.0.2.1], ports: [{port: 80}], selector: {a: b}}\n";
    let refused = world.try_out(service);
    assert!(refused.stderr.contains("external-ips"), "{refused}");
}
