//! What `check` reports: the same whatever it does at once, and nothing of a value that may be a
//! secret.

use std::cell::RefCell;
use std::convert::Infallible;

use jiff::Timestamp;
use plimsoll::check::{Run, check};
use plimsoll::files::{SourceText, read_all};
use plimsoll::policy::{Snapshot, built_in};
use plimsoll::report::{Form, Piece, Report, Writer};
use plimsoll::rules::Limits;
use plimsoll::subject::{BUILT_IN, Kind, Shape, Subject};
use plimsoll::yaml::{FieldsRead, Node, documents};
use regex::Regex;
use support::committed::repository;
use support::corpora::{corpus, say};
use support::shapes::{Step, steps};

use crate::view::fields_of;

const FORMS: [Form; 4] =
    [Form::Text { is_coloured: false }, Form::Text { is_coloured: true }, Form::Json, Form::Short];

fn snapshot() -> Snapshot {
    Snapshot::new(built_in("production").expect("a policy"))
}

fn source(name: &str, text: String, is_found: bool) -> SourceText {
    SourceText { name: name.to_owned(), text, is_found }
}

/// Files of every sort, in an order in which large ones stand between small ones, so that what is
/// worked on at once ends in another order than it began.
fn files() -> Vec<SourceText> {
    let gathered = read_all(&[repository().join("tests/workloads")]);
    assert!(gathered.errors.is_empty() && gathered.sources.len() > 1);
    let mut files = Vec::new();
    for round in 0..14_usize {
        for file in &gathered.sources {
            let size = round * 7 % 6;
            assert!(file.text.contains("name: api"), "{}", file.name);
            let named = file.text.replace("name: api", &format!("name: api-{round}"));
            let text = vec![named; 1 + size * size].join("\n---\n");
            files.push(source(&format!("{round}/{}", file.name), text, round % 2 == 0));
        }
        let name = format!("api-{}", round + 1);
        let secret = format!("{{apiVersion: v1, kind: Secret, metadata: {{name: {name}}}}}\n");
        for (name, text) in [
            ("secret.yaml", secret.as_str()),
            ("template.yaml", "a: {{ .Values.x }}\n---\nb: {{ c }}\n"),
            ("broken.yaml", "a: [1\n---\nkind: Deploymant\napiVersion: apps/v1\n"),
            ("wrong.yaml", "{apiVersion: v1, kind: Pod, spec: {containers: 7}}\n"),
            ("kustomization.yaml", "resources: []\n"),
            ("empty.yaml", "# nothing\n"),
        ] {
            files.push(source(&format!("{round}/{name}"), text.to_owned(), round % 3 == 0));
        }
    }
    files
}

fn written(files: &[SourceText], threads: usize, form: Form) -> String {
    let run = Run { limits: Limits::default(), threads, now: Timestamp::UNIX_EPOCH };
    let mut writer = Writer::new(form, Vec::new());
    let render = |file: &SourceText, report: Report| form.piece(&report, &file.text);
    let take = |piece: Result<Piece, _>| {
        writer.take(piece.expect("a piece")).expect("written");
        Ok::<(), Infallible>(())
    };
    let Ok(()) = run.check_each(files, &snapshot(), render, take);
    String::from_utf8(writer.end().expect("written")).expect("text")
}

#[test]
fn a_report_is_the_same_to_the_byte_whatever_is_done_at_once() {
    let files = files();
    for form in FORMS {
        let alone = written(&files, 1, form);
        assert!(alone.len() > 30_000, "{form:?}: {}", alone.len());
        for threads in [2, 3, 16] {
            assert!(written(&files, threads, form) == alone, "{form:?} with {threads} threads");
        }
    }
}

#[test]
fn a_report_is_the_same_to_the_byte_over_the_manifests_of_many_projects() {
    let Some(root) = corpus("realworld") else { return };
    let gathered = read_all(&[root]);
    say(&format!("{} files", gathered.sources.len()));
    for form in [FORMS[0], FORMS[2]] {
        let alone = written(&gathered.sources, 1, form);
        assert!(written(&gathered.sources, 4, form) == alone, "{form:?}");
    }
}

#[test]
fn file_by_file_a_report_says_what_it_says_as_a_whole() {
    let files = files();
    let whole = check(&files, &snapshot(), Timestamp::UNIX_EPOCH);
    for form in [Form::Json, Form::Short] {
        let mut writer = Writer::new(form, Vec::new());
        writer.take(form.piece(&whole, "").expect("a piece")).expect("written");
        let text = String::from_utf8(writer.end().expect("written")).expect("text");
        assert!(text == written(&files, 2, form), "{form:?}");
    }
    let json: serde_json::Value =
        serde_json::from_str(&written(&files, 2, Form::Json)).expect("JSON");
    let sums = whole.sums();
    assert_eq!(json["subjects"].as_array().map(Vec::len), Some(sums.reviewed));
    assert_eq!(json["errors"].as_array().map(Vec::len), Some(sums.unreviewed));
    assert_eq!(json["passed"], sums.passed);
    let none = serde_json::from_str::<serde_json::Value>(&written(&[], 2, Form::Json));
    assert_eq!(none.expect("JSON")["violations"], serde_json::json!([]));
}

/// What is taken note of when an object is read that has nothing but one field.
fn taken(kind: &Kind, field: &str) -> (String, FieldsRead) {
    let mut text = "hunter2".to_owned();
    for step in steps(field).iter().rev() {
        text = match step {
            Step::Key(key) => format!("{{{key}: {text}}}"),
            Step::Elements => format!("[{text}]"),
            Step::Entries => format!("{{free: {text}}}"),
        };
    }
    let node: Node = documents(&text).remove(0).expect("readable");
    let taken = RefCell::default();
    Subject::read_watched(kind, &node, &taken).expect(field);
    (text, taken.into_inner())
}

#[test]
fn every_text_of_the_view_that_may_be_a_secret_is_declared_as_one_and_no_other() {
    let secretive = Regex::new(
        r"(command|args)\[\]$|annotations\{\}$|\.env\[\]\.value$|httpHeaders\[\]\.value$|httpGet\.path$|^\.(data|stringData)\{\}$",
    )
    .expect("a pattern");
    let mut counts = (0, 0);
    for kind in BUILT_IN {
        for (field, _) in fields_of(kind).iter().filter(|(_, of)| matches!(*of, "string")) {
            let (text, taken) = taken(kind, field);
            let at = text.find("hunter2").expect("written");
            let value = at..at + "hunter2".len();
            let (is_open, is_secret) = (taken.open.contains(&value), taken.secret.contains(&value));
            assert_eq!(is_secret, secretive.is_match(field), "{}: {field}", kind.kind);
            assert_eq!(is_open, !is_secret, "{}: {field}", kind.kind);
            counts = (counts.0 + usize::from(is_open), counts.1 + usize::from(is_secret));
        }
    }
    // What is kept as it is written is never shown.
    let revision = BUILT_IN.iter().find(|kind| kind.shape == Shape::ControllerRevision);
    let (text, taken) = taken(revision.expect("in the table"), ".data");
    let at = text.find("hunter2").expect("written");
    assert!(!taken.open.contains(&(at..at + "hunter2".len())));
    assert!(counts.0 > 100 && counts.1 > 20, "{counts:?}");
}
