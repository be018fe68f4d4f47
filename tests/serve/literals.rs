//! Credentials written into what the kubelet runs and sends: found, never shown, and held against
//! what stood before.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use support::edit::replaced_once;
use support::review::{create, update};

use crate::fixture::{PRODUCTION_POLICY, allowed, ask, good};

/// Where a probe or a hook stands in a container.
const HANDLERS: [&str; 5] = [
    "/livenessProbe",
    "/readinessProbe",
    "/startupProbe",
    "/lifecycle/postStart",
    "/lifecycle/preStop",
];

const SECRET: &str = "correct-horse-7";

/// A good Deployment whose container has `handler` at `at`.
fn with(at: &str, handler: &Value) -> Value {
    let mut object = good();
    let mut here = &mut object["spec"]["template"]["spec"]["containers"][0];
    for key in at.split('/').skip(1) {
        here = &mut here[key];
    }
    *here = handler.clone();
    object
}

fn exec(command: &Value) -> Value {
    json!({"exec": {"command": command}})
}

fn header(name: &str, value: &str) -> Value {
    json!({"httpGet": {"path": "/", "port": 80, "httpHeaders": [
        {"name": "Accept", "value": "text/plain"}, {"name": name, "value": value}
    ]}})
}

/// What runs or is sent with the secret in it, and the end of the path that is to be named.
fn literals() -> Vec<(Value, &'static str)> {
    let shell = |line: &str| exec(&json!(["sh", "-c", replaced_once(line, "?", SECRET)]));
    vec![
        (exec(&json!(["check", "--password", SECRET])), "exec.command[2]"),
        (exec(&json!(["check", format!("--api-key={SECRET}")])), "exec.command[1]"),
        (shell("PGPASSWORD=? psql -c 'select 1'"), "exec.command[2]"),
        (shell("curl -H 'Authorization: Bearer ?' http://127.0.0.1/"), "exec.command[2]"),
        (shell("curl -H \"X-Api-Key: ?\" http://127.0.0.1/"), "exec.command[2]"),
        (exec(&json!(["curl", "-H", format!("Cookie: session={SECRET}")])), "exec.command[2]"),
        (exec(&json!(["redis-cli", "-u", format!("redis://:{SECRET}@db")])), "exec.command[2]"),
        (header("Authorization", &format!("Bearer {SECRET}")), "httpGet.httpHeaders[1].value"),
        (header("authorization", &format!("Basic {SECRET}")), "httpGet.httpHeaders[1].value"),
        (header("X-Api-Key", SECRET), "httpGet.httpHeaders[1].value"),
        (header("Cookie", &format!("sid={SECRET}")), "httpGet.httpHeaders[1].value"),
        (header("X-Upstream", &format!("http://a:{SECRET}@b")), "httpGet.httpHeaders[1].value"),
    ]
}

#[test]
fn a_credential_in_any_probe_or_hook_is_refused_at_its_place_and_never_shown() {
    for at in HANDLERS {
        for (handler, place) in literals() {
            let answer = ask(create(&with(at, &handler))).unwrap();
            let text = serde_json::to_string(&answer.response).unwrap();
            assert!(!format!("{answer:?}").contains(SECRET) && !text.contains(SECRET), "{text}");
            let status = answer.response.status.unwrap_or_else(|| panic!("{at}: {handler}"));
            let causes = status.details.expect("details").causes;
            let found: Vec<_> = causes.iter().map(|c| (c.reason.clone(), &*c.field)).collect();
            let field = format!("spec.template.spec.containers[0]{}.{place}", at.replace('/', "."));
            assert_eq!(found, [("secret-literals".to_owned(), &*field)], "{handler}");
        }
    }
}

#[test]
fn what_refers_to_a_credential_in_a_probe_or_hook_is_admitted() {
    for at in HANDLERS {
        for handler in [
            exec(&json!(["check", "--password-file", "/run/secrets/db"])),
            exec(&json!(["sh", "-c", "PGPASSWORD=\"$DB_PASSWORD\" psql -c 'select 1'"])),
            exec(&json!([
                "sh",
                "-c",
                "curl -H \"Authorization: Bearer $(cat /run/token)\" http://a"
            ])),
            exec(&json!(["sh", "-c", "curl -H \"X-Api-Key: $key\" http://a"])),
            exec(&json!(["cat", "/tmp/healthy"])),
            header("X-Api-Key-Id", "2026-01"),
            header("Host", "api.example"),
            header("Cookie", "shop_session-id=x-liveness-probe"),
        ] {
            assert!(allowed(&PRODUCTION_POLICY, &create(&with(at, &handler))), "{at}: {handler}");
        }
    }
}

#[test]
fn a_credential_that_stood_in_a_probe_may_stay_there_and_no_other_may_come() {
    let other = |handler: &Value| -> Value {
        serde_json::from_str(&replaced_once(&handler.to_string(), SECRET, "battery-staple-8"))
            .unwrap()
    };
    for (number, at) in HANDLERS.into_iter().enumerate() {
        for (handler, _) in literals() {
            let old = with(at, &handler);
            let mut relabelled = old.clone();
            relabelled["spec"]["template"]["metadata"]["labels"]["more"] = json!("label");
            assert!(allowed(&PRODUCTION_POLICY, &update(&old, &relabelled)), "{at}: {handler}");
            let changed = with(at, &other(&handler));
            assert!(!allowed(&PRODUCTION_POLICY, &update(&old, &changed)), "{at}: {handler}");
            let moved = with(HANDLERS[(number + 1) % HANDLERS.len()], &handler);
            assert!(!allowed(&PRODUCTION_POLICY, &update(&old, &moved)), "{at}: {handler}");
            assert!(allowed(&PRODUCTION_POLICY, &update(&old, &good())), "{at}: {handler}");
        }
    }
}

#[test]
fn what_http_carries_a_credential_in_is_refused_in_variables_and_arguments_too() {
    let credentials = [
        format!("Bearer {SECRET}"),
        "Basic YXBwOmh1bnRlcjI=".to_owned(),
        format!("Authorization: Bearer {SECRET}"),
        format!("Proxy-Authorization: {SECRET}"),
        format!("X-Api-Key: {SECRET}"),
        format!("{{\"Authorization\": \"Token {SECRET}\"}}"),
        "Authorization=Basic%20YXBwOmh1bnRlcjI=".to_owned(),
    ];
    let references = [
        "Bearer $(TOKEN)",
        "Bearer token",
        "Basic authentication",
        "Authorization: Bearer ${TOKEN}",
        "X-Api-Key: $(KEY)",
        "authorization=RBAC",
    ];
    let objects = |text: &str| {
        ["args", "command", "env"].map(|list| {
            let mut object = good();
            object["spec"]["template"]["spec"]["containers"][0][list] = match list {
                "env" => json!([{"name": "EXTRA", "value": text}]),
                _ => json!(["call", "--with", text]),
            };
            object
        })
    };
    for text in credentials {
        for object in objects(&text) {
            assert!(!allowed(&PRODUCTION_POLICY, &create(&object)), "{object}");
        }
    }
    for text in references {
        for object in objects(text) {
            assert!(allowed(&PRODUCTION_POLICY, &create(&object)), "{object}");
        }
    }
}

/// F-128: hours, where the work grows as the square of what is written.
#[test]
fn what_repeats_in_a_text_is_followed_for_no_longer_than_it_is() {
    for (text, end) in [
        ("authorization: ", ""),
        ("authorization:Bearer%20", ""),
        ("Authorization:", ""),
        ("Bearer ", ""),
        ("\"Bearer a;", " "),
        ("=Basic ", ""),
        ("\"x-key: ", ""),
        ("-Hx-key: ", ""),
        ("-Hcookie: a;", ""),
        ("-H", ": "),
        ("\\\"'", ""),
    ] {
        let long = text.repeat(40_000) + &end.repeat(400_000);
        let mut object = with("/livenessProbe", &header("Cookie", &long));
        object["spec"]["template"]["spec"]["containers"][0]["args"] = json!([long]);
        let start = Instant::now();
        ask(create(&object)).expect("an answer");
        assert!(start.elapsed() < Duration::from_secs(20), "{text}");
    }
}
