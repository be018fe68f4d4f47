//! The log for people says what the log for programs says, and is held to one line each (F-109, F-110).

use serde_json::json;
use support::https::{Connection, trusting};
use support::plimsoll_process::Plimsoll;
use support::review::{Review, create};
use support::self_signed::authority;

use crate::{deployment, program};

/// All that a server writes that was sent these reviews.
fn log_of(flags: &[&str], bodies: &[String]) -> String {
    let always = ["--self-signed", "--leave-seconds", "0", "--log-format", "text"];
    let server = Plimsoll::serve(program(), &[&always[..], flags].concat());
    let client = trusting(&authority(&server));
    let mut connection = Connection::open(server.webhook, &client).unwrap();
    for body in bodies {
        connection.post("/validate", body.as_bytes()).unwrap();
    }
    let output = server.stop();
    // Before it stands the configuration that `--self-signed` prints.
    let lines = output.lines().filter(|line| line.contains(" plimsoll::"));
    lines.map(|line| format!("{line}\n")).collect()
}

#[test]
fn each_decision_is_one_line_of_text_with_all_that_the_json_has() {
    let log = log_of(&[], &[create(&deployment("bad.yaml"))]);
    let line = log.lines().find(|line| line.contains("plimsoll::decision: ")).expect("a decision");
    for part in [
        "  INFO plimsoll::decision: reviewed uid=\"",
        " operation=\"CREATE\" kind=\"Deployment\" ",
        " user=\"developer\" dry_run=false decision=\"denied\" ",
        " denied=\"production/read-only-root-filesystem,production/resource-limits,",
        " micros=",
    ] {
        assert!(line.contains(part), "{part} is not in {line}");
    }
    assert!(log.contains("  INFO plimsoll::cli::serve: serving; no --policy was given"), "{log}");
}

/// F-109.
#[test]
fn hostile_names_break_no_line_of_text_and_pass_for_no_other_field() {
    let hostile = "x\n2026-01-01T00:00:00Z  INFO plimsoll::decision: \"\u{1b}[31m\u{202e} decision=\"allowed\" y=\"";
    let mut object = deployment("bad.yaml");
    object["metadata"]["name"] = json!(hostile);
    object["metadata"]["namespace"] = json!(hostile);
    let body = Review::create(&object).user(hostile).to_string();
    let log = log_of(&[], &[body, "{".to_owned()]);
    let decisions = log.lines().filter(|line| line.contains("plimsoll::decision: reviewed "));
    let decisions: Vec<&str> = decisions.collect();
    assert_eq!(decisions.len(), 1, "{log}");
    // Within a value a quote is escaped, so outside of all values there is one decision.
    assert!(decisions[0].contains(" decision=\"denied\" "), "{log}");
    assert_eq!(decisions[0].matches(" decision=\"").count(), 1, "{log}");
    assert!(log.contains(" WARN plimsoll::decision: not a review status=400 "), "{log}");
    assert!(log.chars().all(|c| c == '\n' || !c.is_control() && c != '\u{202e}'), "{log:?}");
}

/// F-110.
#[test]
fn a_secret_leaves_no_trace_in_text_at_trace_level() {
    let canary = "c4n4ry-5ecret-value";
    let mut object = deployment("bad.yaml");
    object["metadata"]["annotations"] = json!({"note": canary});
    object["spec"]["template"]["spec"]["containers"][0]["env"] =
        json!([{"name": "DB_PASSWORD", "value": canary}]);
    let log = log_of(&["--log", "trace"], &[create(&object)]);
    assert!(log.contains("DEBUG plimsoll::serve::accept: "), "trace level is on: {log}");
    assert!(log.contains("production/secret-literals") && !log.contains(canary), "{log}");
}
