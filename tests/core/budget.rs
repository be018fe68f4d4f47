//! A review is bounded, and what bounds it decides nothing that a rule would decide otherwise.

use jiff::Timestamp;
use plimsoll::check::check_within;
use plimsoll::files::SourceText;
use plimsoll::policy::{Snapshot, load};
use plimsoll::report::{Form, Report, Writer};
use plimsoll::review::{Ending, Verdict, review, review_update};
use plimsoll::rules::catalog::CATALOG;
use plimsoll::rules::{Budget, Limits};
use plimsoll::subject::{BUILT_IN, Subject};
use serde_json::{Value, json};
use support::edit::replaced_once;

const NOW: Timestamp = Timestamp::UNIX_EPOCH;

fn snapshot(specs: &[&str]) -> Snapshot {
    let documents = specs.iter().enumerate().map(|(n, spec)| {
        format!(
            "apiVersion: plimsoll.dev/v1alpha1\nkind: DeployPolicy\nmetadata: {{name: p{n}}}\nspec: {spec}\n"
        )
    });
    let text = documents.collect::<Vec<_>>().join("---\n");
    Snapshot::new(load("test", &text).expect("it loads"))
}

fn pod(containers: usize, image: &str) -> String {
    let container = |n| {
        json!({
            "name": format!("c{n}"), "image": image, "command": ["sleep", "forever"],
            "securityContext": {"privileged": true},
        })
    };
    let containers: Value = (0..containers).map(container).collect();
    json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}, "spec": {"containers": containers}})
        .to_string()
}

fn read(json: &str) -> Subject<'_> {
    Subject::read(&BUILT_IN[0], json.as_bytes()).expect("readable")
}

fn judged(json: &str, snapshot: &Snapshot, limits: Limits) -> (Verdict, u64) {
    let mut budget = Budget::new(limits);
    let verdict = review(&read(json), None, snapshot, NOW, &mut budget);
    (verdict, budget.steps())
}

#[test]
fn f136_the_old_object_takes_nothing_of_what_the_new_one_may_take() {
    let policies = snapshot(&["{rules: {privileged: {}, secret-literals: {}}}"]);
    let (old, new) = (pod(10, "a:1"), pod(10, "a:2"));
    let (_, steps) = judged(&new, &policies, Limits::default());
    // Enough for each of the two, and not for both together.
    for limits in [
        Limits { findings: 10, ..Limits::default() },
        Limits { findings: 15, ..Limits::default() },
        Limits { steps: steps + steps / 2, ..Limits::default() },
    ] {
        let mut budget = Budget::new(limits);
        let (old, new) = (read(&old), read(&new));
        let verdict = review_update(&new, Some(&old), None, &policies, NOW, &mut budget);
        assert!(verdict.allowed(), "{limits:?}: {:?}", verdict.ending);
    }
}

#[test]
fn f129_a_policy_that_refuses_nothing_uses_up_nothing_of_one_that_does() {
    let noting = "{mode: audit, rules: {secret-literals: {}, privileged: {}, run-as-non-root: {}}}";
    let refusing = "{rules: {host-namespaces: {}, capabilities: {}}}";
    let policies = snapshot(&[noting, noting, refusing]);
    let alone = snapshot(&[refusing]);
    let good = pod(5, "a:1");
    let bad = replaced_once(&good, "\"containers\"", "\"hostPID\":true,\"containers\"");
    let (_, enough) = judged(&bad, &alone, Limits::default());
    for limits in [
        Limits { steps: enough, ..Limits::default() },
        Limits { steps: enough + 20, ..Limits::default() },
        Limits { findings: 1, ..Limits::default() },
    ] {
        let (verdict, _) = judged(&good, &policies, limits);
        assert!(verdict.allowed() && verdict.left_out && !verdict.is_complete(), "{limits:?}");
        let (verdict, _) = judged(&bad, &policies, limits);
        assert_eq!(verdict.ending, Ending::Whole, "{limits:?}");
        assert_eq!(verdict.denials().count(), 1, "{limits:?}");
    }
    let (_, enough) = judged(&good, &alone, Limits::default());
    let (verdict, _) = judged(&good, &policies, Limits { steps: enough - 1, ..Limits::default() });
    assert!(!verdict.allowed() && verdict.ending == Ending::Spent);
}

fn reports(limits: Limits, spec: &str) -> (Report, String, Value) {
    let text = pod(5, "a:1");
    let source = SourceText { name: "pod.json".to_owned(), text, is_found: false };
    let report = check_within(limits, &[source], &snapshot(&[spec]), NOW);
    let written = |form: Form| {
        let mut writer = Writer::new(form, Vec::new());
        writer.take(form.piece(&report, "").expect("a piece")).expect("written");
        String::from_utf8(writer.end().expect("written")).expect("text")
    };
    let (text, json) = (written(Form::Text { is_coloured: false }), written(Form::Json));
    (report, text, serde_json::from_str(&json).expect("JSON"))
}

#[test]
fn f129_check_says_when_a_review_did_not_come_to_its_end() {
    let spent = Limits { steps: 10, ..Limits::default() };
    let (report, text, json) = reports(spent, "{rules: {secret-literals: {}}}");
    assert!(report.reviewed.is_empty() && report.unreviewed.len() == 1, "status 2");
    let message = "takes more work than plimsoll puts into one review";
    assert!(text.contains(&format!("error: pod.json:1:1: {message}")), "{text}");
    assert!(json["errors"][0]["message"].as_str().unwrap().starts_with(message), "{json}");

    let full = Limits { findings: 3, ..Limits::default() };
    let (report, text, json) = reports(full, "{rules: {privileged: {}}}");
    assert!(report.has_denials());
    assert!(text.contains("the review ended at 3 failures"), "{text}");
    assert_eq!(json["subjects"][0]["complete"], false);

    let (report, text, json) = reports(full, "{mode: warn, rules: {privileged: {}}}");
    assert!(!report.has_denials());
    assert!(text.contains("3 warnings, and more that would not be refused is left out"), "{text}");
    assert_eq!(json["subjects"][0]["complete"], false);

    let (_, text, json) = reports(Limits::default(), "{rules: {privileged: {}}}");
    assert!(!text.contains("left out") && !text.contains("ended"), "{text}");
    assert_eq!(json["subjects"][0]["complete"], true);
}

/// Fifty policies of every rule.
fn fifty() -> Snapshot {
    let rules = support::rules::all(CATALOG.iter().map(|meta| &*meta.id));
    let spec = format!("{{rules: {rules}}}");
    snapshot(&[spec.as_str(); 50])
}

#[test]
fn f128_no_honest_object_takes_more_steps_than_a_review_has_however_large_it_is() {
    let line = "export PATH=/opt/app/bin:$PATH; if [ -f /etc/app/ready ]; then \
                curl -sf http://localhost:8080/healthz >> /var/log/app.log; fi\n";
    let script = line.repeat(1_400_000 / line.len());
    let variable = |n: usize| json!({"name": format!("FEATURE_{n}_ENDPOINT"), "value": format!("http://svc-{n}.shop.svc:8080/v1/")});
    let variables: Value = (0..16_000).map(variable).collect();
    let settings: Value = (0..16_000)
        .map(|n| {
            Value::from(format!("--feature-{n}=enabled,level:{n},region:eu-west-1,owner:shop"))
        })
        .collect();
    let container = |rest: Value| {
        let mut container = json!({"name": "app", "image": "registry.example/shop/app:1.4.2"});
        container.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
        container
    };
    let fifty = fifty();
    for (what, containers) in [
        ("a script", json!([container(json!({"command": ["sh", "-c", script]}))])),
        ("variables", json!([container(json!({"env": variables}))])),
        ("flags", json!([container(json!({"args": settings}))])),
        (
            "containers",
            (0..40)
                .map(|n| {
                    let env: Value = (0..380).map(variable).collect();
                    let mut one = container(json!({"env": env}));
                    one["name"] = format!("app-{n}").into();
                    one
                })
                .collect(),
        ),
    ] {
        let object = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "app"}, "spec": {"containers": containers}}).to_string();
        assert!(object.len() > 900_000, "{what}: {}", object.len());
        let most = Limits { findings: usize::MAX, ..Limits::default() };
        let (verdict, steps) = judged(&object, &fifty, most);
        assert_ne!(verdict.ending, Ending::Spent, "{what}: {steps} steps");
    }
}
