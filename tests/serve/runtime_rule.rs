//! A rule that is made at run time is told of wherever a built-in one is.

use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Body;
use axum::http::Request;
use axum::http::header::CONTENT_TYPE;
use http_body_util::BodyExt;
use jiff::Timestamp;
use plimsoll::check::check;
use plimsoll::files::SourceText;
use plimsoll::path::FieldPath;
use plimsoll::policy::{Snapshot, load};
use plimsoll::report::{Form, Writer};
use plimsoll::rules::{
    Armed, Checked, Context, Finding, Findings, Mode, Remedy, RuleDescription, RuleRef, Severity,
};
use plimsoll::serve::log_format::LogFormat;
use plimsoll::serve::log_stream::LogStream;
use plimsoll::serve::{Bounds, DecisionLog, Metrics, WebhookState, router};
use plimsoll::subject::{Kind, Views};
use serde_json::Value;
use support::review::create;
use tower::ServiceExt;

use crate::fixture::{document, good};

/// Every object names its team; made when the test runs.
struct TeamLabel {
    description: Arc<RuleDescription>,
    mode: Mode,
}

impl TeamLabel {
    fn of(mode: Mode) -> Arc<dyn Armed> {
        let id = ["team", "label"].join("-");
        let checklist = "Every workload names its team.".to_owned();
        let description = RuleDescription {
            id: id.into(),
            group: "custom".into(),
            severity: Severity::Critical,
            checklist: checklist.into(),
            rows: &[],
            standards: &[],
            page: String::new().into(),
        };
        Arc::new(Self { description: Arc::new(description), mode })
    }
}

impl Armed for TeamLabel {
    fn rule(&self) -> RuleRef {
        RuleRef::Custom(Arc::clone(&self.description))
    }

    fn mode(&self, _: Mode, _: Timestamp) -> Mode {
        self.mode
    }

    fn deny_from(&self) -> Option<Timestamp> {
        None
    }

    fn covers(&self, kind: &Kind) -> bool {
        kind.is_workload()
    }

    fn check(&self, _: &Views<'_>, cx: &Context<'_>, found: &mut Findings<'_>) -> Option<Checked> {
        if cx.metadata.labels.get("team").is_some() {
            return Some(Ok(()));
        }
        let at = FieldPath::root().keys(&["metadata", "labels"]);
        let remedy = Remedy::Advice("set the label `team`".to_owned());
        let finding = Finding::new(at, "the workload names no team", remedy);
        Some(found.add(finding, plimsoll::rules::Evidence::incomparable))
    }
}

fn snapshot(mode: Mode) -> Snapshot {
    let text = document("teams", "{rules: {privileged: {}}}");
    let mut policies = load("teams.yaml", &text).expect("it loads");
    let policy = policies.remove(0).with_rule(TeamLabel::of(mode));
    Snapshot::new(vec![policy])
}

/// What is written, for whoever looks later.
#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The response, the line of the log, and the metrics.
async fn answered(mode: Mode) -> (Value, Value, String) {
    let _everything_is_logged = tracing::subscriber::set_default(tracing_subscriber::registry());
    let written = Written::default();
    let (stream, finish) = LogStream::start(Box::new(written.clone())).expect("a thread");
    let metrics = Arc::new(Metrics::default());
    let shared =
        WebhookState::new(Arc::new(snapshot(mode)), Arc::clone(&metrics), Bounds::default());
    let shared = shared.with_log(DecisionLog::new(stream, LogFormat::Json));
    let request = Request::post("/validate").header(CONTENT_TYPE, "application/json");
    let request = request.body(Body::from(create(&good()))).expect("a request");
    let response = router(Arc::new(shared)).oneshot(request).await.expect("an answer");
    let body = response.into_body().collect().await.expect("a body").to_bytes();
    let mut review: Value = serde_json::from_slice(&body).expect("JSON");
    drop(finish);
    let line = written.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
    (review["response"].take(), serde_json::from_slice(&line).expect("a line"), metrics.render())
}

#[tokio::test]
async fn a_rule_made_at_run_time_is_in_the_refusal_its_causes_the_log_and_the_metrics() {
    let (response, line, metrics) = answered(Mode::Deny).await;
    assert_eq!(response["allowed"], false);
    let message = response["status"]["message"].as_str().expect("a message");
    assert!(message.contains("  team-label "), "{message}");
    assert!(message.contains("set the label `team`"), "{message}");
    assert!(message.contains("Details: plimsoll explain team-label --policy "), "{message}");
    let cause = &response["status"]["details"]["causes"][0];
    assert_eq!(cause["reason"], "team-label");
    assert_eq!(cause["field"], "metadata.labels");
    assert_eq!(response["auditAnnotations"]["denied"], "team-label");
    assert_eq!(line["denied"], "teams/team-label");
    let counted = "plimsoll_violations_total{rule=\"team-label\",mode=\"deny\",policy=\"teams\"} 1";
    assert!(metrics.lines().any(|line| line == counted), "{metrics}");
}

#[tokio::test]
async fn a_rule_made_at_run_time_warns_or_is_only_recorded() {
    let (response, line, _) = answered(Mode::Warn).await;
    assert_eq!(response["allowed"], true);
    let warning = "team-label: the workload names no team; set the label `team`";
    assert_eq!(response["warnings"][0], warning);
    assert_eq!(response["auditAnnotations"]["warned"], "team-label");
    assert_eq!(line["warned"], "teams/team-label");
    let (response, line, _) = answered(Mode::Audit).await;
    assert_eq!((&response["allowed"], &response["warnings"]), (&true.into(), &Value::Null));
    assert_eq!(response["auditAnnotations"]["audited"], "team-label");
    assert_eq!(line["audited"], "teams/team-label");
}

#[test]
fn a_rule_made_at_run_time_is_in_both_reports() {
    let source =
        SourceText { name: "a.yaml".to_owned(), text: good().to_string(), is_found: false };
    let sources = [source];
    let report = check(&sources, &snapshot(Mode::Deny), Timestamp::UNIX_EPOCH);
    let written = |form: Form| {
        let mut writer = Writer::new(form, Vec::new());
        let piece = form.piece(&report, &sources[0].text).expect("a piece");
        writer.take(piece).expect("written");
        String::from_utf8(writer.end().expect("written")).expect("text")
    };
    let shown = written(Form::Text { is_coloured: false });
    assert!(shown.contains("team-label") && shown.contains("names no team"), "{shown}");
    let written: Value = serde_json::from_str(&written(Form::Json)).expect("JSON");
    let violation = &written["violations"][0];
    assert_eq!(violation["rule"], "team-label");
    assert_eq!(violation["severity"], "critical");
    assert_eq!(violation["path"], "metadata.labels");
}

#[tokio::test]
async fn however_many_rules_there_are_the_metrics_are_bounded() {
    let metrics = Metrics::default();
    let mut policies = Vec::new();
    for number in 0..30 {
        let text = document(&format!("p{number}"), "{rules: {privileged: {}}}");
        let mut policy = load("p.yaml", &text).expect("it loads").remove(0);
        for rule in 0..100 {
            let id = format!("rule-{rule}");
            let description = RuleDescription {
                id: id.into(),
                group: "custom".into(),
                severity: Severity::Low,
                checklist: "x".into(),
                rows: &[],
                standards: &[],
                page: "".into(),
            };
            policy = policy.with_rule(Arc::new(TeamLabel {
                description: Arc::new(description),
                mode: Mode::Audit,
            }));
        }
        policies.push(policy);
    }
    for policy in policies {
        let snapshot = Snapshot::new(vec![policy]);
        let answer = crate::fixture::ask_under(&snapshot, create(&good())).expect("an answer");
        metrics.answered(&answer, std::time::Duration::ZERO);
    }
    let text = metrics.render();
    let series = text.lines().filter(|line| line.starts_with("plimsoll_violations_total{")).count();
    assert!(series <= 3 * 2_001, "{series}");
    let others = "plimsoll_violations_total{rule=\"other\",mode=\"audit\",policy=\"other\"} 1000";
    assert!(text.lines().any(|line| line == others));
}
