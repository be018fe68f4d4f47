//! Every query of the dashboard is answered by a real Prometheus that has read a real server.

use std::fs;
use std::time::Duration;

use serde_json::{Value, json};

use crate::helm::chart;
use crate::prometheus::Prometheus;
use crate::world::WORLD;

fn panels() -> Vec<Value> {
    let text = fs::read_to_string(chart().join("files/dashboard.json")).expect("the dashboard");
    let dashboard: Value = serde_json::from_str(&text).expect("JSON");
    dashboard["panels"].as_array().expect("panels").clone()
}

/// Lets the API server ask about good and bad workloads for a few seconds.
fn ask() {
    for _ in 0..8 {
        let (good, bad) = (WORLD.apply("good.yaml"), WORLD.apply("bad.yaml"));
        assert!(good.success(), "{good}");
        assert!(bad.stderr.contains("validate.plimsoll.dev"), "{bad}");
        std::thread::sleep(Duration::from_millis(300));
    }
}

#[test]
fn every_query_of_the_dashboard_is_answered_and_no_alert_fires() {
    let prometheus = Prometheus::reading(WORLD.server.admin);
    // What was counted before the first look is no rate.
    prometheus.wait("the metrics are read", || {
        prometheus.query("plimsoll_connections").is_ok_and(|found| !found.is_empty())
    });
    ask();
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
            assert!(!found.is_empty(), "{title}: {expression} has no data");
            let is_number = |series: &Value| series["value"][1] != json!("NaN");
            assert!(found.iter().all(is_number), "{title}: {expression}: {found:?}");
        }
    }
    prometheus.wait("the rules are evaluated", || {
        let records = "plimsoll:requests:rate5m and on () plimsoll:duration_seconds:p99_5m";
        prometheus.query(records).is_ok_and(|found| !found.is_empty())
    });
    let alerts = prometheus.query("ALERTS").expect("an answer");
    assert!(alerts.is_empty(), "of a server that is well: {alerts:#?}");
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
