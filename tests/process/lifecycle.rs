//! Coming and going: nobody who asks in time goes without an answer (F-77, F-78).

use std::time::{Duration, Instant};

use serde_json::Value;
use support::https::{Connection, get, trusting};
use support::plimsoll_process::Plimsoll;
use support::review;
use support::self_signed::authority;

use crate::{deployment, program};

fn serve(leave_seconds: &str) -> (Plimsoll, std::sync::Arc<rustls::ClientConfig>) {
    let server = Plimsoll::serve(program(), &["--self-signed", "--leave-seconds", leave_seconds]);
    let client = trusting(&authority(&server));
    (server, client)
}

/// F-77.
#[test]
fn after_sigterm_requests_are_answered_until_the_cluster_has_taken_note() {
    let (mut server, client) = serve("2");
    let body = review::create(&deployment("good.yaml"));
    let mut kept = Connection::open(server.webhook, &client).unwrap();
    assert_eq!(kept.post("/validate", body.as_bytes()).unwrap().header("connection"), None);
    server.signal("TERM");
    let told = Instant::now();
    let mut answered = 0;
    while told.elapsed() < Duration::from_millis(1_500) {
        let mut fresh = Connection::open(server.webhook, &client).expect("still taken");
        let reply = fresh.post("/validate", body.as_bytes()).expect("still answered");
        assert_eq!(reply.status, 200);
        if told.elapsed() > Duration::from_millis(300) {
            assert_eq!(reply.header("connection"), Some("close"));
            assert_eq!(get(server.admin, "/readyz").unwrap(), (503, "leaving\n".to_owned()));
            assert_eq!(get(server.admin, "/livez").unwrap().0, 200);
        }
        answered += 1;
    }
    assert!(answered > 3, "{answered}");
    let reply = kept.post("/validate", body.as_bytes()).expect("kept connections as well");
    assert_eq!(reply.header("connection"), Some("close"));
    assert_eq!(server.wait(Duration::from_secs(10)).and_then(|s| s.code()), Some(0));
}

/// F-77.
#[test]
fn a_request_that_is_on_its_way_is_answered_after_the_last_connection_is_taken() {
    let (mut server, client) = serve("0");
    let body = review::create(&deployment("good.yaml"));
    let mut slow = Connection::open(server.webhook, &client).unwrap();
    let head = format!(
        "POST /validate HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    slow.send(head.as_bytes()).unwrap();
    slow.send(&body.as_bytes()[..100]).unwrap();
    std::thread::sleep(Duration::from_millis(200));
    server.signal("TERM");
    std::thread::sleep(Duration::from_millis(500));
    slow.send(&body.as_bytes()[100..]).unwrap();
    assert_eq!(slow.reply().expect("an answer").status, 200);
    assert_eq!(server.wait(Duration::from_secs(10)).and_then(|s| s.code()), Some(0));
}

/// F-78.
#[test]
fn a_second_sigterm_or_ctrl_c_ends_it_at_once() {
    let (mut server, _) = serve("60");
    server.signal("TERM");
    std::thread::sleep(Duration::from_millis(300));
    assert!(server.wait(Duration::from_millis(200)).is_none(), "one SIGTERM is heard out");
    server.signal("TERM");
    assert_eq!(server.wait(Duration::from_secs(5)).and_then(|s| s.code()), Some(0));
    let (mut server, _) = serve("60");
    server.signal("INT");
    assert_eq!(server.wait(Duration::from_secs(5)).and_then(|s| s.code()), Some(0));
}

/// F-78.
#[test]
fn an_idle_connection_does_not_hold_up_the_end() {
    let (mut server, client) = serve("0");
    let _idle = Connection::open(server.webhook, &client).unwrap();
    let _silent = std::net::TcpStream::connect(server.webhook).unwrap();
    server.signal("TERM");
    assert_eq!(server.wait(Duration::from_secs(4)).and_then(|s| s.code()), Some(0));
}

#[test]
fn every_request_leaves_one_decision_line_and_is_counted_once() {
    let (server, client) = serve("0");
    let mut connection = Connection::open(server.webhook, &client).unwrap();
    for file in ["good.yaml", "bad.yaml", "bad.yaml"] {
        let body = review::create(&deployment(file));
        connection.post("/validate?timeout=4s", body.as_bytes()).unwrap();
    }
    connection.post("/validate", b"{}").unwrap();
    let (_, metrics) = get(server.admin, "/metrics").unwrap();
    for line in [
        "plimsoll_admission_requests_total{outcome=\"allowed\"} 1",
        "plimsoll_admission_requests_total{outcome=\"denied\"} 2",
        "plimsoll_admission_requests_total{outcome=\"http_error\"} 1",
        "plimsoll_violations_total{rule=\"run-as-non-root\",mode=\"deny\",policy=\"production\"} 2",
    ] {
        assert!(metrics.lines().any(|l| l == line), "{line} is not in\n{metrics}");
    }
    let output = server.stop();
    let lines = output.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let decisions: Vec<_> = lines.filter(|l| l["target"] == "plimsoll::decision").collect();
    assert_eq!(decisions.len(), 4, "{decisions:?}");
    assert_eq!(decisions[1]["decision"], "denied");
    assert_eq!(decisions[1]["name"], "api");
    assert_eq!(decisions[1]["user"], "developer");
    let rules = |line: usize, key: &str| decisions[line][key].as_str().map(str::to_owned);
    assert_eq!(
        rules(1, "denied").unwrap(),
        "production/read-only-root-filesystem,production/resource-limits,\
         production/run-as-non-root,production/secret-literals"
    );
    assert_eq!(rules(1, "warned").unwrap(), "production/service-account-token");
    assert_eq!(rules(1, "audited"), None);
    assert_eq!(rules(0, "denied").unwrap(), "");
    assert_eq!(rules(0, "undetermined").unwrap(), "production/secret-references");
}

#[test]
fn without_a_policy_the_built_in_one_is_in_force_and_the_log_says_so() {
    let (server, _) = serve("0");
    assert!(server.output().contains("the built-in policy `production` is in force"));
}
