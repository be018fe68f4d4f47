//! Secrets stay where they are, and hostile text stays text (F-109, F-110).

use serde_json::{Value, json};
use support::edit::replaced;
use support::https::{Connection, get, trusting};
use support::plimsoll_process::Plimsoll;
use support::review::{Review, create, update};
use support::self_signed::authority;
use support::workloads::{good, pod_spec};

use crate::{deployment, program};

const CANARY: &str = "c4n4ry-5ecret-value";

/// A Deployment in which everything that may hold a secret holds the canary.
fn full_of_canaries() -> Value {
    let kind = &plimsoll::subject::BUILT_IN[1];
    let mut object = good(kind);
    let url = format!("postgres://app:{CANARY}@db.example/app");
    object["metadata"]["annotations"] =
        json!({"note": url, "kubectl.kubernetes.io/last-applied-configuration": CANARY});
    let spec = pod_spec(&mut object, kind);
    for list in ["containers", "initContainers"] {
        let container = &mut spec[list][0];
        container["env"] = json!([
            {"name": "DB_PASSWORD", "value": CANARY},
            {"name": "OTHER", "value": url},
            {"name": "PLAIN", "value": CANARY}
        ]);
        container["args"] = json!([
            format!("--password={CANARY}"),
            "--api-key",
            CANARY,
            format!("https://admin:{CANARY}@h.example/?token=abcdef"),
            format!("https://h.example/{CANARY}?token=abcdef"),
            format!("-e {CANARY}:password=abcdef"),
            format!("--dsn={CANARY},secret=abcdef"),
            format!("-p{CANARY}Password"),
            "next",
        ]);
        container["startupProbe"] = json!({"httpGet": {
            "host": "10.0.0.1", "port": 80, "path": "/",
            "httpHeaders": [
                {"name": "Authorization", "value": format!("Bearer {CANARY}")},
                {"name": format!("X-{CANARY} Key"), "value": format!("Bearer {CANARY}")},
                {"name": "X-Api-Key", "value": CANARY},
                {"name": "Cookie", "value": format!("session={CANARY}")}
            ]
        }});
        let exec = json!({"exec": {"command": [
            "sh", "-c", format!("curl -H 'Authorization: Bearer {CANARY}' http://h.example"),
            "--password", CANARY, format!("X-Api-Key: {CANARY}"), format!("Basic {CANARY}")
        ]}});
        container["livenessProbe"] = exec.clone();
        container["lifecycle"] = json!({"preStop": exec, "postStart": {"httpGet": {
            "port": 80, "httpHeaders": [{"name": "Proxy-Authorization", "value": CANARY}]
        }}});
        container["command"] = json!(["sh", "-c", format!("export TOKEN={CANARY}; run")]);
    }
    object
}

/// F-110.
#[test]
fn a_secret_leaves_no_trace_in_any_output_at_trace_level() {
    let server =
        Plimsoll::serve(program(), &["--self-signed", "--log", "trace", "--leave-seconds", "0"]);
    let client = trusting(&authority(&server));
    let mut connection = Connection::open(server.webhook, &client).unwrap();
    let object = full_of_canaries();
    let mut wrong_type = object.clone();
    wrong_type["spec"]["template"]["spec"]["containers"][0]["env"][0]["value"] = json!([CANARY]);
    let mut wrong_text = object.clone();
    wrong_text["spec"]["template"]["spec"]["hostPID"] = json!(CANARY);
    let [value, half] = ["", "\\ud800"].map(|end| format!("\"value\":\"{CANARY}{end}\""));
    let bodies = [
        create(&object),
        update(&object, &object),
        create(&wrong_type),
        create(&wrong_text),
        replaced(&create(&object), &value, &half, 8),
        Review::create(&object).twice("uid", CANARY).to_string(),
        create(&object)[..3000].to_owned(),
    ];
    let mut denied = 0;
    for body in &bodies {
        let reply = connection.post("/validate?timeout=4s", body.as_bytes()).unwrap();
        let text = String::from_utf8_lossy(&reply.body).into_owned();
        assert!(!text.contains(CANARY), "{text}");
        denied += usize::from(text.contains("\"allowed\":false"));
        if reply.status != 200 {
            connection = Connection::open(server.webhook, &client).unwrap();
        }
    }
    assert!(denied >= 4, "{denied}");
    let (_, metrics) = get(server.admin, "/metrics").unwrap();
    assert!(!metrics.contains(CANARY));
    let output = server.stop();
    assert!(output.contains("\"TRACE\"") || output.contains("\"DEBUG\""), "trace level is on");
    assert!(!output.contains(CANARY), "{output}");
}

/// F-110.
#[test]
fn check_shows_no_secret_in_text_or_json() {
    let object = full_of_canaries().to_string();
    for format in ["text", "json"] {
        let output = crate::check_command::check(&["--format", format, "-"], &object);
        assert_eq!(output.code, 1, "{output:?}");
        assert!(output.stdout.contains("DB_PASSWORD"), "{output:?}");
        assert!(!format!("{output:?}").contains(CANARY), "{output:?}");
    }
}

/// F-109.
#[test]
fn hostile_names_never_reach_log_answer_or_metrics_raw() {
    let server = Plimsoll::serve(program(), &["--self-signed", "--leave-seconds", "0"]);
    let client = trusting(&authority(&server));
    let mut connection = Connection::open(server.webhook, &client).unwrap();
    let hostile = "x\n{\"decision\":\"allowed\"}\u{1b}[31m\u{202e}\u{9b}\u{7f}";
    let mut object = deployment("bad.yaml");
    object["metadata"]["name"] = json!(hostile);
    object["metadata"]["namespace"] = json!(hostile);
    object["spec"]["template"]["spec"]["containers"][0]["name"] = json!(hostile);
    object["spec"]["template"]["spec"]["containers"][0]["image"] = json!(hostile);
    let body = Review::create(&object).user(hostile).to_string();
    let reply = connection.post("/validate", body.as_bytes()).unwrap();
    let message = reply.json()["response"]["status"]["message"].as_str().unwrap().to_owned();
    let is_clean = |text: &str| {
        text.chars()
            .all(|c| c == '\n' || !c.is_control() && !('\u{202a}'..='\u{202e}').contains(&c))
    };
    assert!(is_clean(&message) && message.contains("\\u{1b}"), "{message:?}");
    for warning in reply.json()["response"]["warnings"].as_array().unwrap() {
        assert!(is_clean(warning.as_str().unwrap()) && !warning.as_str().unwrap().contains('\n'));
    }
    let (_, metrics) = get(server.admin, "/metrics").unwrap();
    assert!(!metrics.contains("decision"));
    let output = server.stop();
    let lines: Vec<&str> = output.lines().filter(|line| line.contains("decision")).collect();
    assert_eq!(lines.len(), 1, "one line, however the name looks: {lines:?}");
    assert!(is_clean(lines[0]), "{lines:?}");
    let decision: Value = serde_json::from_str(lines[0]).unwrap();
    assert_eq!(decision["decision"], "denied");
}
