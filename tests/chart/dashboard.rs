//! Every query of the dashboard is answered by a real Prometheus that has read a real server.

use std::fs;
use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};
use support::https::{Connection, trusting};
use support::review::Review;
use support::self_signed::serve;

use crate::helm::{chart, values};
use crate::prometheus::Prometheus;

/// The panels that say nothing about a server that is in no cluster.
const OF_A_CLUSTER: [&str; 2] = ["Registration", "Authority left"];

/// What a throw-away certificate of seven days would bring about in an hour.
const OF_A_SHORT_CERTIFICATE: &str = "PlimsollCertificateExpiresInAWeek";

fn panels() -> Vec<Value> {
    let text = fs::read_to_string(chart().join("files/dashboard.json")).expect("the dashboard");
    let dashboard: Value = serde_json::from_str(&text).expect("JSON");
    dashboard["panels"].as_array().expect("panels").clone()
}

/// Sends good and bad workloads, and something that is no review, for a few seconds.
fn send_reviews(address: std::net::SocketAddr, authority: &str) {
    let manifest = |name: &str| {
        let path = support::committed::repository().join("tests/workloads").join(name);
        values(&fs::read_to_string(path).expect(name)).remove(0)
    };
    let (good, bad) = (manifest("good.yaml"), manifest("bad.yaml"));
    let mut connection = Connection::open(address, &trusting(authority)).expect("trust");
    for _ in 0..8 {
        for object in [&good, &bad] {
            let review = Review::create(object).to_string();
            let reply =
                connection.post("/validate?timeout=4s", review.as_bytes()).expect("a reply");
            assert_eq!(reply.status, 200);
        }
        std::thread::sleep(Duration::from_millis(500));
    }
}

#[test]
fn every_query_of_the_dashboard_is_answered_and_no_alert_fires() {
    let (server, authority) = serve(Path::new(env!("CARGO_BIN_EXE_plimsoll")));
    let prometheus = Prometheus::reading(server.admin);
    // What was counted before the first look is no rate.
    prometheus.wait("the metrics are read", || {
        prometheus.query("plimsoll_connections").is_ok_and(|found| !found.is_empty())
    });
    send_reviews(server.webhook, &authority);
    let asked = "sum(rate(plimsoll_admission_requests_total[30s])) > 0";
    prometheus.wait("the reviews are seen", || {
        prometheus.query(asked).is_ok_and(|found| !found.is_empty())
    });
    for panel in panels() {
        let title = panel["title"].as_str().expect("a title");
        for target in panel["targets"].as_array().expect("targets") {
            let expression = target["expr"].as_str().expect("an expression");
            let expression =
                expression.replace("$__rate_interval", "30s").replace("$__range", "1m");
            let found = prometheus.query(&expression);
            let found = found.unwrap_or_else(|error| panic!("{title}: {expression}: {error}"));
            let may_be_empty = OF_A_CLUSTER.contains(&title);
            assert!(may_be_empty || !found.is_empty(), "{title}: {expression} has no data");
            let is_number = |series: &Value| series["value"][1] != json!("NaN");
            assert!(found.iter().all(is_number), "{title}: {expression}: {found:?}");
        }
    }
    prometheus.wait("the rules are evaluated", || {
        let records = "plimsoll:requests:rate5m and on () plimsoll:duration_seconds:p99_5m";
        prometheus.query(records).is_ok_and(|found| !found.is_empty())
    });
    let alerts = prometheus.query("ALERTS").expect("an answer");
    let names = alerts.iter().map(|alert| alert["metric"]["alertname"].as_str().expect("a name"));
    let others: Vec<_> = names.filter(|name| *name != OF_A_SHORT_CERTIFICATE).collect();
    assert!(others.is_empty(), "{others:?} of a server that is well: {alerts:#?}");
}

#[test]
fn every_panel_says_what_it_shows_and_no_two_have_one_id() {
    let panels = panels();
    assert!(panels.len() > 10);
    for (at, panel) in panels.iter().enumerate() {
        assert!(panel["description"].as_str().is_some_and(|text| text.len() > 10), "{panel}");
        assert!(panels.iter().skip(at + 1).all(|other| other["id"] != panel["id"]), "{panel}");
        assert_eq!(panel["datasource"]["uid"], "${datasource}", "{panel}");
    }
}
