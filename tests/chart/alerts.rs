//! Each alert fires, stays silent when nothing happens, is explained, and asks for what there is.

use std::fs;
use std::process::{Command, Stdio};

use serde_json::Value;
use support::committed::repository;
use support::https::get;

use crate::helm::{chart, values};
use crate::metrics::{announced, used};
use crate::world::WORLD;

const PROMTOOL: &str = "promtool is missing: install the Debian package `prometheus`";

fn promtool(arguments: &[&str]) {
    let mut command = Command::new("promtool");
    command.args(arguments).current_dir(repository()).stdin(Stdio::null());
    let output = command.output().expect(PROMTOOL);
    let said = [output.stdout, output.stderr].concat();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&said));
}

fn rules() -> String {
    fs::read_to_string(chart().join("files/alerts.yaml")).expect("the rules")
}

/// All alerts, with what they say.
fn alerts() -> Vec<Value> {
    let groups = values(&rules()).remove(0)["groups"].take();
    let rules = groups.as_array().unwrap().iter().flat_map(|g| g["rules"].as_array().unwrap());
    rules.filter(|rule| rule["alert"].is_string()).cloned().collect()
}

#[test]
fn the_rules_are_rules_of_prometheus() {
    promtool(&["check", "rules", "charts/plimsoll/files/alerts.yaml"]);
}

#[test]
fn each_alert_fires_alone_and_none_on_an_idle_server() {
    promtool(&["test", "rules", "tests/chart/alerts/firing.yaml", "tests/chart/alerts/idle.yaml"]);
}

#[test]
fn each_alert_has_a_case_in_which_it_fires() {
    let text = fs::read_to_string(repository().join("tests/chart/alerts/firing.yaml")).unwrap();
    for alert in alerts() {
        let (name, severity) =
            (alert["alert"].as_str().unwrap(), alert["labels"]["severity"].as_str().unwrap());
        assert!(["critical", "warning", "info"].contains(&severity), "{name}");
        let fires = text.lines().any(|line| {
            line.contains(&format!("alertname=\"{name}\""))
                && line.contains(&format!("severity=\"{severity}\""))
        });
        assert!(fires, "{name} fires in no case");
    }
}

#[test]
fn each_alert_has_a_section_of_the_runbook_and_leads_to_it() {
    let page = fs::read_to_string(repository().join("docs/alerts.md")).unwrap();
    let alerts = alerts();
    for alert in &alerts {
        let name = alert["alert"].as_str().unwrap();
        let section = page.split("\n## ").find(|section| section.lines().next() == Some(name));
        let section = section.unwrap_or_else(|| panic!("{name} has no section"));
        for part in ["**Means**:", "**Look at**:", "**Do**:"] {
            assert!(section.contains(part), "{name} has no {part}");
        }
        let url = alert["annotations"]["runbook_url"].as_str().expect(name);
        let anchor = format!("/docs/alerts.md#{}", name.to_lowercase());
        assert!(url.ends_with(&anchor), "{name} leads to {url}");
        assert!(alert["annotations"]["summary"].is_string(), "{name}");
    }
    assert_eq!(page.matches("\n## ").count(), alerts.len(), "a section about no alert");
}

#[test]
fn alerts_and_dashboard_ask_for_metrics_that_exist_alone() {
    // A violation is counted from the first one on.
    WORLD.apply("bad.yaml");
    let (_, page) = get(WORLD.server.admin, "/metrics").expect("metrics");
    let known = announced(&page);
    let dashboard = fs::read_to_string(chart().join("files/dashboard.json")).unwrap();
    let cases = fs::read_to_string(repository().join("tests/chart/alerts/idle.yaml")).unwrap();
    for text in [rules(), dashboard, cases] {
        let missing: Vec<_> =
            used(&text).into_iter().filter(|name| !known.contains(name)).collect();
        assert!(missing.is_empty(), "no such metrics: {missing:?}\nthere are {known:?}");
    }
}
