//! Rules that a policy writes itself, on two replicas: as people meet them through kubectl.

use serde_json::{Value, json};

use super::World;
use super::objects::policy;
use crate::kubectl::wait_until;

const DEFINITION: &str = "
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.shop.example}
spec:
  group: shop.example
  scope: Namespaced
  names: {kind: Widget, plural: widgets}
  versions:
    - name: v1
      served: true
      storage: true
      schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
";

const SPEC: &str = r#"{custom: [
  {id: team-label, message: name the team, expression: "object.metadata.?labels[?'team'].hasValue()"},
  {id: two-replicas, mode: warn, messageExpression: "'only ' + string(object.spec.replicas)",
   expression: "object.spec.replicas > 1", resources: [{group: apps, kind: Deployment}]},
  {id: few-keys, message: too many keys, expression: "size(object.data) < 2", resources: [{kind: ConfigMap}]},
  {id: small, message: too large, expression: "object.spec.size < 3",
   resources: [{group: shop.example, kind: Widget}]}
]}"#;

const EXCEPTION: &str = "
apiVersion: plimsoll.dev/v1alpha1
kind: PolicyException
metadata: {name: old, namespace: shop}
spec:
  rules: [team-label]
  select: {kind: Deployment, name: excused}
  reason: older than the rule
  expires: \"2027-01-31T00:00:00Z\"
";

fn deployment(name: &str, team: Option<&str>) -> Value {
    let labels = team.map_or(json!({}), |team| json!({"team": team}));
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": name, "namespace": "shop", "labels": labels},
        "spec": {
            "replicas": 1, "selector": {"matchLabels": {"app": "a"}},
            "template": {
                "metadata": {"labels": {"app": "a"}},
                "spec": {"containers": [{"name": "a", "image": "registry.example/a:1"}]}
            }
        }
    })
}

fn object(version: &str, kind: &str, more: &Value) -> String {
    let mut object = json!({
        "apiVersion": version, "kind": kind, "metadata": {"name": "a", "namespace": "shop"}
    });
    object.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    object.to_string()
}

#[test]
fn a_custom_rule_refuses_warns_is_excused_and_lets_in_what_stood_before() {
    let world = World::with_objects(&["--exception-namespaces", "shop"], 2);
    assert!(world.apply(DEFINITION).success());
    world.kubectl(&["wait", "--for=condition=Established", "crd/widgets.shop.example"]);
    assert!(
        world.apply(&deployment("old", None).to_string()).success(),
        "before there is a policy"
    );
    assert!(world.apply(&policy("p", SPEC)).success());
    let nameless = deployment("a", None).to_string();
    wait_until("it is refused", || {
        let refused = world.try_out(&nameless).stderr;
        refused.contains("team-label") && refused.contains("name the team")
    });
    let named = world.try_out(&deployment("a", Some("shop")).to_string());
    assert!(named.success() && named.stderr.contains("two-replicas: only 1"), "{named}");
    // What stood before may go on standing, and what is taken away may not.
    let mut scaled = deployment("old", None);
    scaled["spec"]["replicas"] = 3.into();
    let updated = world.apply(&scaled.to_string());
    assert!(updated.success() && updated.stderr.contains("1 known violation stays"), "{updated}");
    // Of other kinds, also such as no built-in rule knows.
    for (version, kind, good, bad, rule) in [
        (
            "v1",
            "ConfigMap",
            json!({"data": {"a": "1"}}),
            json!({"data": {"a": "1", "b": "2"}}),
            "few-keys",
        ),
        (
            "shop.example/v1",
            "Widget",
            json!({"spec": {"size": 1}}),
            json!({"spec": {"size": 9}}),
            "small",
        ),
    ] {
        wait_until(&format!("a {kind} is refused"), || {
            world.try_out(&object(version, kind, &bad)).stderr.contains(rule)
        });
        let applied = world.try_out(&object(version, kind, &good));
        assert!(applied.success(), "{applied}");
    }
    let excused = deployment("excused", None).to_string();
    assert!(!world.try_out(&excused).success());
    let applied = world.apply(EXCEPTION);
    assert!(applied.success(), "{applied}");
    wait_until("it is excused", || world.try_out(&excused).success());
    assert!(!world.try_out(&nameless).success());
}

/// An audit holds what is there against the same rules; who asked for it, nobody knows any more.
#[test]
fn an_audit_finds_what_a_custom_rule_would_refuse_of_every_kind() {
    let world = World::new();
    assert!(world.apply(DEFINITION).success());
    world.kubectl(&["wait", "--for=condition=Established", "crd/widgets.shop.example"]);
    let widget = object("shop.example/v1", "Widget", &json!({"spec": {"size": 9}}));
    let map = object("v1", "ConfigMap", &json!({"data": {"a": "1", "b": "2"}}));
    wait_until("the kind is served", || world.apply(&widget).success());
    for text in [map, deployment("a", None).to_string()] {
        assert!(world.apply(&text).success());
    }
    let own = r#"{id: by-jane, expression: "request.userInfo.username == 'jane'"}]}"#;
    let spec = format!("{}, {own}", SPEC.trim_end().trim_end_matches("]}").trim_end());
    let file = world.path().join("custom.yaml");
    std::fs::write(&file, policy("p", &spec)).unwrap();
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_plimsoll"));
    command.args(["audit", "-n", "shop", "--format", "json", "--policy"]).arg(file);
    command.arg("--kubeconfig").arg(world.cluster.kubeconfig(support::control_plane::User::Admin));
    let output = command.output().unwrap();
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let found = report["violations"].as_array().unwrap();
    let found: std::collections::BTreeSet<String> = found
        .iter()
        .map(|v| format!("{} {}", v["kind"].as_str().unwrap(), v["rule"].as_str().unwrap()))
        .collect();
    for wanted in
        ["ConfigMap few-keys", "Deployment team-label", "Deployment two-replicas", "Widget small"]
    {
        assert!(
            found.contains(wanted),
            "{wanted}: {found:?}\n{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
    assert!(!found.iter().any(|rule| rule.contains("by-jane")), "{found:?}");
    assert!(report.to_string().contains("by-jane"), "it is told that it cannot be told");
}

fn only_rule(expression: &str) -> String {
    policy("p", &format!("{{custom: [{{id: a-rule, expression: \"{expression}\"}}]}}"))
}

#[test]
fn a_broken_rule_is_refused_where_it_is_written_into_a_policy() {
    let world = World::with_objects(&[], 1);
    assert!(world.apply(&only_rule("true")).success());
    world.wait_for_ready(&["deploypolicy", "p"], "True InForce 1");
    let refused = world.apply(&only_rule("objct.spec.replicas > 1"));
    assert!(!refused.success(), "{refused}");
    let said = "spec.custom[0].expression: line 1, column 1: there is no variable `objct`; did you mean `object`?";
    assert!(refused.stderr.contains(said), "{refused}");
}

#[test]
fn a_broken_rule_that_slipped_by_lets_nothing_in_on_every_replica() {
    let mut world = World::new();
    world.has_file = false;
    let broken = only_rule("objct.spec.replicas > 1");
    assert!(world.apply(&broken).success(), "nobody is there to refuse it");
    for _ in 0..2 {
        world.start(&[]);
    }
    world.wait_for_registration();
    world.wait_until_ready();
    let any = deployment("a", Some("shop"));
    wait_until("both replicas refuse", || world.decisions(&any) == [false, false]);
    wait_until("it is refused", || {
        let said = "custom rule a-rule cannot be evaluated: it is no expression";
        world.try_out(&any.to_string()).stderr.contains(said)
    });
    world.wait_for_ready(&["deploypolicy", "p"], "False PartlyInForce 1");
    assert!(world.apply(&only_rule("true")).success());
    wait_until("both let it in", || world.decisions(&any) == [true, true]);
}
