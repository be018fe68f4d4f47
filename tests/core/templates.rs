//! A kind has all the templates that any policy names: whatever another policy says, right or
//! wrong, in whatever order, a policy refuses what it refuses by itself.

use jiff::Timestamp;
use plimsoll::policy::{Snapshot, load};
use plimsoll::review::{Verdict, review};
use plimsoll::rules::Budget;
use plimsoll::subject::Subject;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, Value, json};

/// A policy that names one kind with these templates.
fn policy(name: &str, mode: &str, paths: &[String]) -> String {
    let kinds: String = paths
        .iter()
        .map(|path| format!("    - {{group: a.example, kind: Rollout, podTemplate: {path}}}\n"))
        .collect();
    let kinds =
        if kinds.is_empty() { String::new() } else { format!("  match:\n    kinds:\n{kinds}") };
    format!(
        "apiVersion: plimsoll.dev/v1alpha1\nkind: DeployPolicy\nmetadata: {{name: {name}}}\n\
         spec:\n  mode: {mode}\n{kinds}  rules: {{privileged: {{}}, secret-literals: {{}}}}\n"
    )
}

fn snapshot(policies: &[String]) -> Snapshot {
    let policies = policies.iter().flat_map(|text| load("p.yaml", text).expect(text));
    Snapshot::new(policies.collect())
}

fn verdict(snapshot: &Snapshot, object: &Value) -> Option<Verdict> {
    let kind = snapshot.kinds().find("a.example", "Rollout")?;
    let json = object.to_string();
    let subject = Subject::read(kind, json.as_bytes()).expect("readable");
    Some(review(&subject, None, snapshot, Timestamp::UNIX_EPOCH, &mut Budget::default()))
}

fn pod(is_privileged: bool) -> Value {
    json!({
        "metadata": {"labels": {"app": "api"}},
        "spec": {"containers": [{
            "name": "api", "image": "a.example/b:1", "securityContext": {"privileged": is_privileged}
        }]}
    })
}

/// Puts a value at a path, into whatever is there already.
fn put(object: &mut Value, path: &str, value: Value) {
    let place = path.split('.').fold(object, |here, key| &mut here[key]);
    match (place, value) {
        (Value::Object(here), Value::Object(value)) => here.extend(value),
        (place, value) => *place = value,
    }
}

fn object(templates: &[(String, bool)]) -> Value {
    let mut object = Value::Object(Map::new());
    for (path, is_privileged) in templates {
        put(&mut object, path, pod(*is_privileged));
    }
    object["apiVersion"] = json!("a.example/v1");
    object["kind"] = json!("Rollout");
    object["metadata"] = json!({"name": "api", "namespace": "shop"});
    object
}

/// Whether a privileged container stands in the template at `path`, told from the tree.
fn is_privileged(object: &Value, path: &str) -> bool {
    let pointer =
        format!("/{}/spec/containers/0/securityContext/privileged", path.replace('.', "/"));
    object.pointer(&pointer) == Some(&json!(true))
}

/// Paths that stand beside, before, behind and inside each other.
fn paths() -> impl Strategy<Value = Vec<String>> {
    let path = select(vec![
        "spec",
        "template",
        "spec.template",
        "spec.template.spec",
        "spec.template-2",
        "spec.jobTemplate",
        "spec.jobTemplate.spec.template",
        "spec.jobTemplate.spec.template.spec.template",
        "spec.worker.template",
        "spec.nowhere.template",
    ]);
    prop::collection::btree_set(path, 0..4)
        .prop_map(|paths| paths.into_iter().map(str::to_owned).collect())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_policy_judges_the_template_that_any_policy_names_and_none_loosens_another(
        denying in paths(),
        auditing in paths(),
        more in paths(),
        is_first in any::<bool>(),
        flags in prop::collection::vec(any::<bool>(), 4),
    ) {
        let templates: Vec<_> = denying.iter().chain(&more).cloned().zip(flags).collect();
        let object = object(&templates);
        let alone = [policy("deny", "deny", &denying)];
        let audit = policy("audit", "audit", &auditing);
        let both = if is_first { [audit, alone[0].clone()] } else { [alone[0].clone(), audit] };
        let strikes = |paths: &[&Vec<String>]| {
            paths.iter().copied().flatten().any(|path| is_privileged(&object, path))
        };
        if let Some(verdict) = verdict(&snapshot(&alone), &object) {
            prop_assert_eq!(verdict.allowed(), !strikes(&[&denying]), "{}", object);
        }
        if let Some(verdict) = verdict(&snapshot(&both), &object) {
            prop_assert_eq!(verdict.allowed(), !strikes(&[&denying, &auditing]), "{}", object);
        }
    }
}

#[test]
fn findings_of_two_templates_stand_at_their_own_paths_and_count_as_one_check() {
    let paths = ["spec.b".to_owned(), "spec.a".to_owned()];
    let snapshot = snapshot(&[policy("p", "deny", &paths)]);
    let object = object(&[("spec.b".to_owned(), true), ("spec.a".to_owned(), true)]);
    let verdict = verdict(&snapshot, &object).expect("a workload");
    let found: Vec<String> = verdict.denials().map(|v| v.finding.at.to_string()).collect();
    let at = |path: &str| format!("{path}.spec.containers[0].securityContext.privileged");
    assert_eq!(found, [at("spec.a"), at("spec.b")]);
    assert_eq!((verdict.passed(), verdict.total()), (1, 2));
    assert!(verdict.lacking.is_empty());
}

#[test]
fn what_is_wrong_with_the_object_itself_is_said_once_for_all_its_templates() {
    let paths = ["spec.a".to_owned(), "spec.b".to_owned()];
    let snapshot = snapshot(&[policy("p", "deny", &paths)]);
    let mut object = object(&[("spec.a".to_owned(), false), ("spec.b".to_owned(), false)]);
    object["metadata"]["annotations"] = json!({"db": "postgres://api:correct-horse@db/shop"});
    let verdict = verdict(&snapshot, &object).expect("a workload");
    let found: Vec<String> = verdict.denials().map(|v| v.finding.at.to_string()).collect();
    assert_eq!(found, ["metadata.annotations.db"]);
}

#[test]
fn a_path_without_a_template_is_said_and_takes_nothing_from_the_others() {
    let right = policy("right", "deny", &["spec.template".to_owned()]);
    let wrong = policy("wrong", "audit", &["spec.pod".to_owned()]);
    let object = object(&[("spec.template".to_owned(), true)]);
    for policies in [[right.clone(), wrong.clone()], [wrong, right]] {
        let verdict = verdict(&snapshot(&policies), &object).expect("a workload");
        assert!(!verdict.allowed());
        let lacking: Vec<String> = verdict.lacking.iter().map(ToString::to_string).collect();
        assert_eq!(lacking, ["spec.pod"]);
    }
}

#[test]
fn a_key_that_is_there_twice_is_refused_whichever_path_leads_through_it() {
    let paths = ["spec.a.t".to_owned(), "spec.b.t".to_owned(), "c.t".to_owned()];
    let snapshot = snapshot(&[policy("p", "deny", &paths)]);
    let kind = snapshot.kinds().find("a.example", "Rollout").expect("a workload");
    for json in [
        r#"{"spec":{"a":{}},"spec":{}}"#,
        r#"{"c":{},"c":{}}"#,
        r#"{"spec":{"a":{},"b":{},"a":{}}}"#,
        r#"{"spec":{"b":{"t":{},"t":{}}}}"#,
        r#"{"spec":{"b":{"t":{}},"\u0062":null}}"#,
    ] {
        let error = Subject::read(kind, json.as_bytes()).expect_err(json).to_string();
        assert!(error.contains("duplicate field"), "{json}: {error}");
    }
    Subject::read(kind, br#"{"spec":{"x":1,"x":2,"a":null,"b":{"t":null}},"c":{}}"#).expect("fine");
}

#[test]
fn any_number_of_templates_is_read() {
    let paths: Vec<String> = (0..200).map(|n| format!("spec.role{n}.template")).collect();
    let snapshot = snapshot(&[policy("p", "deny", &paths)]);
    for path in &paths {
        let verdict = verdict(&snapshot, &object(&[(path.clone(), true)])).expect("a workload");
        let found: Vec<String> = verdict.denials().map(|v| v.finding.at.to_string()).collect();
        assert_eq!(found, [format!("{path}.spec.containers[0].securityContext.privileged")]);
        assert_eq!(verdict.lacking.len(), 199);
    }
}
