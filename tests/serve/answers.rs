//! What goes back: to the API server in the form it demands, to the user in text that can be read.

use plimsoll::rules::catalog::find;
use serde_json::{Value, json};
use support::committed::assert_committed;
use support::review::{Review, UID, create, update};

use crate::fixture::{Webhook, ask, ask_under, bad, document, good, good_pod, policies};
use crate::warnings::recorded;

/// Names as hostile as they come; some are longer than any limit.
fn hostile_names() -> Vec<String> {
    let short = [
        "a\nDenied: nothing",
        "a\r\n\tb",
        "\u{1b}[31mred\u{1b}[0m",
        "\u{202e}txet",
        "\u{200b}\u{feff}",
        "\u{e0041}",
        "\u{85}\u{9b}1m",
        "\u{2028}\u{2029}",
        "\"quoted\" `ticked` %s {} $(x)",
        "\\n\\u{1b}",
        "<b>&amp;",
        "",
    ];
    let repeated =
        [("\n", 9_000), ("\u{202e}", 9_000), ("\u{e0041}", 9_000), ("é😀", 9_000), ("\"", 9_000)];
    let long = repeated.map(|(piece, times)| piece.repeat(times));
    short.map(str::to_owned).into_iter().chain(long).collect()
}

/// Characters that must reach no terminal: control characters and those that hide or turn text.
fn is_unprintable(c: char) -> bool {
    let invisible = [
        '\u{200b}',
        '\u{202a}',
        '\u{202e}',
        '\u{2028}',
        '\u{2029}',
        '\u{2066}',
        '\u{feff}',
        '\u{e0041}',
    ];
    c.is_control() || invisible.contains(&c)
}

/// Holds an answer against what the API server takes and people can read.
pub fn assert_fit(response: &Value) {
    for forbidden in ["patch", "patchType"] {
        assert!(response.get(forbidden).is_none(), "a validating webhook must not patch");
    }
    let warnings: Vec<&str> = response["warnings"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|w| w.as_str().unwrap())
        .collect();
    assert_eq!(recorded(&warnings), warnings, "the API server loses a part");
    for (key, value) in response["auditAnnotations"].as_object().into_iter().flatten() {
        assert!(!key.is_empty() && key.len() <= 63, "{key}");
        assert!(key.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b)), "{key}");
        assert!(key.bytes().last().is_some_and(|b| b.is_ascii_alphanumeric()), "{key}");
        let value = value.as_str().expect("a string");
        assert!(
            value.len() <= 1_024 + '…'.len_utf8() && !value.contains(is_unprintable),
            "{value}"
        );
    }
    if response["allowed"] == true {
        assert!(response.get("status").is_none());
        return;
    }
    let status = &response["status"];
    assert_eq!(status["status"], "Failure");
    let message = status["message"].as_str().expect("a message");
    assert!(message.len() <= 8 << 10, "{} bytes", message.len());
    assert!(!message.replace('\n', "").contains(is_unprintable), "{message:.2000}");
    for cause in status["details"]["causes"].as_array().into_iter().flatten() {
        for part in ["reason", "message", "field"] {
            let text = cause[part].as_str().expect("text");
            assert!(!text.contains(is_unprintable) && text.len() <= 8 << 10, "{part}: {text:.500}");
        }
    }
}

#[tokio::test]
async fn a_refusal_has_the_form_that_the_api_server_and_kubectl_show() {
    let response = Webhook::production().post("/validate", create(&bad())).await.response();
    assert_fit(&response);
    assert_eq!(response["uid"], UID);
    assert_eq!(response["allowed"], false);
    assert_eq!(response["status"]["code"], 403);
    assert_eq!(response["status"]["reason"], "Forbidden");
    let details = &response["status"]["details"];
    assert_eq!(
        (&details["kind"], &details["group"], &details["name"]),
        (&json!("Deployment"), &json!("apps"), &json!("api"))
    );
    let message = response["status"]["message"].as_str().unwrap();
    assert_committed("tests/golden/refusal.txt", &format!("{message}\n"));
    let mut pretty = serde_json::to_string_pretty(&response).unwrap();
    pretty.push('\n');
    assert_committed("tests/golden/refusal.json", &pretty);
}

#[tokio::test]
async fn an_allowance_says_nothing_but_the_warnings_and_what_the_audit_log_keeps() {
    let response = Webhook::production().post("/validate", create(&good())).await.response();
    assert_fit(&response);
    let keys: Vec<&String> = response.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["allowed", "auditAnnotations", "uid"]);
    assert_eq!(
        response["auditAnnotations"],
        json!({"policies": "production", "undetermined": "secret-references"})
    );
}

#[test]
fn every_violation_that_denies_is_one_cause() {
    let answer = ask(create(&bad())).unwrap();
    let expected: Vec<_> = answer
        .verdict
        .denials()
        .map(|v| (v.rule.id.to_string(), v.finding.at.to_string(), v.finding.message.clone()))
        .collect();
    let causes = answer.response.status.expect("denied").details.expect("details").causes;
    let found: Vec<_> = causes.into_iter().map(|c| (c.reason, c.field, c.message)).collect();
    assert_eq!(found, expected);
    for (rule, field, message) in found {
        assert!(
            find(&rule).is_some() && field.starts_with("spec.") && !message.is_empty(),
            "{rule}"
        );
    }
}

#[test]
fn no_value_of_a_secret_is_in_any_answer() {
    let secret = "not-a-real-key-0123456789";
    assert!(create(&bad()).contains(secret));
    for body in [create(&bad()), update(&bad(), &bad()), update(&good(), &bad())] {
        let answer = ask(&body).unwrap();
        assert!(!format!("{answer:?}").contains(secret));
        assert!(!serde_json::to_string(&answer.response).unwrap().contains(secret));
    }
}

fn response_to(body: &str) -> Value {
    serde_json::to_value(ask(body).unwrap().response).unwrap()
}

#[test]
fn f49_f50_f51_hostile_text_never_reaches_the_answer_as_it_is() {
    let places: [fn(&mut Value, &str); 9] = [
        |pod, name| pod["spec"]["containers"][0]["name"] = name.into(),
        |pod, name| pod["spec"]["containers"][0]["image"] = format!("{name}:latest").into(),
        |pod, name| pod["metadata"]["labels"] = json!({name: name}),
        |pod, name| pod["metadata"]["annotations"] = json!({name: "https://a:hunter2hunter2@b"}),
        |pod, name| {
            pod["spec"]["containers"][0]["env"] =
                json!([{"name": format!("{name}_PASSWORD"), "value": "hunter2"}]);
        },
        |pod, name| pod["spec"]["volumes"] = json!([{"name": name, name: {}}]),
        |pod, name| {
            pod["spec"]["containers"][0]["securityContext"] =
                json!({"capabilities": {"add": [name]}});
        },
        |pod, name| pod["spec"]["securityContext"]["sysctls"] = json!([{"name": name}]),
        |pod, name| pod["metadata"]["name"] = name.into(),
    ];
    for name in hostile_names() {
        for (index, place) in places.iter().enumerate() {
            let mut pod = good_pod();
            place(&mut pod, &name);
            pod["spec"]["hostPID"] = true.into();
            for body in [create(&pod), update(&pod, &pod)] {
                let response = response_to(&body);
                assert_fit(&response);
                assert_eq!(response["uid"], UID);
                assert!(!response.to_string().contains("hunter2"), "place {index}");
            }
        }
    }
}

#[test]
fn f49_a_name_of_a_mebibyte_is_cut_wherever_it_is_quoted() {
    for piece in ["a", "\n", "\u{202e}"] {
        let name = piece.repeat((1 << 20) / piece.len());
        let mut pod = good_pod();
        pod["metadata"]["name"] = name.as_str().into();
        pod["metadata"]["labels"] = json!({name.as_str(): name});
        pod["spec"]["containers"][0]["name"] = name.as_str().into();
        pod["spec"]["containers"][0]["image"] = format!("{name}:latest").into();
        let response = response_to(&create(&pod));
        assert_eq!(response["allowed"], false);
        assert_fit(&response);
        assert!(response.to_string().len() < 16 << 10, "{} bytes", response.to_string().len());
    }
}

#[test]
fn f49_hostile_text_in_the_request_itself_never_reaches_the_answer_as_it_is() {
    for name in hostile_names() {
        let review = Review::create(&bad());
        assert_fit(&response_to(&review.clone().sub_resource(&name).to_string()));
        for field in ["name", "namespace", "operation"] {
            assert_fit(&response_to(&review.clone().with(field, name.as_str()).to_string()));
        }
        let mut wrong = good_pod();
        wrong["metadata"]["labels"] = json!({name.as_str(): 7});
        assert_fit(&response_to(&create(&wrong)));
        let mut wrong = good_pod();
        wrong["metadata"]["labels"] = name.as_str().into();
        assert_fit(&response_to(&create(&wrong)));
    }
}

pub fn many_containers(count: usize, name: &str) -> Value {
    let mut pod = good_pod();
    let one = |i| json!({"name": format!("{name}{i}"), "image": format!("{name}:latest")});
    pod["spec"]["containers"] = (0..count).map(one).collect();
    pod
}

#[test]
fn f49_a_refusal_with_thousands_of_failures_is_short_and_says_how_many_it_left_out() {
    for (count, name) in [(300, "a"), (512, "a"), (300, "\u{202e}\u{e0041}")] {
        let answer = ask(create(&many_containers(count, name))).unwrap();
        assert_fit(&serde_json::to_value(&answer.response).unwrap());
        let failures = answer.verdict.denials().count();
        let status = answer.response.status.expect("denied");
        let shown = status.message.lines().filter(|line| {
            line.starts_with("  ") && line[2..].starts_with(|c: char| c.is_ascii_lowercase())
        });
        let shown = shown.filter(|line| !line.starts_with("  and ")).count();
        let left_out = format!("  and {} more that do not fit here", failures - shown);
        assert!(
            shown > 5 && status.message.contains(&left_out),
            "{shown} of {failures}: {}",
            status.message
        );
        assert_eq!(status.details.expect("details").causes.len(), 256.min(failures));
    }
}

#[test]
fn f49_a_refusal_by_hundreds_of_policies_is_short() {
    for name in ["api", &"\u{e0041}".repeat(253)] {
        // What they find differs, so that each says it by itself.
        let documents = (0..200).map(|i| {
            let spec = format!("{{rules: {{replicas: {{min: {}}}}}}}", i + 3);
            document(&format!("policy-{i}"), &spec)
        });
        let snapshot = policies(&documents.collect::<Vec<_>>().join("---\n"));
        let mut object = bad();
        object["metadata"]["name"] = name.into();
        let answer = ask_under(&snapshot, create(&object)).unwrap();
        assert_fit(&serde_json::to_value(&answer.response).unwrap());
        let message = answer.response.status.expect("denied").message;
        assert!(message.contains(" more that do not fit here"), "{message}");
        assert!(message.contains("policy \"policy-0\""), "{message}");
        assert!(message.ends_with("Details: plimsoll explain replicas"), "{message}");
    }
}

#[test]
fn what_hundreds_of_policies_find_alike_is_said_once() {
    let documents = (0..200).map(|i| document(&format!("policy-{i}"), "{rules: {privileged: {}}}"));
    let snapshot = policies(&documents.collect::<Vec<_>>().join("---\n"));
    let mut object = bad();
    object["spec"]["template"]["spec"]["containers"][0]["securityContext"] =
        serde_json::json!({"privileged": true});
    let answer = ask_under(&snapshot, create(&object)).unwrap();
    assert_fit(&serde_json::to_value(&answer.response).unwrap());
    let status = answer.response.status.expect("denied");
    assert_eq!(status.details.expect("details").causes.len(), 1);
    let message = status.message;
    assert_eq!(message.matches("privileged  ").count(), 1, "{message}");
    assert!(message.contains("policies \"policy-1\", \"policy-10\""), "{message}");
}
