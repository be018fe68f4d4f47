//! An API server that is out of sorts.

use std::time::Instant;

use serde_json::{Value, json};

use super::api_server::{Answer, ApiServer, Asked, list, page, pod, status, status_of};
use super::{NO_PRIVILEGES, PODS, audit, report, subjects, violations};
use crate::check_command::run;

fn names(from: usize, to: usize) -> Vec<Value> {
    (from..to).map(|number| pod(&format!("pod-{number}"), true)).collect()
}

/// Pods in pages of two, of which the second is what the test says.
fn in_pages(asked: &Asked, second: impl Fn(usize) -> Answer) -> Option<Answer> {
    if asked.path != PODS {
        return None;
    }
    Some(match asked.query.as_str() {
        "limit=500" => page(&names(0, 2), Some("next"), Some(3)),
        "limit=500&continue=next" => second(asked.before),
        "limit=500&continue=last" | "limit=500&continue=fresh" => page(&names(4, 5), None, None),
        _ => status(400, "what?"),
    })
}

fn whole(asked_before: usize) -> Answer {
    let _ = asked_before;
    page(&names(2, 4), Some("last"), Some(1))
}

/// All five Pods, each once.
fn all_five(report: &Value) {
    let expected: Vec<String> = (0..5).map(|number| format!("Pod/pod-{number}")).collect();
    assert_eq!(violations(report), expected);
    assert_eq!(report["errors"], json!([]));
}

#[test]
fn a_list_is_read_page_by_page_and_nothing_but_get_is_sent() {
    let server = ApiServer::start(|asked| in_pages(asked, whole));
    let (output, report) = report(&server, NO_PRIVILEGES, &[]);
    assert_eq!(output.code, 1, "{output:?}");
    all_five(&report);
    assert_eq!(output.stderr, "", "nobody is at a terminal");
    let asked = server.asked();
    assert!(asked.len() > 10 && asked.iter().all(|asked| asked.method == "GET"), "{asked:?}");
}

#[test]
fn f104_a_list_that_expires_is_gone_on_with_or_begun_anew_and_no_object_is_counted_twice() {
    let gone_on = ApiServer::start(|asked| {
        in_pages(asked, |_| {
            let mut expired = status_of(410, "expired");
            expired["metadata"]["continue"] = json!("fresh");
            Answer::Json(410, expired)
        })
    });
    let (_, of_rest) = report(&gone_on, NO_PRIVILEGES, &[]);
    assert_eq!(violations(&of_rest), ["Pod/pod-0", "Pod/pod-1", "Pod/pod-4"]);
    assert_eq!(gone_on.count(PODS), 3);
    let anew = ApiServer::start(|asked| {
        in_pages(asked, |before| if before == 0 { status(410, "expired") } else { whole(before) })
    });
    let (output, report) = report(&anew, NO_PRIVILEGES, &[]);
    all_five(&report);
    assert_eq!((output.code, anew.count(PODS)), (1, 5));
}

#[test]
fn f104_a_list_that_expires_again_and_again_is_an_error_and_the_rest_goes_on() {
    let server = ApiServer::start(|asked| match asked.path.as_str() {
        "/api/v1/services" => Some(list(&[])),
        _ => in_pages(asked, |_| status(410, "expired")),
    });
    let (output, report) = report(&server, NO_PRIVILEGES, &[]);
    assert_eq!(output.code, 2);
    assert_eq!(violations(&report), ["Pod/pod-0", "Pod/pod-1"]);
    assert_eq!(report["errors"][0]["kind"], "Pod");
    assert_eq!(report["errors"][0]["message"], "the list expired while it was read");
}

#[test]
fn an_api_server_that_has_too_much_to_do_is_left_alone_for_as_long_as_it_says() {
    let server = ApiServer::start(|asked| {
        in_pages(asked, |before| match before {
            0 => Answer::With(429, "retry-after", "1", status_of(429, "slower")),
            1 => Answer::With(503, "retry-after", "1", status_of(503, "later")),
            before => whole(before),
        })
    });
    let start = Instant::now();
    let (_, report) = report(&server, NO_PRIVILEGES, &[]);
    all_five(&report);
    assert!(start.elapsed().as_secs() >= 2, "{:?}", start.elapsed());
}

#[test]
fn an_api_server_that_wants_to_be_left_alone_for_an_hour_is_an_error_at_once() {
    let server = ApiServer::start(|asked| {
        in_pages(asked, |_| Answer::With(429, "retry-after", "3600", status_of(429, "slower")))
    });
    let (output, report) = report(&server, NO_PRIVILEGES, &[]);
    assert_eq!(output.code, 2);
    let message = "the API server has too much to do and asks for a rest of 3600 s, after 1 try";
    assert_eq!(report["errors"][0]["message"], message);
    assert_eq!(violations(&report), ["Pod/pod-0", "Pod/pod-1"]);
}

#[test]
fn an_error_in_the_middle_or_an_answer_that_breaks_off_is_asked_for_again() {
    let server = ApiServer::start(|asked| {
        in_pages(asked, |before| match before {
            0 => status(500, "etcd has no leader"),
            1 => {
                let whole = json!({"metadata": {"continue": "last"}, "items": names(2, 4)});
                let length = whole.to_string().len();
                Answer::BreaksOff(whole, length - 40)
            }
            before => whole(before),
        })
    });
    let (_, report) = report(&server, NO_PRIVILEGES, &[]);
    all_five(&report);
}

#[test]
fn an_error_that_stays_is_told_of_and_the_other_kinds_are_looked_at() {
    let server = ApiServer::start(|asked| match asked.path.as_str() {
        super::DEPLOYMENTS => Some(status(500, "etcd has no leader")),
        PODS => Some(list(&[pod("a", true)])),
        _ => None,
    });
    let (output, report) = report(&server, NO_PRIVILEGES, &[]);
    assert_eq!(output.code, 2);
    assert_eq!(violations(&report), ["Pod/a"]);
    assert_eq!(report["errors"][0]["kind"], "Deployment");
    let message = "the API server says 500: etcd has no leader, after 6 tries";
    assert_eq!(report["errors"][0]["message"], message);
}

#[test]
fn a_kind_that_may_not_be_read_is_named_once_and_the_rest_goes_on() {
    let forbidden = |asked: &Asked| match asked.path.as_str() {
        PODS => Some(list(&[pod("a", false)])),
        path if path.contains("/apps/v1/") => Some(status(403, "developer may not \u{1b}[31mlist")),
        _ => None,
    };
    let server = ApiServer::start(forbidden);
    let (output, report) = report(&server, NO_PRIVILEGES, &[]);
    assert_eq!(output.code, 0, "{output:?}");
    assert_eq!(subjects(&report), ["Pod/a 1/1"]);
    let left_out = report["notLookedAt"].as_array().unwrap();
    assert_eq!(left_out.len(), 4, "{left_out:?}");
    assert_eq!(left_out[0]["resource"], "deployments.apps");
    assert_eq!(left_out[0]["namespace"], Value::Null);
    let text = audit(&server, NO_PRIVILEGES, &[]).stdout;
    assert_eq!(text.matches("not looked at: deployments.apps: ").count(), 1, "{text}");
    assert!(!text.contains('\u{1b}'), "{text}");
}

#[test]
fn where_nothing_may_be_read_there_is_no_audit() {
    let server =
        ApiServer::start(|asked| (asked.path != "/version").then(|| status(403, "you may not")));
    let output = audit(&server, NO_PRIVILEGES, &[]);
    assert_eq!(output.code, 2);
    assert!(
        output.stderr.contains("nothing may be looked at; ask for the right to list"),
        "{output:?}"
    );
    assert!(output.stderr.contains("  pods: you may not"), "{output:?}");
}

#[test]
fn of_namespaces_that_are_named_each_is_asked_for_and_one_that_goes_is_no_failure() {
    let server = ApiServer::start(|asked| match asked.path.as_str() {
        "/api/v1/namespaces/shop" | "/api/v1/namespaces/gone" => {
            Some(Answer::Json(200, json!({"metadata": {"name": "shop"}})))
        }
        "/api/v1/namespaces/shop/pods" => Some(list(&[pod("a", true)])),
        path if path.starts_with("/api/v1/namespaces/gone/") => Some(status(404, "it is gone")),
        "/api/v1/namespaces/closed" | "/api/v1/namespaces/closed/pods" => {
            Some(status(403, "not there"))
        }
        path if path.contains("/namespaces/") => None,
        _ => Some(status(403, "not everywhere")),
    });
    let flags = ["-n", "shop", "-n", "gone", "--namespace", "closed"];
    let (output, report) = report(&server, "{rules: {privileged: {}, external-ips: {}}}", &flags);
    assert_eq!(output.code, 1, "{output:?}");
    assert_eq!(violations(&report), ["Pod/a"]);
    let left_out: Vec<String> = report["notLookedAt"]
        .as_array()
        .unwrap()
        .iter()
        .map(|missing| format!("{} {}", missing["kind"], missing["namespace"]))
        .collect();
    assert_eq!(left_out, [r#""Namespace" "closed""#, r#""Pod" "closed""#]);
    assert_eq!(server.count(PODS), 0, "nothing is asked for everywhere");
}

#[test]
fn a_namespace_that_is_not_there_is_a_mistake_of_whoever_names_it() {
    let server = ApiServer::start(|asked| {
        (asked.path == "/api/v1/namespaces/shpo").then(|| status(404, "not found"))
    });
    let output = audit(&server, NO_PRIVILEGES, &["-n", "shpo"]);
    assert_eq!(output.code, 2);
    let says = "there is no namespace `shpo`; `kubectl get namespaces` lists them all";
    assert!(output.stderr.contains(says), "{output:?}");
}

#[test]
fn an_object_that_cannot_be_read_is_named_and_the_others_are_judged() {
    let mut garbled = pod("b", true);
    garbled["spec"]["containers"][0]["image"] = json!(7);
    let server = ApiServer::start(move |asked| {
        let items = [pod("a", true), garbled.clone(), json!({"metadata": 7}), pod("c", true)];
        (asked.path == PODS).then(|| list(&items))
    });
    let (output, report) = report(&server, NO_PRIVILEGES, &[]);
    assert_eq!(output.code, 2, "{output:?}");
    assert_eq!(violations(&report), ["Pod/a", "Pod/c"]);
    let error = &report["errors"][0];
    assert_eq!(error["kind"], "Pod");
    assert_eq!((&error["namespace"], &error["name"]), (&json!("shop"), &json!("b")));
    let message = "`spec.containers[0].image`: expected a string, found a number";
    assert_eq!(error["message"], message);
    assert_eq!(report["errors"].as_array().unwrap().len(), 2);
}

#[test]
fn an_api_server_that_hangs_ends_the_audit_in_time_and_what_was_found_is_told() {
    let server = ApiServer::start(|asked| match asked.path.as_str() {
        super::DEPLOYMENTS => Some(list(&[super::api_server::workload("api", true)])),
        super::REPLICA_SETS => Some(Answer::Nothing),
        _ => None,
    });
    let start = Instant::now();
    let (output, report) = report(&server, NO_PRIVILEGES, &["--answer-seconds", "1"]);
    assert!(start.elapsed().as_secs() < 30, "{:?}", start.elapsed());
    assert_eq!(output.code, 2);
    assert_eq!(violations(&report), ["Deployment/api"]);
    let errors = &report["errors"];
    let message = "the API server did not answer within 1 s, after 3 tries";
    assert_eq!(
        (&errors[0]["kind"], &errors[0]["message"]),
        (&json!("ReplicaSet"), &json!(message))
    );
    let rest = errors[1]["message"].as_str().unwrap();
    assert!(
        rest.starts_with("not asked for, as the API server went silent: ") && rest.contains("pods"),
        "{rest}"
    );
    let silent = ApiServer::start(|_| Some(Answer::Nothing));
    let output = audit(&silent, NO_PRIVILEGES, &["--answer-seconds", "1"]);
    assert_eq!(output.code, 2);
    assert!(output.stderr.contains("the API server did not answer within 1 s"), "{output:?}");
}

#[test]
fn whoever_is_not_known_or_asks_for_labels_that_make_no_sense_is_told_so_at_once() {
    let server = ApiServer::start(|asked| match asked.path.as_str() {
        "/version" => None,
        _ => Some(status(401, "Unauthorized")),
    });
    let output = audit(&server, NO_PRIVILEGES, &[]);
    assert_eq!(output.code, 2);
    assert!(output.stderr.contains("the API server says 401: Unauthorized"), "{output:?}");
    let server = ApiServer::start(|asked| {
        asked.query.contains("labelSelector=a%3D%3D%3Db").then(|| status(400, "unable to parse"))
    });
    let output = audit(&server, NO_PRIVILEGES, &["-l", "a===b"]);
    assert_eq!(output.code, 2);
    assert!(output.stderr.contains("400: unable to parse"), "{output:?}");
}

#[test]
fn a_kubeconfig_that_is_wrong_is_named_with_the_field_and_what_to_do() {
    let server = ApiServer::start(|_| None);
    let config = |context: &str, contexts: &str, cluster: &str| {
        format!(
            "{{apiVersion: v1, kind: Config, {context} contexts: [{contexts}], \
             users: [{{name: a, user: {{}}}}], clusters: [{{name: a, cluster: {{{cluster}}}}}]}}"
        )
    };
    let (a, url) = ("{name: a, context: {cluster: a, user: a}}", "server: 'http://127.0.0.1:1'");
    let other = "{name: a, context: {cluster: b, user: a}}";
    let current = "current-context: a,";
    for (text, says) in [
        (config("", a, url), "`current-context` is not set; give `--context`"),
        (
            config("current-context: b,", a, url),
            "`contexts` has none that is called `b`; name another",
        ),
        (
            config(current, other, url),
            "`clusters` has no `b`, which the context names; run `kubectl",
        ),
        (config(current, a, ""), "`clusters[].cluster.server` is missing; write the URL"),
        (config(current, a, "server: 'no url'"), "`clusters[].cluster.server` is no URL"),
        (
            config(current, a, &format!("{url}, certificate-authority: /no/ca")),
            "`clusters[].cluster.certificate-authority` cannot be loaded",
        ),
        ("contexts: {a: hunter2".to_owned(), "no YAML, or a field of another type"),
    ] {
        let path = server.file("wrong", &text);
        let output = run(&["audit", "--kubeconfig", &path], "");
        assert_eq!(output.code, 2, "{text}");
        let expected = format!("cannot use the kubeconfig `{path}`");
        assert!(output.stderr.contains(&expected), "{text}: {}", output.stderr);
        assert!(output.stderr.contains(says), "{text}: {}", output.stderr);
        assert!(!output.stderr.contains("hunter2"), "{}", output.stderr);
    }
    let output = run(&["audit", "--kubeconfig", "/no/such"], "");
    assert!(output.stderr.contains("cannot use the kubeconfig `/no/such`: "), "{output:?}");
    assert!(output.stderr.contains("name another with `--kubeconfig`"), "{output:?}");
}

#[test]
fn a_cluster_without_a_policy_is_no_clean_one() {
    let defined = |items: &'static [&'static str]| {
        ApiServer::start(move |asked| match asked.path.as_str() {
            "/apis/plimsoll.dev/v1alpha1/deploypolicies" => {
                let items: Vec<Value> = items
                    .iter()
                    .map(|spec| {
                        let spec: Value = serde_json::from_str(spec).unwrap();
                        json!({"metadata": {"name": "p", "uid": "p"}, "spec": spec})
                    })
                    .collect();
                Some(list(&items))
            }
            _ => None,
        })
    };
    let undefined = ApiServer::start(|_| None);
    for (server, says) in [
        (undefined, "name files with `--policy`, or apply a `DeployPolicy`"),
        (defined(&[]), "name files with `--policy`, or apply a `DeployPolicy`"),
        (defined(&[r#"{"rules": {"no-such-rule": {}}}"#]), "DeployPolicy p: is not in force: "),
    ] {
        let output = run(&["audit", "--kubeconfig", &server.kubeconfig()], "");
        assert_eq!(output.code, 2);
        assert!(output.stderr.contains(says), "{output:?}");
    }
    let forbidden = ApiServer::start(|asked| {
        asked.path.contains("deploypolicies").then(|| status(403, "you may not"))
    });
    let output = run(&["audit", "--kubeconfig", &forbidden.kubeconfig()], "");
    assert!(
        output.stderr.contains("cannot read the policies of the cluster: you may not"),
        "{output:?}"
    );
}

/// A Pod as large as those that run are, of a template that nothing is wrong with.
fn ordinary(number: usize) -> Value {
    let mut made = pod(&format!("pod-{number}"), false);
    made["metadata"]["managedFields"] = json!([{"fieldsV1": {"f:note": "x".repeat(6_000)}}]);
    super::api_server::pod_of_template(made, ("ReplicaSet", "api-1"))
}

#[test]
fn f104_memory_does_not_grow_with_what_there_is() {
    let peak = |pages: usize| {
        let server = ApiServer::start(move |asked| match asked.path.as_str() {
            PODS => {
                let token = asked.query.split_once("continue=").map_or("0", |(_, token)| token);
                let number: usize = token.parse().unwrap();
                let items: Vec<Value> = (0..500).map(|at| ordinary(number * 500 + at)).collect();
                let next = (number + 1).to_string();
                let left = (pages - number - 1) * 500;
                Some(match left {
                    0 => page(&items, None, None),
                    left => page(&items, Some(&next), Some(left as u64)),
                })
            }
            _ => None,
        });
        let (kubeconfig, policy) = (server.kubeconfig(), server.policy(NO_PRIVILEGES));
        let mut command = std::process::Command::new(crate::program());
        command.args(["audit", "--kubeconfig", &kubeconfig, "--policy", &policy]);
        command.stdout(std::process::Stdio::piped());
        let mut child = command.spawn().unwrap();
        let status = format!("/proc/{}/status", child.id());
        let mut peak = 0;
        while child.try_wait().unwrap().is_none() {
            let text = std::fs::read_to_string(&status).unwrap_or_default();
            let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
            let kib = line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok());
            peak = kib.unwrap_or(0_u64).max(peak);
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        let output = child.wait_with_output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let objects = format!("{} objects were looked at", pages * 500);
        assert!(text.contains(&objects), "{text}");
        peak
    };
    let (few, many) = (peak(2), peak(20));
    // Nine thousand uids are remembered, and no object, which would take fifty MiB; where the
    // machine is busy, the end of the shorter run is not seen.
    assert!(many < few + 6_144, "{few} KiB, then {many} KiB");
}

/// A Pod that takes a variable from a key.
fn asking(name: &str, source: &str, from: &str, key: &str) -> Value {
    let mut made = pod(name, false);
    made["spec"]["containers"][0]["env"] =
        json!([{"name": "A", "valueFrom": {source: {"name": from, "key": key}}}]);
    made
}

#[test]
fn secrets_are_read_only_where_that_is_asked_for_and_no_value_is_shown() {
    let server = ApiServer::start(|asked| match asked.path.as_str() {
        PODS => Some(list(&[
            asking("a", "secretKeyRef", "db", "password"),
            asking("b", "secretKeyRef", "db", "no-such"),
            asking("c", "configMapKeyRef", "web", "no-such"),
        ])),
        "/api/v1/secrets" => Some(list(&[json!({"metadata": {"name": "db", "namespace": "shop",
            "uid": "s"}, "data": {"password": "aHVudGVyMg=="}})])),
        "/api/v1/configmaps" => {
            Some(list(&[json!({"metadata": {"name": "web", "namespace": "shop",
            "uid": "c"}, "data": {"port": "hunter2"}})]))
        }
        path if path.starts_with("/apis/external-secrets.io") => Some(status(404, "no such group")),
        path if path.contains(".io") || path.contains(".com") => Some(status(404, "no such group")),
        _ => None,
    });
    let spec = "{rules: {secret-references: {mode: warn}}}";
    let (output, without) = report(&server, spec, &[]);
    assert_eq!(output.code, 0, "{output:?}");
    assert_eq!(server.count("/api/v1/secrets"), 0);
    assert_eq!(violations(&without), ["Pod/c"]);
    assert_eq!(without["undetermined"][0]["why"], "Secrets were not looked at");
    let (output, with) = report(&server, spec, &["--secrets"]);
    assert_eq!(server.count("/api/v1/secrets"), 1);
    assert_eq!(violations(&with), ["Pod/b", "Pod/c"]);
    assert_eq!(with["undetermined"], json!([]), "{output:?}");
    for told in ["aHVudGVyMg", "hunter2"] {
        assert!(!output.stdout.contains(told), "{output:?}");
    }
}

#[test]
fn the_age_and_strength_of_secrets_are_told_and_no_value_of_one_is() {
    // `hunter2` and `changeme-before-the-launch`.
    let (short, placeholder) = ("aHVudGVyMg==", "Y2hhbmdlbWUtYmVmb3JlLXRoZS1sYXVuY2g=");
    let secret = |name: &str, rotated: &str, data: Value| {
        let metadata = json!({"name": name, "namespace": "shop", "uid": name,
            "labels": {"rotation.plimsoll.dev/class": "database-password"},
            "annotations": {"rotation.plimsoll.dev/rotated": rotated}});
        json!({"metadata": metadata, "data": data})
    };
    let server = ApiServer::start(move |asked| match asked.path.as_str() {
        "/api/v1/secrets" => Some(list(&[
            secret("old", "2020-01-01", json!({"password": short})),
            secret("unknown", "hunter2", json!({"api-key": placeholder})),
        ])),
        path if path.contains(".io") || path.contains(".com") => Some(status(404, "no such group")),
        _ => None,
    });
    let spec = "{rules: {secret-age: {mode: warn}, secret-strength: {mode: warn}}}";
    let (output, without) = report(&server, spec, &[]);
    assert_eq!(server.count("/api/v1/secrets"), 0);
    assert_eq!(violations(&without), [""; 0], "{output:?}");
    for form in ["json", "text", "short", "markdown"] {
        let output = audit(&server, spec, &["--format", form, "--secrets"]);
        assert_eq!(output.code, 0, "{output:?}");
        for told in ["secret-age", "secret-strength"] {
            assert!(output.stdout.contains(told), "{form}: {output:?}");
        }
        for value in [short, placeholder, "hunter2", "changeme"] {
            assert!(!output.stdout.contains(value), "{form}: {output:?}");
            assert!(!output.stderr.contains(value), "{form}: {output:?}");
        }
    }
    let (output, with) = report(&server, spec, &["--secrets"]);
    let mut told = violations(&with);
    told.sort();
    told.dedup();
    assert_eq!(told, ["Secret/old", "Secret/unknown"], "{output:?}");
}
